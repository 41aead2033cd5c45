//go:build amd64 || arm64

package endpoint

import (
	"io"
	"net"
	"testing"
	"time"

	"loadgen/clock"
)

// Who comes late to read must still learn when the bytes were here: before it came. The kernel begins to stamp a moment
// after it is asked to, so the first writes may go without.
func TestLateReaderIsToldWhenTheBytesCame(t *testing.T) {
	theirs, ours := pair(t)
	clk := clock.NewWall()
	s := newSocket(clk, ours)
	for range 200 {
		if _, err := theirs.Write([]byte("token")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
		came := clk.Now()
		if n, err := s.Read(make([]byte, 9)); n != 5 || err != nil {
			t.Fatal(n, err)
		}
		if s.stamp() < came {
			return
		}
	}
	t.Error("200 reads were stamped by when they were made")
}

// The stamps must not cost what a plain connection tells: the end, a deadline, a reset, being closed.
func TestSocketTellsHowAConnectionEnded(t *testing.T) {
	theirs, ours := pair(t)
	s := newSocket(clock.NewWall(), ours)
	_ = ours.SetDeadline(time.Now().Add(-time.Second))
	if _, err := s.Read(make([]byte, 9)); classify(Malformed, err).Kind != Timeout {
		t.Error("deadline:", err)
	}
	_ = ours.SetDeadline(time.Time{})
	_ = theirs.(*net.TCPConn).CloseWrite()
	if n, err := s.Read(make([]byte, 9)); n != 0 || err != io.EOF {
		t.Error("end:", n, err)
	}
	theirs, ours = pair(t)
	s = newSocket(clock.NewWall(), ours)
	_ = theirs.(*net.TCPConn).SetLinger(0)
	_ = theirs.Close()
	if _, err := s.Read(make([]byte, 9)); classify(Malformed, err).Kind != Reset {
		t.Error("reset:", err)
	}
	_ = s.Close()
	if _, err := s.Read(make([]byte, 9)); err == nil {
		t.Error("a closed connection was read")
	}
}

// A stamp never runs back, whatever the wall's clock says.
func TestStampsRise(t *testing.T) {
	s := newSocket(clock.NewWall(), nil)
	s.mark(5)
	s.mark(3)
	if s.stamp() != 5 {
		t.Error(s.stamp())
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	theirs, ours := pair(t)
	s, p, token := newSocket(clock.NewWall(), ours), make([]byte, 9), []byte("token")
	if n := testing.AllocsPerRun(100, func() { _, _ = theirs.Write(token); _, _ = s.Read(p) }); n > 0 {
		t.Error(n, "allocations in a read")
	}
}

// pair is both ends of a TCP connection.
func pair(t *testing.T) (theirs, ours net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close(); _ = theirs.Close() })
	return theirs, ours
}
