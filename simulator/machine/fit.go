package machine

import "time"

// A knob is one coefficient that Fit may turn.
type knob struct {
	of       func(*Profile) *float64
	duration func(*Profile) *time.Duration
	lo, hi   float64
}

// knobs are turned in this order. Host time between steps is not among them: with asynchronous scheduling it hides.
var knobs = []knob{
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

// Fit turns m's profile by coordinate search until a replay of truth comes as near to it as it can, and returns the profile and
// Statistics.Error before and after. judge picks the requests that count; nil: all. Coefficients trade off against each
// other: the set predicts, a single one means little. The figure after is in-sample.
func (m Machine) Fit(blocks int, truth []Served, judge func(i int) bool) (p Profile, before, after float64, err error) {
	want := Summarise(pick(truth, judge))
	miss := func(p Profile) float64 {
		try := m
		try.Profile = p
		got, e := try.Replay(blocks, truth)
		if e != nil {
			err = e
		}
		return Summarise(pick(got, judge)).Error(want)
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
