package advice

import (
	"math"
	"math/rand/v2"
	"slices"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

const (
	// requests of a replay that puts a load: what comes by chance in so many moves it by 1 to 2 %
	putting = 6000
	// and of an open loop: beyond what a server can serve its line takes thousands of arrivals to grow
	puttingOpen = 20000
	// requests of a replay that is held against one of the same requests
	against = 2400
	// how far off, by the logarithm of the load, a calibrated model puts it at least on worlds not its own, and by
	// how much its speed is off there (docs/studies.md)
	putOff, speedOff = 0.04, 0.03
	// the spread of the residuals of a model that follows its run: where they are larger, so is what it is off
	usual = 0.5
	// of that deviation: the scale of the belief's Student's t, half of which lies within 0.82; half of the beliefs of 45
	// worlds lay within 0.45 deviations of the truth, two of them farther than 2.5 (docs/studies.md)
	studentScale = 0.65
)

// BelieveIn is where the step model, calibrated to the steps that a run directory holds so far, puts the load that a
// target's search of a loop looks for. Where it cannot, or does not follow the run, nothing is believed.
func BelieveIn(dir, target string, loop scenarios.Loop) stat.Belief {
	run, err := results.Open(dir)
	if err != nil {
		return stat.Belief{}
	}
	run.Steps = slices.DeleteFunc(run.Steps, func(st *results.Step) bool {
		return st.Meta.Step.Target != target || st.Meta.Step.Loop != loop
	})
	s, err := analysis.AnalyzeKept(run)
	if err != nil {
		return stat.Belief{}
	}
	for _, t := range s.Targets {
		if t.Target.Name == target {
			return believe(s, t)
		}
	}
	return stat.Belief{}
}

func believe(s *analysis.Study, t *analysis.TargetStudy) stat.Belief {
	a := begin(s, t)
	if !a.Held.Known() {
		return stat.Belief{}
	}
	m, err := newModel(s, t, a.loop())
	if err != nil {
		return stat.Belief{}
	}
	return m.calibrate(a).belief(a.goal())
}

// belief is where the model puts the load at which the share falls to the goal. How far off it may be is what the
// coefficients that the run leaves open make of it, what a server makes of it that is slower than the model in all that
// it does, since a load may hang on the speed many times over, and what the model gets wrong of a share, which moves
// the load the more the less the share falls with it.
func (c *calibration) belief(goal float64) stat.Belief {
	if c.posterior.Spread > misfit {
		return stat.Belief{}
	}
	m := c.with(c.posterior.Best)
	near := m.held(goal, c.levels[len(c.levels)/2].Level)
	if near.none || near.open {
		return stat.Belief{}
	}
	lo, hi := m.around(goal, near.load)
	slope := (probit(lo.o.met) - probit(hi.o.met)) / math.Log(hi.at/lo.at)
	if !lo.known || !hi.known || slope <= 0 {
		return stat.Belief{}
	}
	load := lo.at * math.Pow(hi.at/lo.at, crossed(lo, hi, goal))
	worse := math.Max(1, c.posterior.Spread/usual)
	others := []*model{m.slower(1 + speedOff*worse)}
	for i := range uint64(draws) {
		others = append(others, c.draw(rand.New(rand.NewPCG(21, i))))
	}
	here, off := probit(m.playThese(load, m.seen, against).met), make([]float64, len(others))
	each(len(others), func(i int) { // all with the same requests
		off[i] = (probit(others[i].playThese(load, m.seen, against).met) - here) / slope
	})
	squares := math.Pow(math.Max(math.Abs(off[0]), putOff*worse), 2) + math.Pow(c.modelledProbit()/slope, 2)
	for _, open := range off[1:] {
		squares += open * open / draws
	}
	return stat.Belief{Load: load, Off: studentScale * math.Sqrt(squares)}
}

// around brackets where the share falls to the goal, near a load that a few requests put, by many.
func (m *model) around(goal, guess float64) (lo, hi bracket) {
	const step, far = 1.05, 2
	count := putting
	if m.loop == scenarios.Open {
		count = puttingOpen
	}
	for at := guess; at < far*guess && at > guess/far; {
		o := m.playThese(at, m.seen, count)
		if o.met >= goal {
			lo = bracket{at, o, true}
		} else {
			hi = bracket{at, o, true}
		}
		switch {
		case lo.known && hi.known:
			return lo, hi
		case lo.known:
			at = m.beyond(at, step)
		default:
			at = m.beyond(at, 1/step)
		}
	}
	return lo, hi
}

// beyond is the next load in a direction; of a closed loop a whole number.
func (m *model) beyond(at, step float64) float64 {
	next := at * step
	if m.loop == scenarios.Open {
		return next
	}
	if step > 1 {
		return math.Max(math.Round(next), math.Round(at)+1)
	}
	return math.Min(math.Round(next), math.Round(at)-1)
}
