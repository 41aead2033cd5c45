package telemetry

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// A child is a process whose output is readings.
type child struct {
	source  results.Source
	command func(context.Context) *exec.Cmd
	both    bool // standard error is read too
	read    func(out io.Reader, since func() time.Duration, sink func(results.Sample))
}

// A childWatch follows what a child prints.
type childWatch struct {
	cancel context.CancelFunc
	ended  chan struct{}
	out    io.Closer
}

// childPatience is how long what a child has printed is still read after its end: what it started may hold the pipe for
// ever.
const childPatience = time.Second

// follow starts the child and hands what is read to sink, from a goroutine of its own, until Stop or the end of ctx.
// When it ends by itself, a missing Scrape says so.
func (c child) follow(ctx context.Context, clk clock.Clock, start time.Duration,
	sink func(results.Sample)) (*childWatch, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := c.command(ctx)
	inGroup(cmd)
	out, err := cmd.StdoutPipe()
	if c.both {
		cmd.Stderr = cmd.Stdout
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	w := &childWatch{cancel: cancel, ended: make(chan struct{}), out: out}
	go func() {
		defer close(w.ended)
		since := func() time.Duration { return clk.Now() - start }
		c.read(out, since, sink)
		if err := cmd.Wait(); ctx.Err() == nil {
			sink(results.Sample{At: since(), Source: c.source, Name: scrape, Label: fmt.Sprintf("%s ended: %v", cmd.Args[0],
				err), Missing: true})
		}
	}()
	return w, nil
}

// Stop ends the child with all that it started, and waits for it. Subtle: what left the child's group (setsid, ssh's
// master) lives on with the pipe in its hand; the pipe is closed on our side then.
func (w *childWatch) Stop() {
	w.cancel()
	select {
	case <-w.ended:
	case <-time.After(childPatience):
		_ = w.out.Close()
		<-w.ended
	}
}
