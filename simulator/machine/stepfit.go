package machine

import (
	"math"
	"time"

	"loadgen/simulator/engine"
)

// A Stretch is a number of an engine's steps, one after the other and without a pause, and how long they took together.
// A single step cannot be timed by a log: lines are read in bursts, and what vLLM calls elapsed is a wait where
// scheduling is asynchronous.
type Stretch struct {
	Steps []engine.Step
	Took  time.Duration
}

// StepError is how far m's steps are from those of the loads' stretches: the mean of |simulated ÷ took − 1| of each
// load, and the mean over the loads that have any; NaN where none has.
func (m Machine) StepError(loads ...Load) float64 {
	m.Profile.Jitter = 0
	length := m.StepTime(0)
	sum, n := 0.0, 0.0
	for _, l := range loads {
		for _, s := range l.Stretches {
			sum += math.Abs(s.span(length)/float64(s.Took)-1) / float64(len(l.Stretches))
		}
		if len(l.Stretches) > 0 {
			n++
		}
	}
	return sum / n
}

// span is how long the steps take by a step-time function, in nanoseconds.
func (s Stretch) span(length func(*engine.Step) engine.Timing) (sum float64) {
	for i := range s.Steps {
		sum += float64(length(&s.Steps[i]).GPU)
	}
	return sum
}

// fromSteps turns the coefficients of the engine alone until steps take as long as they were logged to; m's own where
// no load has any.
func (m Machine) fromSteps(loads []Load) Profile {
	miss := func(p Profile) float64 {
		try := m
		try.Profile = p
		return try.StepError(loads...)
	}
	f := search{miss: miss, knobs: stepKnobs(), best: m.Profile, least: miss(m.Profile)}
	if !math.IsNaN(f.least) {
		f.run(func() bool { return true })
	}
	return f.best
}

func stepKnobs() (out []knob) {
	for _, k := range knobs {
		if k.step {
			out = append(out, k)
		}
	}
	return out
}
