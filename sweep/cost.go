package sweep

import (
	"math"
	"slices"
	"time"

	"loadgen/scenarios"
	"loadgen/stat"
)

// Assumptions of a plan's cost before any server was asked.
const (
	assumedDecode  = 50.0   // output tokens/s of one request
	assumedPrefill = 5000.0 // prompt tokens/s of a server
)

// What a run directory takes, measured: a token's arrival in records.parquet, a step's other files, a second of
// samples.
const (
	bytesPerToken  = 4.0
	bytesPerStep   = 30e3
	bytesPerSecond = 600.0
)

// A Cost is what a part of a plan asks of the servers.
type Cost struct {
	Requests, PromptTokens, OutputTokens float64
	Time                                 time.Duration
	Bytes                                float64       // in the run directory
	ForP99                               time.Duration // what its windows lack for p99
}

// Plus adds two costs.
func (c Cost) Plus(o Cost) Cost {
	return Cost{c.Requests + o.Requests, c.PromptTokens + o.PromptTokens, c.OutputTokens + o.OutputTokens, c.Time + o.Time,
		c.Bytes + o.Bytes, c.ForP99 + o.ForP99}
}

// A Group is the steps of one phase on one target.
type Group struct {
	Phase, Target string
	Loop          string // as Step.LoopName has it
	Law           string // of an open loop
	Levels        []string
	Steps         int
	Search        bool    // its answers decide how many steps it has
	Quantile      float64 // the strictest that every step can show as solid (R3.2); 0: none
	Soft          float64 // the strictest that every step can show at all; 0: means and ranges
	Cost
}

// Costs estimates a plan by phase and target, with the windows that the sweep would choose (R2.6, R2.7).
func Costs(sc *scenarios.Scenario, plan scenarios.Plan) []Group {
	var out []Group
	for _, st := range plan.Steps {
		k := slices.IndexFunc(out, func(g Group) bool { return g.Phase == st.Phase && g.Target == st.Target })
		if k < 0 {
			k = len(out) - 1
			out = append(out, Group{Phase: st.Phase, Target: st.Target, Loop: st.LoopName(), Law: st.Arrival.String(),
				Search: st.Find != "", Quantile: 1, Soft: 1})
			k++
		}
		g := &out[k]
		if st.Rep == 1 {
			g.Levels = append(g.Levels, st.Label())
		}
		g.Steps++
		cost, requests, answers := stepCost(sc, st)
		g.Cost = g.Plus(cost)
		solid, soft := stat.Strictest(requests, answers, 0.5, 0.9, 0.99, 0.999)
		g.Quantile, g.Soft = min(g.Quantile, solid), min(g.Soft, soft)
	}
	return out
}

// stepCost is what a step asks, and how many requests and mean answers its window has.
func stepCost(sc *scenarios.Scenario, st scenarios.Step) (cost Cost, requests, answers float64) {
	if st.Find != "" {
		return searchCost(sc, st)
	}
	mix := scenarios.NewMix(sc, st)
	in, outTokens := mix.MeanTokens()
	answer := in/assumedPrefill + outTokens/assumedDecode
	turns := mix.Turns()
	var n, seconds, open, rate float64 // open: the window, s
	switch st.Loop {
	case scenarios.Each:
		n = float64(st.Times*len(sc.Prompts)) * turns
		seconds = n / turns * life(mix, answer).Seconds()
	case scenarios.Open:
		if over := st.Rate * turns * in / assumedPrefill; over > 1 {
			// the line grows while the window lasts
			answer += (over - 1) * float64(st.Evidence().Cohort) * in / assumedPrefill / 2
		}
		lasts := life(mix, answer)
		open, rate = OpenWindow(st, lasts, turns).Seconds(), st.Rate*turns
		seconds = open + OpenSettle(lasts).Seconds() + 5*lasts.Seconds()
		n = turns * seconds * st.Arrival.Mean(st.Rate, time.Duration(seconds*1e9))
	default:
		answer = math.Max(answer, float64(st.Concurrency)*in/assumedPrefill) // prefill is shared
		lasts := life(mix, answer)
		open, rate = closedWindow(st, lasts, turns).Seconds(), float64(st.Concurrency)*turns/lasts.Seconds()
		seconds = open + 4*lasts.Seconds()
		n = seconds * rate
	}
	abreast := time.Duration(1 + len(st.Beside)) // steps that share the clock share its time
	cost = Cost{n, n * in, n * outTokens, seconded(seconds) / abreast, n*outTokens*bytesPerToken + bytesPerStep +
		seconds*bytesPerSecond, 0}
	if st.Loop != scenarios.Each {
		needs := math.Max(stat.SolidAnswers*answer, float64(stat.Needed(0.99))/rate)
		cost.ForP99 = seconded(math.Max(0, needs-open)) / abreast
	}
	return cost, open * rate, open / answer
}

// Overloads tells that a step asks for more prompt tokens/s than a server is assumed to read.
func Overloads(sc *scenarios.Scenario, st scenarios.Step) bool {
	mix := scenarios.NewMix(sc, st)
	in, _ := mix.MeanTokens()
	return st.Loop == scenarios.Open && st.Rate*mix.Turns()*in > assumedPrefill
}

func seconded(s float64) time.Duration { return time.Duration(s * 1e9) }

// life is how long a session of such answers takes.
func life(mix *scenarios.Mix, answer float64) time.Duration { return mix.Life(seconded(answer)) }

// searchSteps is how many steps a search usually has.
const searchSteps = 10

// searchCost is that of a search on a server which reads as many prompt tokens as is assumed, at seven tenths of that.
// A slower one holds a lower rate, and takes so much longer.
func searchCost(sc *scenarios.Scenario, st scenarios.Step) (cost Cost, requests, answers float64) {
	mix := scenarios.NewMix(sc, st)
	in, out := mix.MeanTokens()
	rate := 0.7 * assumedPrefill / in
	answer := 1/rate + out/assumedDecode
	confirm := confirmLeast * evidence(st)
	n := searchAsks * evidence(st)
	seconds := n/rate + searchSteps*(5+7*life(mix, answer).Seconds())
	n += rate * 5 * life(mix, answer).Seconds() * searchSteps
	if most := st.Within.Seconds(); most > 0 && seconds > most {
		n, seconds = n*most/seconds, most
	}
	cost = Cost{n, n * in, n * out, seconded(seconds), n*out*bytesPerToken + searchSteps*bytesPerStep +
		seconds*bytesPerSecond, 0}
	return cost, confirm, confirm / rate / answer
}
