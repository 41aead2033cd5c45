package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"loadgen/clock"
	"loadgen/clock/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var bg = context.Background()

// connect runs f with the two ends of one connection.
func connect(t testing.TB, f func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer)) {
	t.Helper()
	clk := clock.NewVirtual()
	n := memnet.New(clk)
	var peer *memnet.Peer
	n.Listen("a:1", func(p *memnet.Peer) { peer = p })
	err := clk.Run("main", func() {
		c, err := n.Dial("a:1")
		if err != nil {
			t.Fatal(err)
		}
		f(clk, c.(*memnet.Conn), peer)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestADialNobodyListensToIsRefused(t *testing.T) {
	_, err := memnet.New(clock.NewVirtual()).Dial("nobody:1")
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
}

func TestAddresses(t *testing.T) {
	connect(t, func(_ *clock.Virtual, c *memnet.Conn, _ *memnet.Peer) {
		if c.RemoteAddr().String() != "a:1" || c.LocalAddr().String() != "client:1" || c.LocalAddr().Network() != "mem" {
			t.Error(c.RemoteAddr(), c.LocalAddr())
		}
	})
}

func TestBytesArriveAtTheirInstant(t *testing.T) {
	connect(t, func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer) {
		clk.AfterFunc(300, func() { p.Write([]byte("hello")) })
		var b [3]byte
		for _, want := range []string{"hel", "lo"} {
			if n, err := c.Read(b[:]); string(b[:n]) != want || err != nil || clk.Now() != 300 {
				t.Error(string(b[:n]), err, clk.Now())
			}
		}
	})
}

// However bytes are written and read, they come out as they went in.
func TestAStreamIsAStream(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		writes := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 0, 20).Draw(rt, "writes")
		size := rapid.IntRange(1, 50).Draw(rt, "read size")
		var want, got []byte
		connect(t, func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer) {
			for i, w := range writes {
				want = append(want, w...)
				clk.AfterFunc(time.Duration(i/2), func() { p.Write(w) })
			}
			clk.AfterFunc(100, p.Close)
			b := make([]byte, size)
			for n, err := c.Read(b); err == nil; n, err = c.Read(b) {
				got = append(got, b[:n]...)
			}
		})
		if string(got) != string(want) {
			rt.Errorf("%q, want %q", got, want)
		}
	})
}

// Pump hands over what reads would take, when they would.
func TestAPumpIsReads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		writes := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 0, 20).Draw(rt, "writes")
		most := rapid.IntRange(1, 50).Draw(rt, "read size")
		enough := rapid.IntRange(1, 30).Draw(rt, "pieces wanted")
		reset := rapid.Bool().Draw(rt, "reset")
		play := func(read func(c *memnet.Conn, took func(p []byte) bool) error) (log []string) {
			connect(t, func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer) {
				for i, w := range writes {
					clk.AfterFunc(time.Duration(i/2), func() { p.Write(w) })
				}
				end := p.Close
				if reset {
					end = p.Reset
				}
				clk.AfterFunc(time.Duration(len(writes)), end)
				_ = clk.SleepUntil(bg, 2) // the first have come
				took := func(p []byte) bool {
					log = append(log, fmt.Sprintf("%x %v", p, clk.Now()))
					return len(log) < enough
				}
				log = append(log, fmt.Sprint(read(c, took), clk.Now()))
			})
			return log
		}
		want := play(func(c *memnet.Conn, took func([]byte) bool) error {
			b := make([]byte, most)
			for {
				if n, err := c.Read(b); err != nil || !took(b[:n]) {
					return err
				}
			}
		})
		got := play(func(c *memnet.Conn, took func([]byte) bool) error { return c.Pump(most, took) })
		if !slices.Equal(got, want) {
			rt.Errorf("%v, want %v", got, want)
		}
	})
}

func TestEnds(t *testing.T) {
	ends := map[string]struct {
		end         func(c *memnet.Conn, p *memnet.Peer)
		read, write error
	}{
		"close":       {func(_ *memnet.Conn, p *memnet.Peer) { p.Close() }, io.EOF, nil},
		"reset":       {func(_ *memnet.Conn, p *memnet.Peer) { p.Reset() }, syscall.ECONNRESET, syscall.ECONNRESET},
		"own closing": {func(c *memnet.Conn, _ *memnet.Peer) { _ = c.Close() }, net.ErrClosed, net.ErrClosed},
	}
	for name, e := range ends {
		connect(t, func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer) {
			var b [8]byte
			p.Write([]byte("rest"))
			if name != "own closing" {
				e.end(c, p)
				p.Write([]byte("behind the end")) // is dropped
			}
			if n, err := c.Read(b[:]); string(b[:n]) != "rest" || err != nil {
				t.Errorf("%s: what was buffered is lost: %q %v", name, b[:n], err)
			}
			clk.AfterFunc(5, func() { e.end(c, p) })
			if _, err := c.Read(b[:]); !errors.Is(err, e.read) {
				t.Errorf("%s: read: %v", name, err)
			}
			if _, err := c.Write(b[:]); !errors.Is(err, e.write) {
				t.Errorf("%s: write: %v", name, err)
			}
		})
	}
}

func TestClosingTellsThePeerOnce(t *testing.T) {
	connect(t, func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer) {
		var heard []time.Duration
		p.OnClose = func() { heard = append(heard, clk.Now()) }
		_ = clk.SleepUntil(bg, 7)
		_ = c.CloseWrite()
		clk.AfterFunc(20, func() { p.Write([]byte("late")) })
		var b [8]byte
		if n, err := c.Read(b[:]); string(b[:n]) != "late" || err != nil || clk.Now() != 20 {
			t.Error("half-closed:", string(b[:n]), err, clk.Now())
		}
		_ = c.Close()
		_ = c.Close()
		if len(heard) != 1 || heard[0] != 7 {
			t.Error(heard)
		}
	})
}

func TestDeadlines(t *testing.T) {
	connect(t, func(clk *clock.Virtual, c *memnet.Conn, p *memnet.Peer) {
		var b [8]byte
		expect := func(what string, at time.Duration) {
			_, err := c.Read(b[:])
			var ne net.Error
			if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() || clk.Now() != at {
				t.Errorf("%s: %v at %v", what, err, clk.Now())
			}
		}
		_ = c.SetDeadline(clk.Time(11))
		expect("parked", 11)
		expect("passed", 11)
		_ = c.SetReadDeadline(clk.Time(time.Hour))
		clk.AfterFunc(15, func() { _ = c.SetReadDeadline(clk.Time(17)) })
		expect("moved by another", 17)
		p.Write([]byte("x"))
		if n, err := c.Read(b[:]); n != 1 || err != nil {
			t.Error("bytes that are here come before a deadline:", err)
		}
		_ = c.SetReadDeadline(time.Time{})
		clk.AfterFunc(time.Hour, func() { p.Write([]byte("y")) })
		if n, err := c.Read(b[:]); n != 1 || err != nil {
			t.Error("a cleared deadline:", err)
		}
	})
}

func TestDeadlinesOfTheWallAreRefused(t *testing.T) {
	connect(t, func(_ *clock.Virtual, c *memnet.Conn, _ *memnet.Peer) {
		wall := time.Now().Add(time.Second)
		for _, err := range []error{c.SetReadDeadline(wall), c.SetWriteDeadline(wall), c.SetDeadline(wall)} {
			if err != memnet.ErrWallDeadline {
				t.Error(err)
			}
		}
		if err := c.SetWriteDeadline(time.Time{}); err != nil {
			t.Error(err)
		}
	})
}

func TestAMutePeerIsADeadlockThatNamesIt(t *testing.T) {
	clk := clock.NewVirtual()
	n := memnet.New(clk)
	n.Listen("mute:80", func(*memnet.Peer) {})
	err := clk.Run("request 7", func() {
		c, _ := n.Dial("mute:80")
		_, _ = c.Read(make([]byte, 1))
	})
	if err == nil || err.Error() != "clock: deadlock at 0s: request 7 waits for bytes from mute:80 since 0s" {
		t.Error(err)
	}
}
