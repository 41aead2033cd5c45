package studies

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/stat"
)

// template is how many tokens the simulated server's chat template puts around one message.
const template = 8

// A truth is what a server of a world really holds, found on the engine with fresh seeds.
type truth struct {
	m      machine.Machine
	blocks int
	sc     *scenarios.Scenario
	judged int     // requests of a level that is clearly on one side of the goal
	most   int     // requests of a level near it
	near   float64 // ratio of two levels that the limit is bracketed to
	seed   uint64
	life   float64 // s, of an answer: over it the first requests of a loop are spread, as a rising ladder leaves them
}

func newTruth(m machine.Machine, blocks int, sc *scenarios.Scenario, judged int) truth {
	t := truth{m: m, blocks: blocks, sc: sc, judged: 60}
	lone := t.play(1)
	t.life, t.judged, t.most, t.near = 2/lone.requests, judged, 4*judged, 1.03
	return t
}

// precise judges levels near the goal by so many requests that the limit is known to some 2 %: where the share hardly
// falls with the load, or requests miss together, it is a matter of chance in thousands of them.
func (t truth) precise() truth {
	t.most, t.near = 64*t.judged, 1.015
	return t
}

// A served is what the engine did with one level.
type served struct {
	met, requests, output float64
	ttft, tpot, gap       []float64
}

// play is a closed loop of n in flight.
func (t truth) play(n int) served {
	mix, lengths := scenarios.NewMix(t.sc, scenarios.Step{}), rand.New(rand.NewPCG(1000+t.seed, 6))
	from, to := 2*n, 2*n+max(t.judged, 3*n)
	requests, classes := make([]machine.Served, to+n), make([]string, to+n)
	for i := range requests {
		if classes[i], requests[i] = ask(mix, lengths); i < n {
			requests[i].Arrival = time.Duration(float64(i) / float64(n) * t.life * 1e9)
		}
	}
	got, err := t.m.ReplayLoop(t.blocks, n, to, requests, 99+t.seed)
	if err != nil {
		panic(err)
	}
	var out served
	tokens := 0
	for i := from; i < to; i++ {
		s := got[i]
		o := t.sc.ObjectiveOf(classes[i])
		within := func(limit time.Duration, v time.Duration) bool { return limit == 0 || v <= limit }
		tpot := time.Duration(s.TPOT() * 1e9)
		if within(o.TTFT, s.First-s.Arrival) && within(o.TPOT, tpot) && within(o.ITL, s.Gap) &&
			within(o.E2E, s.Last-s.Arrival) {
			out.met++
		}
		out.ttft, out.tpot, out.gap = append(out.ttft, s.TTFT()), append(out.tpot, s.TPOT()), append(out.gap, s.Gap.Seconds())
		tokens += s.Output
	}
	k := float64(to - from)
	out.met /= k
	out.requests = k / (got[to].Arrival - got[from].Arrival).Seconds()
	out.output = out.requests * float64(tokens) / k
	return out
}

func (t truth) quantiles(level, q float64) (ttft, tpot, gap float64) {
	s := t.play(int(level))
	at := func(v []float64) float64 { slices.Sort(v); return stat.Quantile(v, q) }
	return at(s.ttft), at(s.tpot), at(s.gap)
}

// decided plays a level with four times the requests again and again until the share is clearly on one side of the
// goal, or as many as are played at most. Requests in flight together miss together, so that they count for less.
func (t truth) decided(n int, goal float64) served {
	for again := t; ; again.judged *= 4 {
		s := again.play(n)
		if again.judged >= t.most ||
			math.Abs(s.met-goal) > 3*math.Sqrt(goal*(1-goal)*math.Max(1, float64(n)/4)/float64(again.judged)) {
			return s
		}
	}
}

// A limit is what a server truly holds: the load, and what it serves there; 0 load: not even one in flight.
type limit struct{ load, requests, output float64 }

// held is the largest load that keeps the goal; most is where the search ends. Without an objective it is the
// most tokens/s.
func (t truth) held(most int) limit {
	if t.sc.Objective.IsZero() {
		s := t.play(most)
		return limit{float64(most), s.requests, s.output}
	}
	goal := t.sc.Objective.Attainment
	lo, hi := 0, most+1
	var at, beyond served
	for step := 8; lo+1 < hi; {
		next := int(math.Round(math.Sqrt(float64(max(lo, 1)) * float64(hi))))
		if hi > most {
			next = min(max(step, lo+1), most)
			step *= 2
		}
		next = min(max(next, lo+1), hi-1)
		s := t.decided(next, goal)
		if s.met >= goal {
			lo, at = next, s
		} else {
			hi, beyond = next, s
		}
		if lo == most || lo > 0 && float64(hi)/float64(lo) < t.near {
			break
		}
	}
	if lo == 0 {
		return limit{}
	}
	if hi > most {
		return limit{float64(lo), at.requests, at.output}
	}
	share := (at.met - goal) / math.Max(at.met-beyond.met, 1e-9)
	mix := func(a, b float64) float64 { return a + share*(b-a) }
	return limit{mix(float64(lo), float64(hi)), mix(at.requests, beyond.requests), mix(at.output, beyond.output)}
}
