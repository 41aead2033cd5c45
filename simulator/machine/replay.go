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
	r := m.newReplay(&clock.Agenda{}, blocks, len(requests), requests, seed)
	r.next = map[int][]int{}
	for i, s := range requests {
		if s.Follows > 0 {
			r.next[s.Follows-1] = append(r.next[s.Follows-1], i)
		}
	}
	return r.out, r.play()
}

// ReplayLoop serves requests in a closed loop of so many in flight: the first come at their own times, each other one
// as soon as any before it has ended. It stops when the first `until` have ended; later ones are there to load the
// server, and their times mean nothing.
func (m Machine) ReplayLoop(blocks, inFlight, until int, requests []Served, seed uint64) ([]Served, error) {
	r := m.newReplay(&clock.Agenda{}, blocks, inFlight, requests, seed)
	r.upcoming, r.until, r.left = min(inFlight, len(requests)), until, until
	return r.out, r.play()
}

func (m Machine) newReplay(clk *clock.Agenda, blocks, inFlight int, requests []Served, seed uint64) *replay {
	r := &replay{m: m, truth: requests, out: slices.Clone(requests), clk: clk,
		upcoming: len(requests), until: len(requests), left: len(requests)}
	beside, size := m.Beside(blockSize)
	r.size = size
	roomy := m.roomy(blocks, inFlight, requests)
	if roomy {
		blocks = m.enough(inFlight, requests)
	}
	r.engine = engine.New(r.clk, engine.Config{Blocks: blocks, BlockSize: size, Beside: beside, Budget: m.Budget,
		MaxSeqs: m.MaxSeqs, MaxModelLen: m.Model.MaxPosition,
		PrefixCaching: !roomy, Async: true, StepTime: m.StepTime(seed),
		OnStep: func(s *engine.Step) { r.fronts.Serve(s.End) }})
	r.fronts = NewFronts(m.APIServers, r.clk, m.Profile, r.engine.Do, r.token)
	return r
}

// roomy reports whether a prefix cache could find nothing: no prompts share tokens, and the pool holds all that may run
// at once, so that none is preempted and finds its own blocks again. Without names for blocks a replay is quicker and
// the same.
func (m Machine) roomy(blocks, inFlight int, requests []Served) bool {
	beside, _ := m.Beside(blockSize)
	shared := slices.ContainsFunc(requests, func(s Served) bool { return s.Shared > 0 })
	return !shared && beside == (engine.Beside{}) && m.enough(inFlight, requests) <= blocks
}

// enough is how many blocks hold all that may run at once.
func (m Machine) enough(inFlight int, requests []Served) int {
	_, size := m.Beside(blockSize)
	longest := 0
	for _, s := range requests {
		longest = max(longest, s.Prompt+s.Output)
	}
	return min(m.MaxSeqs, inFlight)*(longest/size+2) + 1
}

// blockSize is vLLM's default, in tokens.
const blockSize = 16

type replay struct {
	m      Machine
	truth  []Served
	out    []Served
	next   map[int][]int // which follow a request
	clk    *clock.Agenda
	engine *engine.Engine
	size   int // tokens in a block
	fronts Fronts[*replayed]

	upcoming int    // of a closed loop: the request that is sent when one ends
	over     func() // of one server of several: told of each request's end, and nothing follows; nil: it is alone
	until    int    // requests before this one are waited for
	left     int    // of them
}

func (r *replay) play() error {
	if len(r.truth) == 0 {
		return nil
	}
	var first []int
	for i, s := range r.truth[:r.upcoming] {
		if s.Follows == 0 {
			first = append(first, i)
		}
	}
	arrive(r.clk, r.truth, first, func(i int) { r.send(i, r.truth[i].Arrival, r.fronts.Of(i)) })
	return r.clk.Run()
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

// A replayed is one request on its way.
type replayed struct {
	engine.Request
	i     int
	front *Front[*replayed] // its connection's
	given int               // tokens that the client has
	waits bool              // in the API server's line
}

// send has the i-th request arrive at an API server.
func (r *replay) send(i int, at time.Duration, front *Front[*replayed]) {
	s := &r.out[i]
	s.Arrival, s.Gap = at, 0
	q := &replayed{i: i, front: front}
	q.Prompt, q.MaxTokens, q.Hashes = s.Prompt, s.Output, s.hashes(r.size)
	q.Emit = func(*engine.Request) {
		waits := q.waits
		q.waits = true
		front.Add(q, waits, q.Last)
	}
	r.clk.At(at, func() {
		r.engine.Do(func() {
			front.Accept(at, s.Prompt, func() { _ = r.engine.Submit(&q.Request) }) // there is no queue limit
		})
	})
}

// hashes name the shared blocks of a prompt, of so many tokens each.
func (s *Served) hashes(block int) []uint64 {
	out := make([]uint64, s.Shared/block)
	for i := range out {
		out[i] = (uint64(s.Group)+1)<<32 | uint64(i) | 1<<63
	}
	return out
}

// token reaches its client.
func (r *replay) token(q *replayed, at time.Duration) {
	s := &r.out[q.i]
	q.waits = false
	first := q.given == 0
	if q.given = q.Generated; first {
		s.First = at
	} else {
		s.Gap = max(s.Gap, at-s.Last)
	}
	if s.Last = at; q.given == s.Output {
		r.ended(q)
	}
}

// ended sends what follows a request, on its connection.
func (r *replay) ended(q *replayed) {
	if r.over != nil {
		r.over()
		return
	}
	for _, j := range r.next[q.i] {
		r.send(j, r.out[q.i].Last+max(0, r.truth[j].Arrival-r.truth[q.i].Last), q.front)
	}
	if j := r.upcoming; j < len(r.truth) {
		r.upcoming++
		r.send(j, r.out[q.i].Last, q.front)
	}
	if q.i >= r.until {
		return
	}
	if r.left--; r.left == 0 {
		r.clk.End()
	}
}
