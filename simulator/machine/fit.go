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
}

// knobs are turned in this order. Host time between steps is not among them: with asynchronous scheduling it hides.
var knobs = []knob{
	{duration: func(p *Profile) *time.Duration { return &p.Accept }, lo: 0, hi: 1e9},
	{of: func(p *Profile) *float64 { return &p.Compute }, lo: .2, hi: 1},
	{of: func(p *Profile) *float64 { return &p.Bandwidth }, lo: .4, hi: 1},
	{duration: func(p *Profile) *time.Duration { return &p.Step }, lo: 1e5, hi: 2e7},
	{duration: func(p *Profile) *time.Duration { return &p.StepSeq }, lo: 500, hi: 2e5},
	{of: func(p *Profile) *float64 { return &p.KVRead }, lo: .3, hi: 1},
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

// A Load is what a server was seen to serve, from its start to its end.
type Load struct {
	Blocks   int // of 16 tokens
	Requests []Served
	Judge    func(i int) bool // which of them count; nil: all
}

// Error is Statistics.Error of m's replays, the mean over the loads.
func (m Machine) Error(loads ...Load) (float64, error) {
	by, err := m.Errors(loads...)
	return (by[0] + by[1] + by[2]) / 3, err
}

// Errors is the same for the statistics of TTFT, of TPOT and of E2E apart.
func (m Machine) Errors(loads ...Load) (by [3]float64, err error) {
	for _, l := range loads {
		got, err := m.Replay(l.Blocks, l.Requests)
		if err != nil {
			return by, err
		}
		is, want := Summarise(pick(got, l.Judge)), Summarise(pick(l.Requests, l.Judge))
		for i := range is {
			by[i/4] += math.Abs(is[i]/want[i]-1) / 4 / float64(len(loads))
		}
	}
	return by, nil
}

// Fit turns m's profile by coordinate search until replays of the loads come as near to them as they can, and returns the
// profile and Error before and after. Coefficients trade off against each other: the set predicts, a single one means
// little. The figure after is in-sample.
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
	best := m.Profile
	before = miss(best)
	after = before
	for step := .16; step > .008; step /= 2 {
		for moved := true; moved && err == nil; {
			moved = false
			for _, k := range knobs {
				for _, by := range []float64{1 + step, 1 / (1 + step)} {
					try := best
					k.turn(&try, by)
					if e := miss(try); e < after-1e-5 {
						best, after, moved = try, e, true
						break
					}
				}
			}
		}
	}
	return best, before, after, err
}

func pick(all []Served, judge func(i int) bool) (out []Served) {
	for i, s := range all {
		if judge == nil || judge(i) {
			out = append(out, s)
		}
	}
	return out
}
