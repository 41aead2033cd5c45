package machine

import (
	"context"
	"slices"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
)

// Replay serves the same requests on m with so many KV blocks of 16, and returns them in the same order, which must be that of
// their arrivals. Each comes at its own time, or as long after the one that it follows as it truly did. The API server's time to
// accept them counts, its ceiling does not. Prompts share nothing.
func (m Machine) Replay(blocks int, requests []Served) ([]Served, error) {
	r := &replay{m: m, truth: requests, out: slices.Clone(requests), next: make([][]int, len(requests)), clk: clock.NewVirtual(), left: len(requests)}
	for i, s := range requests {
		if s.Follows > 0 {
			r.next[s.Follows-1] = append(r.next[s.Follows-1], i)
		}
	}
	r.engine = engine.New(r.clk, engine.Config{Blocks: blocks, BlockSize: 16, Budget: m.Budget, MaxSeqs: m.MaxSeqs, MaxModelLen: m.Model.MaxPosition,
		PrefixCaching: true, Async: true, StepTime: m.StepTime(1)})
	err := r.clk.Run("replay", r.run)
	return r.out, err
}

type replay struct {
	m      Machine
	truth  []Served
	out    []Served
	next   [][]int // which follow each
	clk    *clock.Virtual
	engine *engine.Engine
	left   int
	done   clock.Signal
}

func (r *replay) run() {
	r.done = r.clk.NewSignal("the last request")
	for i, s := range r.truth {
		if s.Follows == 0 {
			_ = r.clk.SleepUntil(context.Background(), s.Arrival)
			r.send(i, s.Arrival)
		}
	}
	if len(r.truth) > 0 {
		_ = r.done.Wait(context.Background(), clock.Never)
	}
}

// send has the i-th request arrive.
func (r *replay) send(i int, at time.Duration) {
	s, p := &r.out[i], r.m.Profile
	s.Arrival = at
	q := &engine.Request{Prompt: s.Prompt, MaxTokens: s.Output, Emit: func(q *engine.Request) {
		if s.First, s.Last = q.First, q.Last; q.Finish != engine.Unfinished {
			r.ended(i)
		}
	}}
	r.clk.AfterFunc(at+p.Accept+time.Duration(s.Prompt)*p.AcceptToken, func() {
		r.engine.Do(func() { _ = r.engine.Submit(q) }) // there is no queue limit
	})
}

// ended sends what follows the i-th request.
func (r *replay) ended(i int) {
	for _, j := range r.next[i] {
		r.send(j, r.out[i].Last+max(0, r.truth[j].Arrival-r.truth[i].Last))
	}
	if r.left--; r.left == 0 {
		r.done.Set()
	}
}
