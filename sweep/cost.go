package sweep

import (
	"math"
	"slices"
	"time"

	"loadgen/scenarios"
)

// Assumptions of a plan's cost before any server was asked.
const (
	assumedDecode  = 50.0   // output tokens/s of one request
	assumedPrefill = 5000.0 // prompt tokens/s of a server
)

// A Cost is what a part of a plan asks of the servers.
type Cost struct {
	Requests, PromptTokens, OutputTokens float64
	Time                                 time.Duration
}

// Plus adds two costs.
func (c Cost) Plus(o Cost) Cost {
	return Cost{c.Requests + o.Requests, c.PromptTokens + o.PromptTokens, c.OutputTokens + o.OutputTokens, c.Time + o.Time}
}

// A Group is the steps of one phase on one target.
type Group struct {
	Phase, Target string
	Loop          scenarios.Loop
	Law           string // of an open loop
	Levels        []string
	Steps         int
	Cost
}

// Costs estimates a plan by phase and target, with the windows that the sweep would choose (R2.6, R2.7).
func Costs(sc *scenarios.Scenario, plan scenarios.Plan) []Group {
	var out []Group
	for _, st := range plan.Steps {
		k := slices.IndexFunc(out, func(g Group) bool { return g.Phase == st.Phase && g.Target == st.Target })
		if k < 0 {
			k = len(out) - 1
			out = append(out, Group{Phase: st.Phase, Target: st.Target, Loop: st.Loop, Law: st.Arrival.String()})
			k++
		}
		g := &out[k]
		if st.Rep == 1 {
			g.Levels = append(g.Levels, st.Label())
		}
		g.Steps++
		g.Cost = g.Plus(stepCost(sc, st))
	}
	return out
}

func stepCost(sc *scenarios.Scenario, st scenarios.Step) Cost {
	in, outTokens := scenarios.NewMix(sc, st).MeanTokens()
	answer := in/assumedPrefill + outTokens/assumedDecode
	var n, seconds float64
	switch st.Loop {
	case scenarios.Each:
		n = float64(st.Times * len(sc.Prompts))
		seconds = n * answer
	case scenarios.Open:
		whole := st.Arrival.Span(st.Rate).Seconds()
		seconds = window(st, answer, math.Max(whole, float64(st.Evidence().Cohort)/st.Rate)) + 10*answer
		n = seconds * st.Arrival.Mean(st.Rate, time.Duration(seconds*1e9))
	default:
		each := math.Max(answer, float64(st.Concurrency)*in/assumedPrefill) // prefill is shared
		seconds = window(st, each, float64(st.Evidence().Cohort)*each/float64(st.Concurrency)) + 4*each
		n = seconds * float64(st.Concurrency) / each
	}
	return Cost{n, n * in, n * outTokens, time.Duration(seconds * 1e9)}
}

func window(st scenarios.Step, answer, cohort float64) float64 {
	if st.Measure > 0 {
		return st.Measure.Seconds()
	}
	least := st.Evidence()
	return math.Max(least.Floor.Seconds(), math.Max(float64(least.Relaxations)*answer, cohort))
}
