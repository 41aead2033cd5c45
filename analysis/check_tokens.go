package analysis

import (
	"math"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
	"loadgen/vllm"
)

var checkTokens = check{ID: "V11", Name: "accounting consistent",
	Doc: "Little's law: completions/s × mean E2E against the mean in flight, warn above 3 %, invalid above 10 % (and " +
		"4 standard errors). Output tokens in the window against the server's own counter: warn above 1 % + one reading, " +
		"invalid above 5 %. Answers without usage warn: their tokens are events, an estimate.",
	Remedy: "another client may load the server, or requests were lost",
	Judge:  judgeTokens,
}

func judgeTokens(c check, d *StepData) []results.Reason {
	if d.Meta.Step.Loop == scenarios.Each {
		return nil
	}
	out := append(judgeLittle(c, d), c.estimated(d)...)
	if why := d.notForShards(c); why != nil {
		return append(out, why...)
	}
	w := d.Meta.Window
	read := pick(d.Samples, results.Server, vllm.GenerationTokens, "", w.Start, w.End)
	if len(read) < 3 {
		return append(out, c.reason(results.NotChecked, "no token counter of the server inside the window")...)
	}
	ours := stat.Mean(d.arrivals().books.output) * (read[len(read)-1].At - read[0].At).Seconds()
	theirs := read.increase()
	slack := float64(d.Meta.Step.Level()) * 2 // tokens on their way at either end
	off := math.Max(0, math.Abs(ours-theirs)-slack) / math.Max(theirs, 1)
	return append(out, c.grade(off, 0.01, 0.05, "we saw %.0f output tokens, the server counted %.0f", ours, theirs)...)
}

// estimated says for how many answers the server sent no count of tokens.
func (c check) estimated(d *StepData) []results.Reason {
	n, cohort := 0, d.cohort()
	for _, r := range cohort.all() {
		if r.Counted == results.CountedEstimated {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return c.reason(results.Warn, "%d of %d answers came without usage: their output tokens are estimated, one for "+
		"each event", n, cohort.n)
}

func judgeLittle(c check, d *StepData) []results.Reason {
	e2e, _ := results.FindMetric("e2e")
	cohort := d.cohort()
	span := (d.Meta.Window.End - d.Meta.Window.Start).Seconds()
	if d.Meta.Evidence.MeanInFlight <= 0 || span <= 0 || cohort.n < 50 {
		return nil
	}
	w := stat.MeanInterval(cohort.valuesOf(e2e))
	x := float64(cohort.n) / span
	off := math.Abs(x*w.Value/d.Meta.Evidence.MeanInFlight - 1)
	se := (w.Hi - w.Lo) / 4 / w.Value
	if math.IsNaN(se) {
		se = 0.1
	}
	edge := w.Value / span // requests that straddle the window's ends
	return c.grade(off, math.Max(0.03, 2*se)+edge, math.Max(0.10, 4*se)+edge,
		"Little's law is off by %.1f %%: %.4g requests/s × %.4g s against %.4g in flight", 100*off, x, w.Value,
		d.Meta.Evidence.MeanInFlight)
}
