package telemetry

import (
	"context"
	"errors"
	"os"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
)

// scrape is the name of the sample that tells of a reading of /metrics itself: its value is the seconds it took, and
// when it is missing its label is why.
const scrape = "scrape"

// A watch reads one source at the start, every period and once more when it is stopped.
type watch struct {
	clk   clock.Clock
	start time.Duration
	every time.Duration
	read  func(ctx context.Context)
	tick  func() // called often between two readings; nil: not
	sink  func(results.Sample)
	stop  clock.Signal
	group *clock.Group
}

// Start watches a server's /metrics and hands each sample to sink, from a goroutine of the clock. start is the clock's
// time from which samples count. Readings are at start + k·every, and are never made up for.
func Start(ctx context.Context, clk clock.Clock, ep *endpoint.Endpoint, start, every time.Duration,
	sink func(results.Sample)) *watch {
	w := newWatch(clk, start, every, sink)
	parser := newParser(ep.Target().Model)
	w.read = func(ctx context.Context) { w.scrape(ctx, ep, parser) }
	w.begin(ctx, "telemetry of "+ep.Target().Name)
	return w
}

func newWatch(clk clock.Clock, start, every time.Duration, sink func(results.Sample)) *watch {
	return &watch{clk: clk, start: start, every: every, sink: sink, stop: clk.NewSignal("telemetry's period"),
		group: clock.NewGroup(clk, "telemetry's end")}
}

func (w *watch) begin(ctx context.Context, name string) {
	w.group.Go(name, func() {
		for more := true; more; {
			w.read(ctx)
			more = errors.Is(w.pause(ctx), os.ErrDeadlineExceeded)
		}
		if ctx.Err() == nil {
			w.read(ctx)
		}
	})
}

// pause waits for the next period; it returns early, and something else than a passed deadline, at Stop and when ctx
// ends.
func (w *watch) pause(ctx context.Context) error {
	due := w.start + ((w.clk.Now()-w.start)/w.every+1)*w.every
	for w.tick != nil && w.clk.Now()+tickPeriod < due {
		if err := w.stop.Wait(ctx, w.clk.Now()+tickPeriod); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		w.tick()
	}
	return w.stop.Wait(ctx, due)
}

// tickPeriod is how often a tick is called.
const tickPeriod = 100 * time.Millisecond

// Stop has the source read once more and waits until that is done.
func (w *watch) Stop() {
	w.stop.Set()
	_ = w.group.Wait(context.Background()) // it ends: every reading has a time limit
}

// scrape reads /metrics once.
func (w *watch) scrape(ctx context.Context, ep *endpoint.Endpoint, parser *parser) {
	began := w.clk.Now()
	body, why := pages(ctx, ep, max(w.every, time.Second))
	at := w.clk.Now() - w.start
	samples, err := parser.parse(body, at)
	switch {
	case errors.Is(err, errOtherModels):
		why = "other models"
	case err != nil:
		why = "malformed"
	}
	w.sink(results.Sample{At: at, Source: results.Server, Name: scrape, Label: why, Value: (w.clk.Now() - began).Seconds(),
		Missing: why != ""})
	for _, x := range samples {
		w.sink(x)
	}
}
