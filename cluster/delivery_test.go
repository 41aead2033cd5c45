package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/scenarios"
)

// A run is written with so many steps of a few records each.
func written(t *testing.T, c *Client, steps int) *results.Run {
	t.Helper()
	w, err := results.Create(c.Dir(), results.Manifest{Parsed: &scenarios.Scenario{Name: "x"}}, []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range steps {
		st := scenarios.Step{Index: i + 1, Target: "mini", Loop: scenarios.Closed, Concurrency: 2, Rep: 1,
			Shard: scenarios.Shard{Index: c.o.Part.Index, Of: c.o.Part.Of, Concurrency: 4}}
		st.Name = st.Directory()
		sw, err := w.Begin(st)
		if err != nil {
			t.Fatal(err)
		}
		for k := range 50 {
			sw.Add(&results.Record{ID: int64(k), Class: "chat", Status: 200, Due: time.Duration(k), RequestID: fmt.Sprint(i, k)})
		}
		if _, err := sw.Finish(results.StepMeta{Window: results.Window{End: time.Second}}); err != nil {
			t.Fatal(err)
		}
	}
	run, err := results.Open(c.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// cutting forwards connections, and cuts each after a random number of bytes.
func cutting(t *testing.T, to string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			all.Go(func() {
				_, _ = io.CopyN(out, in, 200+rand.Int64N(100_000))
				in.Close()
				out.Close()
			})
			all.Go(func() { _, _ = io.Copy(in, out); in.Close(); out.Close() })
		}
	})
	return "http://" + l.Addr().String()
}

// Over a network that cuts every connection sooner or later, what is acknowledged is there, whole and once.
func TestDeliveryOverABadNetwork(t *testing.T) {
	b := newBand(t, 2)
	at, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	bad := cutting(t, at.Host)
	clients, errs := b.join(func(o *Options) {
		o.Lost = 3 * time.Second
		if o.Part.Index == 2 {
			o.URL = bad
		}
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	run := written(t, clients[1], 5)
	for _, s := range run.Steps {
		if err := clients[1].Deliver(clients[1].Context(), run.Dir, s); err != nil {
			t.Fatal(err)
		}
	}
	want, got := os.DirFS(run.Dir), os.DirFS(filepath.Join(clients[0].o.Root, "t1-s2"))
	n := 0
	err = fs.WalkDir(want, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		a, _ := fs.ReadFile(want, path)
		b, err := fs.ReadFile(got, path)
		if err != nil || string(a) != string(b) {
			t.Errorf("%s: %d bytes became %d, %v", path, len(a), len(b), err)
		}
		return nil
	})
	if err != nil || n < 5*4 {
		t.Error(n, err)
	}
	if err := each(clients, func(_ int, c *Client) error { return c.bye() }); err != nil {
		t.Error(err)
	}
}

// What clients measured before is brought at the next start, and levels of which a part is missing are not whole.
func TestAnotherStartCatchesUp(t *testing.T) {
	b := newBand(t, 2)
	roots := []string{t.TempDir(), t.TempDir()}
	started := func() []*Client {
		clients, errs := b.join(func(o *Options) { o.Root, o.Resume, o.Lost = roots[o.Part.Index-1], true, 10*time.Second })
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		return clients
	}
	clients := started()
	for i, c := range clients { // the second came further, and brought nothing
		run := written(t, c, 2+i)
		for _, s := range run.Steps {
			if err := s.Judge(results.Verdict{State: results.Trusted}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := each(clients, func(_ int, c *Client) error { return c.bye() }); err != nil {
		t.Fatal(err)
	}
	clients = started()
	var levels [2][][]*results.Step
	err := each(clients, func(i int, c *Client) (err error) {
		levels[i], err = c.CatchUp(c.Context())
		return err
	})
	if err != nil || len(levels[0]) != 2 || levels[1] != nil {
		t.Fatal(levels, err)
	}
	for i, parts := range levels[0] {
		for k, s := range parts {
			if st := s.Meta.Step; st.Index != i+1 || st.Shard.Index != k+1 || len(parts) != 2 {
				t.Errorf("level %d, part %d: %+v", i, k, st)
			}
		}
	}
	if filepath.Base(clients[0].Dir()) != "t2-s1" {
		t.Error(clients[0].Dir())
	}
	if err := each(clients, func(_ int, c *Client) error { return c.bye() }); err != nil {
		t.Error(err)
	}
}

// A merging is made anew, and at no moment is there half of one, which no later start could replace.
func TestMergedAnewThereIsNeverHalfOfIt(t *testing.T) {
	c := &Client{o: Options{Root: filepath.Join(t.TempDir(), "run.clients"), Part: scenarios.Shard{Index: 1, Of: 2},
		Resume: true}, start: 1}
	written(t, c, 1)
	dir := filepath.Join(t.TempDir(), "run")
	if err := c.Merge(dir); err != nil {
		t.Fatal(err)
	}
	for i := range 4000 { // so that removing it takes a while
		of := filepath.Join(dir, "kept", fmt.Sprint(i%40))
		err := errors.Join(os.MkdirAll(of, 0o777), os.WriteFile(filepath.Join(of, fmt.Sprint(i)), nil, 0o600))
		if err != nil {
			t.Fatal(err)
		}
	}
	merged, half := make(chan error), 0
	go func() { merged <- c.Merge(dir) }()
	for {
		select {
		case err := <-merged:
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); err != nil || half > 0 || len(left) > 0 {
				t.Errorf("%v; half of it was there %d times, and there are %v", err, half, left)
			}
			return
		default:
			before, _ := os.Stat(dir)
			_, err := os.Stat(filepath.Join(dir, "manifest.json"))
			if after, _ := os.Stat(dir); err != nil && before != nil && after != nil && os.SameFile(before, after) {
				half++
			}
		}
	}
}

// skewed is a clock whose wall time is off.
type skewed struct {
	clock.Clock
	by time.Duration
}

func (s skewed) Time(t time.Duration) time.Time { return s.Clock.Time(t).Add(s.by) }

// A clock that is off by 200 ms is seen to be, within bounds that hold whatever this machine does meanwhile.
func TestASkewedClockIsNoticed(t *testing.T) {
	b := newBand(t, 3)
	off := []time.Duration{0, 200 * time.Millisecond, -200 * time.Millisecond}
	clients, errs := b.join(func(o *Options) { o.Clock = skewed{b.clk, off[o.Part.Index-1]} })
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for i, c := range clients {
		at := c.Clock(context.Background())
		if !at.Known() || (at.Offset+off[i]).Abs() > at.Half+time.Microsecond || at.Half > 100*time.Millisecond {
			t.Errorf("client %d is %v ahead, and %+v was found", i+1, off[i], at)
		}
	}
	if err := each(clients, func(_ int, c *Client) error { return c.bye() }); err != nil {
		t.Error(err)
	}
}
