package machine

import (
	"math"
	"time"
)

// A knob is one coefficient that Fit may turn.
type knob struct {
	of       func(*Profile) *float64
	duration func(*Profile) *time.Duration
	lo, hi   float64
	step     bool // of the engine's step, not of the API server
}

// knobs are turned in this order. Host time between steps is not among them: with asynchronous scheduling it hides.
var knobs = []knob{
	{duration: func(p *Profile) *time.Duration { return &p.Accept }, lo: 0, hi: 1e9},
	{step: true, duration: func(p *Profile) *time.Duration { return &p.Layer }, lo: 1e4, hi: 1e7},
	{step: true, of: func(p *Profile) *float64 { return &p.Compute }, lo: .2, hi: 1},
	{step: true, of: func(p *Profile) *float64 { return &p.Bandwidth }, lo: .4, hi: 1},
	{step: true, duration: func(p *Profile) *time.Duration { return &p.Step }, lo: 1e5, hi: 2e7},
	{step: true, duration: func(p *Profile) *time.Duration { return &p.StepSeq }, lo: 500, hi: 2e5},
	{step: true, of: func(p *Profile) *float64 { return &p.KVRead }, lo: .3, hi: 1},
	{duration: func(p *Profile) *time.Duration { return &p.Chunk }, lo: 0, hi: 1e7},
	{duration: func(p *Profile) *time.Duration { return &p.Stage }, lo: 2e4, hi: 1e8},
}

// turn multiplies a coefficient, within its limits.
func (k knob) turn(p *Profile, by float64) {
	if k.of != nil {
		v := k.of(p)
		*v = min(max(*v*by, k.lo), k.hi)
		return
	}
	v := k.duration(p)
	*v = time.Duration(min(max(float64(*v)*by, k.lo), k.hi))
}

func (k knob) value(p *Profile) float64 {
	if k.of != nil {
		return *k.of(p)
	}
	return float64(*k.duration(p))
}

// A Load is what a server was seen to serve, from its start to its end.
type Load struct {
	Blocks   int // of 16 tokens
	Requests []Served
	Judge    func(i int) bool // which of them count; nil: all
	Seeds    int              // replays that are averaged, for a closed loop near a ceiling bunches by chance; 0: one

	Stretches []Stretch // of the engine's log of steps; none: it was not read
}

// Error is Statistics.Error of m's replays, the mean over the loads.
func (m Machine) Error(loads ...Load) (float64, error) {
	by, err := m.Errors(loads...)
	return (by[0] + by[1] + by[2]) / 3, err
}

// Errors is the same for the statistics of TTFT, of TPOT and of E2E apart: mean and p50, and p90 and p99 of loads where
// at least three of the requests that count lie beyond.
func (m Machine) Errors(loads ...Load) (by [3]float64, err error) {
	for _, l := range loads {
		truth := pick(l.Requests, l.Judge)
		is, err := m.typical(l)
		if err != nil {
			return by, err
		}
		want, n := Summarise(truth), carried(len(truth))
		for i := range is {
			if i%4 < n {
				by[i/4] += math.Abs(is[i]/want[i]-1) / float64(n*len(loads))
			}
		}
	}
	return by, nil
}

// typical are the statistics of a load's replays, the mean over its seeds.
func (m Machine) typical(l Load) (s statistics, err error) {
	seeds := max(l.Seeds, 1)
	for seed := range seeds {
		got, err := m.Replay(l.Blocks, l.Requests, uint64(1+seed))
		if err != nil {
			return s, err
		}
		for i, v := range Summarise(pick(got, l.Judge)) {
			s[i] += v / float64(seeds)
		}
	}
	return s, nil
}

// carried is how many of mean, p50, p90 and p99 so many requests carry.
func carried(requests int) int {
	switch {
	case requests >= 300:
		return 4
	case requests >= 30:
		return 3
	}
	return 2
}

// Fit turns m's profile by coordinate search until replays of the loads come as near to them as they can, and returns
// the profile and Error before and after. Coefficients trade off against each other: the set predicts, a single one
// means little. The figure after is in-sample. Where the loads tell of steps, the search begins at what these say of
// the engine.
func (m Machine) Fit(loads ...Load) (p Profile, before, after float64, err error) {
	miss := func(p Profile) float64 {
		try := m
		try.Profile = p
		e, failed := try.Error(loads...)
		if failed != nil {
			err = failed
		}
		return e
	}
	before = miss(m.Profile)
	f := search{miss: miss, knobs: knobs, best: m.fromSteps(loads)}
	f.least = miss(f.best)
	f.run(func() bool { return err == nil })
	return f.best, before, f.least, err
}

// A search is one by coordinates: sweeps that turn one knob after the other, and after each the same way again, all at
// once.
type search struct {
	miss  func(Profile) float64
	knobs []knob
	best  Profile
	least float64 // miss of best
	step  float64
}

// run searches in ever smaller steps, for as long as it may.
func (f *search) run(may func() bool) {
	for f.step = .16; f.step > .008; f.step /= 2 {
		for from := f.best; may() && f.sweep(); from = f.best {
			for may() && f.leap(from) {
			}
		}
	}
}

// try takes p when it is better.
func (f *search) try(p Profile) bool {
	e := f.miss(p)
	if e > f.least-1e-5 {
		return false
	}
	f.best, f.least = p, e
	return true
}

func (f *search) sweep() (moved bool) {
	for _, k := range f.knobs {
		for _, by := range []float64{1 + f.step, 1 / (1 + f.step)} {
			p := f.best
			k.turn(&p, by)
			if f.try(p) {
				moved = true
				break
			}
		}
	}
	return moved
}

// leap goes on from best as far as best is from another profile.
func (f *search) leap(from Profile) bool {
	p := f.best
	for _, k := range f.knobs {
		if old := k.value(&from); old > 0 {
			k.turn(&p, k.value(&p)/old)
		}
	}
	return f.try(p)
}

func pick(all []Served, judge func(i int) bool) (out []Served) {
	for i, s := range all {
		if judge == nil || judge(i) {
			out = append(out, s)
		}
	}
	return out
}
