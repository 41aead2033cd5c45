package studies

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/stat"
	"loadgen/sweep"
)

// An arrivals is an open loop on a world's engine.
type arrivals struct {
	m      machine.Machine
	blocks int
	sc     *scenarios.Scenario
}

// An opened is what one rate showed: of each judged request, in order, whether it kept its objective and how much of it
// it used.
type opened struct {
	met     []bool
	margin  []float64
	e2e     float64 // mean, s
	sent    int     // requests, those that were not judged among them
	took    float64 // s, to the last answer
	overrun bool
	behind  bool // clearly fewer ended in the window than came
}

// soon is after how many of n requests a play looks whether its queue grows fast: three times as many as may be in
// flight.
func soon(n, most int) int {
	if most == 0 {
		return n
	}
	return min(n, 3*most)
}

func (o opened) share() float64 {
	n := 0
	for _, m := range o.met {
		if m {
			n++
		}
	}
	return float64(n) / float64(max(len(o.met), 1))
}

// play sends Poisson arrivals at a rate, of which those due after settle and within window, s, are judged. most, where
// above 0, is how many may be in flight before no more are sent.
func (a arrivals) play(rate, settle, window float64, seed uint64, most int) opened {
	rng, lengths := rand.New(rand.NewPCG(seed, 5)), rand.New(rand.NewPCG(seed, 6))
	var requests []machine.Served
	var classes []string
	for at := rng.ExpFloat64() / rate; at < settle+window; at += rng.ExpFloat64() / rate {
		class, r := ask(a.sc.Prompts, lengths)
		r.Arrival = time.Duration(at * 1e9)
		requests, classes = append(requests, r), append(classes, class)
	}
	end := settle + window
	var out opened
	sent := func(n int) []machine.Served {
		got, err := a.m.Replay(a.blocks, requests[:n], seed)
		if err != nil {
			panic(err)
		}
		if at := overrunAt(got, most); at < end {
			out.overrun, end = true, math.Max(at, math.Min(settle+40/rate, end))
		}
		return got
	}
	got := sent(soon(len(requests), most))
	if len(got) < len(requests) { // a queue that grows fast is not played to its end
		got = sent(sort.Search(len(requests), func(i int) bool { return requests[i].Arrival.Seconds() >= end }))
	}
	n, ended := 0.0, 0.0
	for _, s := range got {
		if at := s.Last.Seconds(); at >= settle && at < end {
			ended++
		}
	}
	for i, s := range got {
		due := s.Arrival.Seconds()
		if due >= end {
			break
		}
		out.took = math.Max(out.took, s.Last.Seconds())
		if out.sent++; due >= settle {
			margin := marginOf(s, a.sc.ObjectiveOf(classes[i]))
			out.met, out.margin = append(out.met, margin <= 1), append(out.margin, margin)
			out.e2e, n = out.e2e+(s.Last-s.Arrival).Seconds(), n+1
		}
	}
	out.e2e /= math.Max(n, 1)
	out.behind = ended < 0.97*n-2*math.Sqrt(n)
	return out
}

// ask draws a request's class and lengths; its text does not matter to an engine.
func ask(classes []scenarios.PromptClass, r *rand.Rand) (string, machine.Served) {
	total := 0.0
	for _, c := range classes {
		total += c.Weight
	}
	x := r.Float64() * total
	c := classes[len(classes)-1]
	for _, k := range classes {
		if x -= k.Weight; x < 0 {
			c = k
			break
		}
	}
	return c.Name, machine.Served{Prompt: c.Input.Draw(r) + template, Output: c.Output.Length.Draw(r)}
}

// curtail ends what is judged once more requests missed than may.
func (o *opened) curtail(most int) {
	missed := 0
	for i, met := range o.met {
		if !met {
			missed++
		}
		if missed > most {
			o.sent -= len(o.met) - i - 1
			o.met, o.margin = o.met[:i+1], o.margin[:i+1]
			return
		}
	}
}

// overrunAt is when more than most were in flight, s; infinite: never.
func overrunAt(got []machine.Served, most int) float64 {
	var ends []time.Duration
	for _, s := range got {
		ends = append(ends, s.Last)
	}
	slices.Sort(ends)
	ended := 0
	for i, s := range got {
		for ended < len(ends) && ends[ended] <= s.Arrival {
			ended++
		}
		if most > 0 && i+1-ended > most {
			return s.Arrival.Seconds()
		}
	}
	return math.Inf(1)
}

// marginOf is how much of its objective's tightest clause a request used.
func marginOf(s machine.Served, o scenarios.Objective) float64 {
	most := 0.0
	use := func(limit time.Duration, v float64) {
		if limit > 0 {
			most = math.Max(most, v/limit.Seconds())
		}
	}
	use(o.TTFT, s.TTFT())
	use(o.TPOT, s.TPOT())
	use(o.ITL, s.Gap.Seconds())
	use(o.E2E, (s.Last - s.Arrival).Seconds())
	return most
}

// A found is how a search came out.
type found struct {
	deployment
	Truth     float64 // requests/s; 0: nothing is held
	Confirmed float64 // 0: nothing was
	Within    float64 // what a search in twenty minutes tells as held; 0: nothing
	Requests  int
	Ladder    int // requests of a doubling ladder whose every level brings the default evidence
	Steps     []sweep.Seen
}

// find searches a deployment's rate on its engine, by the same steps as the sweep would play.
func (d deployment) find(seed uint64) (f found, ok bool) {
	m, blocks, err := d.options(nil).Machine()
	if err != nil {
		return f, false
	}
	a := arrivals{m, blocks, d.Scenario}
	lone := a.play(0.001, 0, 8000, 7, 0).e2e
	f = found{deployment: d}
	if !f.truth(a, lone) {
		return f, false
	}
	f.ladder(a, lone)
	f.search(a, lone, seed, 0)
	quick := found{deployment: d}
	quick.search(a, lone, seed+500000, limitedTo)
	f.Within = quick.held()
	return f, true
}

// limitedTo is the time, s, that a search on each world is given beside the one that takes what it needs.
const limitedTo = 1200

// held is the load that a report tells: confirmed, or else the middle of what the steps leave; 0: none.
func (f *found) held() float64 {
	if f.Confirmed > 0 {
		return f.Confirmed
	}
	goal := f.Scenario.Goal()
	var trials []stat.Trial
	kept := false
	for _, t := range f.Steps {
		trials = append(trials, t.Trial)
		kept = kept || t.Share >= goal && !t.Overrun
	}
	if !kept {
		return 0
	}
	return stat.Cross(trials, goal).Load
}

// search is the sweep's, in a time, s; 0: as long as it needs.
func (f *found) search(a arrivals, lone float64, seed uint64, within float64) {
	s := sweep.Search{Goal: f.Scenario.Goal(), Loop: scenarios.Open, Start: sweep.StartingInFlight / lone,
		Least: 0.05 / lone, Evidence: 1, Within: within}
	before := lone
	for {
		next, more := s.Next(f.Steps)
		if !more {
			f.Confirmed = sweep.Confirmed(f.Steps, s.Goal)
			return
		}
		step := f.Scenario.Try(scenarios.Step{Loop: scenarios.Open}, len(f.Steps)+1, next.Load, next.Requests, next.Confirm)
		settle, window := sweep.OpenSettle(seconds(before)), sweep.OpenWindow(step, seconds(before), 1)
		most := sweep.Allowed(f.Scenario, step, seconds(before))
		o := a.play(next.Load, settle.Seconds(), window.Seconds(), seed*1000+uint64(len(f.Steps)), most)
		if next.Confirm {
			o.curtail(sweep.MissesMost(s.Goal, len(o.met)))
		}
		share := o.shareNear(s.Goal)
		overrun := o.overrun || o.behind
		t := sweep.Seen{Trial: stat.TrialOf(next.Load, share, len(o.met), window.Seconds()/o.e2e, overrun),
			Confirm: next.Confirm, Overrun: overrun, Requests: len(o.met), Took: o.took, Rate: next.Load}
		f.Requests += o.sent
		f.Steps = append(f.Steps, t)
		if !t.Overrun && t.Share >= s.Goal {
			before = o.e2e
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * 1e9) }

// judgedOpen is how many requests a play of the truth looks at, and judgedFirst a first one, which tells only what is
// far beyond.
const (
	judgedOpen  = 20000
	judgedFirst = 2500
	mostPlays   = 4    // of one rate
	bisected    = 1.01 // ratio of two rates, of which one keeps the goal
)

// truth is the rate, bisected to 1 %, up to which the goal is kept. false where it is not bounded, or where nothing is
// held.
func (f *found) truth(a arrivals, lone float64) bool {
	goal := f.Scenario.Goal()
	if a.play(4000/lone, 0, 3000*lone/4000, 4242, 0).share() >= goal {
		return false
	}
	lo, hi := 0.05/lone, 2/lone
	for full := 0; ; lo, hi = hi, 1.6*hi {
		o := a.long(hi, lone, judgedFirst, 1)
		if o.share() < goal {
			break
		}
		if o.behind {
			full++
		}
		if full == 2 {
			return false
		}
	}
	for hi/lo > bisected {
		at := math.Max(math.Sqrt(lo*hi), hi/1.6)
		if a.keeps(at, lone, goal) {
			lo = at
		} else {
			hi = at
		}
	}
	f.Truth = math.Sqrt(lo * hi)
	return lo > 0.051/lone
}

// keeps reports whether a rate keeps the goal: by 20,000 requests, or by up to four times as many where that share may
// be chance, since near the limit they miss together.
func (a arrivals) keeps(rate, lone, goal float64) bool {
	if a.long(rate, lone, judgedFirst, 1).share() < goal-hopeless {
		return false
	}
	var all opened
	for play := range uint64(mostPlays) {
		o := a.long(rate, lone, judgedOpen, 2+play)
		all.met, all.margin = append(all.met, o.met...), append(all.margin, o.margin...)
		if share := all.shareNear(goal); share.Lo > goal || share.Hi < goal {
			break
		}
	}
	return all.share() >= goal
}

// long judges so many requests at a rate.
func (a arrivals) long(rate, lone float64, n int, seed uint64) opened {
	return a.play(rate, math.Max(30*lone, 200/rate), float64(n)/rate, math.Float64bits(rate)+seed, 0)
}

// shareNear is the share with its bounds, of long plays between batches.
func (o opened) shareNear(goal float64) stat.Interval { return stat.ShareNear(o.met, o.margin, goal) }

// ladder counts the requests of rates that double from one in flight to the first that breaks the objective, each with
// a default window.
func (f *found) ladder(a arrivals, lone float64) {
	before := lone
	for rate := 1 / lone; ; rate *= 2 {
		step := scenarios.Step{Loop: scenarios.Open, Rate: rate}
		settle, window := sweep.OpenSettle(seconds(before)), sweep.OpenWindow(step, seconds(before), 1)
		f.Ladder += int(rate * (settle + window).Seconds())
		if rate > f.Truth {
			return
		}
		before = a.play(rate, 0, 200/rate, 9, 0).e2e
	}
}
