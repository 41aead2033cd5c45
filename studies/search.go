package studies

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"loadgen/advice"
	"loadgen/analysis"
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
	met    []bool
	margin []float64
	e2e    float64 // mean, s
	behind bool    // clearly fewer ended in the window than came
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

// play sends Poisson arrivals at a rate, of which those due after settle and within window, s, are judged.
func (a arrivals) play(rate, settle, window float64, seed uint64) opened {
	rng, lengths := rand.New(rand.NewPCG(seed, 5)), rand.New(rand.NewPCG(seed, 6))
	mix := scenarios.NewMix(a.sc, scenarios.Step{})
	var requests []machine.Served
	var classes []string
	end := settle + window
	for at := rng.ExpFloat64() / rate; at < end; at += rng.ExpFloat64() / rate {
		class, r := ask(mix, lengths)
		r.Arrival = time.Duration(at * 1e9)
		requests, classes = append(requests, r), append(classes, class)
	}
	got, err := a.m.Replay(a.blocks, requests, seed)
	if err != nil {
		panic(err)
	}
	var out opened
	n, ended := 0.0, 0.0
	for i, s := range got {
		if at := s.Last.Seconds(); at >= settle && at < end {
			ended++
		}
		if s.Arrival.Seconds() >= settle {
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
func ask(mix *scenarios.Mix, r *rand.Rand) (string, machine.Served) {
	class, input, output, _ := mix.Lengths(r)
	return class, machine.Served{Prompt: input + template, Output: output}
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
	Told      float64 // as held; 0: nothing
	Within    float64 // what a search in twenty minutes tells as held; 0: nothing
	Requests  int
	Ladder    int // requests of a doubling ladder whose every level brings the default evidence
	Steps     []string
}

// find searches a deployment's rate as the tool does, twice: as long as it needs, and in twenty minutes.
func (d deployment) find(dir string) (f found, ok bool, err error) {
	m, blocks, err := d.options(nil).Machine()
	if err != nil {
		return f, false, err
	}
	a := arrivals{m, blocks, d.Scenario}
	lone := a.play(0.001, 0, 8000, 7).e2e
	f = found{deployment: d}
	if !f.truth(a, lone) {
		return f, false, nil
	}
	f.ladder(a, lone)
	held, points, err := d.searched("load: {find: rate}\n", dir, 0)
	if err != nil {
		return f, false, err
	}
	f.Confirmed, f.Told = held.Lower, held.Value
	for _, p := range points {
		f.Requests += p.Steps[0].Counts.Sent
		f.Steps = append(f.Steps, fmt.Sprintf("%.2f:%.3f/%d", p.Level/f.Truth, p.Attainment.Value, p.Attainment.N))
	}
	held, _, err = d.searched("within: 20m\nload: {find: rate}\n", dir, 1)
	f.Within = held.Value
	return f, true, err
}

// searched plays a search of the deployment and reads what it holds.
func (d deployment) searched(load, dir string, seed uint64) (held analysis.HeldLoad, points []*analysis.Point,
	err error) {
	before, _, _ := strings.Cut(d.YAML, "load:")
	d.YAML = before + load
	if d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML)); err != nil {
		return held, nil, err
	}
	s, err := d.play(dir, seed)
	if err != nil {
		return held, nil, err
	}
	advice.Read(s)
	t := s.Targets[0]
	return t.Held(s.Scenario), t.Open(), nil
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
	if a.play(4000/lone, 0, 3000*lone/4000, 4242).share() >= goal {
		return false
	}
	lo, hi := 0.05/lone, 2/lone
	for full := 0; ; lo, hi = hi, 1.6*hi {
		o := a.long(hi, lone, judgedFirst, 1)
		if o.share() < goal && !a.keeps(hi, lone, goal) {
			break
		}
		if o.behind {
			full++
		}
		if full == 2 {
			return false
		}
	}
	for lo > 0.05/lone && !a.keeps(lo, lone, goal) { // the first play of it may have been lucky
		lo, hi = math.Max(0.05/lone, lo/1.6), lo
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
	return a.play(rate, math.Max(30*lone, 200/rate), float64(n)/rate, math.Float64bits(rate)+seed)
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
		before = a.play(rate, 0, 200/rate, 9).e2e
	}
}
