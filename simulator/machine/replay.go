package machine

import (
	"slices"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
)

// Replay serves the same requests on m with so many KV blocks of 16, and returns them in the same order, which must be
// that of their arrivals. Each comes at its own time, or as long after the one that it follows as it truly did. The API
// server is there, HTTP is not. Prompts share what Shared says; seed is the jitter's.
func (m Machine) Replay(blocks int, requests []Served, seed uint64) ([]Served, error) {
	return new(Scratch).Replay(m, blocks, requests, seed)
}

// ReplayLoop serves requests in a closed loop of so many in flight: the first come at their own times, each other one
// as soon as any before it has ended. It stops when the first `until` have ended; later ones are there to load the
// server, and their times mean nothing.
func (m Machine) ReplayLoop(blocks, inFlight, until int, requests []Served, seed uint64) ([]Served, error) {
	return new(Scratch).ReplayLoop(m, blocks, inFlight, until, requests, seed)
}

// A Scratch is the memory of replays that follow each other, and the step times that they have in common. The zero
// value is ready. What a replay returns is good until the next.
type Scratch struct{ replay replay }

// Replay is Machine.Replay in this memory.
func (s *Scratch) Replay(m Machine, blocks int, requests []Served, seed uint64) ([]Served, error) {
	r := &s.replay
	r.begin(m, &clock.Agenda{}, blocks, requests, seed, m.quickest(requests))
	r.next = map[int][]int{}
	for i, s := range requests {
		if s.Follows > 0 {
			r.next[s.Follows-1] = append(r.next[s.Follows-1], i)
		}
	}
	return r.play()
}

// ReplayLoop is Machine.ReplayLoop in this memory.
func (s *Scratch) ReplayLoop(m Machine, blocks, inFlight, until int, requests []Served, seed uint64) ([]Served, error) {
	r := &s.replay
	r.begin(m, &clock.Agenda{}, blocks, requests, seed, m.quickest(requests))
	r.upcoming, r.until, r.left = min(inFlight, len(requests)), until, until
	return r.play()
}

// A scheduling puts a scheduler under a replay.
type scheduling func(m Machine, r *replay, blocks int, seed uint64)

// quickest is lockstep where that tells what the engine would, else the engine.
func (m Machine) quickest(requests []Served) scheduling {
	if m.inStep(requests) {
		return inLockstep
	}
	return byEngine
}

// begin makes a replay of r, in the memory of the one before.
func (r *replay) begin(m Machine, clk *clock.Agenda, blocks int, requests []Served, seed uint64, by scheduling) {
	n := len(requests)
	*r = replay{truth: requests, out: append(r.out[:0], requests...), clk: clk, upcoming: n, until: n, left: n,
		streams: sized(r.streams, n), ways: r.ways, lockstep: r.lockstep, timer: r.timer}
	clear(r.streams)
	for i := len(r.ways); i < n; i++ {
		r.ways = append(r.ways, r.way(i))
	}
	by(m, r, blocks, seed)
	r.fronts = NewFronts(m.APIServers, r.clk, m.Profile, r.do, r.token)
	for _, f := range r.fronts {
		f.next = clk.Next
	}
	if len(r.fronts) == 1 && m.Profile.Chunk > 0 {
		r.fronts[0].whole = r.whole
	}
}

// sized is n elements in the memory of others, with whatever they hold.
func sized[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

// byEngine has the engine schedule, with its prefix cache.
func byEngine(m Machine, r *replay, blocks int, seed uint64) {
	beside, size := m.Beside(blockSize)
	e := engine.New(r.clk, engine.Config{Blocks: blocks, BlockSize: size, Beside: beside, Budget: m.Budget,
		MaxSeqs: m.MaxSeqs, MaxModelLen: m.Model.MaxPosition,
		PrefixCaching: true, Async: true, StepTime: r.stepTime(m, seed),
		OnStep: func(s *engine.Step) { r.fronts.Serve(s.Out) }})
	r.do = e.Do
	r.submit = func(i int) {
		s := &r.out[i]
		_ = e.Submit(&engine.Request{Prompt: s.Prompt, MaxTokens: s.Output, Hashes: s.hashes(size),
			Emit: func(q *engine.Request) { r.emit(i, q.Last) }}) // there is no queue limit
	}
}

// stepTime is m's function, with what the replay before worked out where it had the same steps.
func (r *replay) stepTime(m Machine, seed uint64) func(*engine.Step) engine.Timing {
	if terms := m.terms(seed); r.timer == nil || r.timer.terms != terms {
		r.timer = newTimer(terms)
	}
	return r.timer.timing(m)
}

// blockSize is vLLM's default, in tokens.
const blockSize = 16

type replay struct {
	truth   []Served
	out     []Served
	next    map[int][]int // which follow a request
	clk     *clock.Agenda
	streams []stream
	fronts  Fronts[int]
	do      func(func())                // the scheduler's lock
	submit  func(i int)                 // a request to it
	whole   func(at time.Duration) bool // of its API servers

	ways     []way    // of each request
	lockstep lockstep // where it schedules
	timer    *timer   // the latest

	upcoming int    // of a closed loop: the request that is sent when one ends
	over     func() // of one server of several: told of each request's end, and nothing follows; nil: it is alone
	until    int    // requests before this one are waited for
	left     int    // of them
}

// A stream is one request's answer on its way.
type stream struct {
	front *Front[int] // its connection's
	made  int         // tokens that the scheduler has made
	given int         // and that the client has; while it has not all it waits in the API server's line
	last  time.Duration
	gap   time.Duration

	since int // the last step counted here, where its tokens go out with all others' (outlet); else never
}

// A way is the calls of a request on its way to the scheduler, made once.
type way struct{ come, accept, submit func() }

func (r *replay) way(i int) way {
	return way{
		come: func() { r.do(r.ways[i].accept) },
		accept: func() {
			s := &r.out[i]
			r.streams[i].front.Accept(s.Arrival, s.Prompt, r.ways[i].submit)
		},
		submit: func() { r.submit(i) },
	}
}

func (r *replay) play() ([]Served, error) {
	if len(r.truth) == 0 {
		return nil, nil
	}
	var first []int
	for i, s := range r.truth[:r.upcoming] {
		if s.Follows == 0 {
			first = append(first, i)
		}
	}
	arrive(r.clk, r.truth, first, func(i int) { r.send(i, r.truth[i].Arrival, r.fronts.Of(i)) })
	return r.out, r.clk.Run()
}

// arrive has these requests come at their times, in their order.
func arrive(clk *clock.Agenda, requests []Served, these []int, come func(i int)) {
	var next func()
	next = func() {
		for ; len(these) > 0; these = these[1:] {
			if at := requests[these[0]].Arrival; at > clk.Now() {
				clk.At(at, next)
				return
			}
			come(these[0])
		}
	}
	next()
}

// send has the i-th request arrive at an API server.
func (r *replay) send(i int, at time.Duration, front *Front[int]) {
	r.out[i].Arrival = at
	r.streams[i].front = front
	r.clk.At(at, r.ways[i].come)
}

// hashes name the shared blocks of a prompt, of so many tokens each.
func (s *Served) hashes(block int) []uint64 {
	out := make([]uint64, s.Shared/block)
	for i := range out {
		out[i] = (uint64(s.Group)+1)<<32 | uint64(i) | 1<<63
	}
	return out
}

// emit has the scheduler make a token.
func (r *replay) emit(i int, now time.Duration) {
	s := &r.streams[i]
	waits := s.made > s.given
	s.made++
	s.front.Add(i, waits, now)
}

// token reaches its client.
func (r *replay) token(i int, at time.Duration) {
	s := &r.streams[i]
	if s.given == 0 {
		r.out[i].First = at
	} else {
		s.gap = max(s.gap, at-s.last)
	}
	s.given, s.last = s.made, at
	if s.given == r.out[i].Output {
		r.ended(i)
	}
}

// ended sends what follows a request, on its connection.
func (r *replay) ended(i int) {
	s := &r.streams[i]
	r.out[i].Last, r.out[i].Gap = s.last, s.gap
	if r.over != nil {
		r.over()
		return
	}
	for _, j := range r.next[i] {
		r.send(j, s.last+max(0, r.truth[j].Arrival-r.truth[i].Last), s.front)
	}
	if j := r.upcoming; j < len(r.truth) {
		r.upcoming++
		r.send(j, s.last, s.front)
	}
	if i >= r.until {
		return
	}
	if r.left--; r.left == 0 {
		r.clk.End()
	}
}
