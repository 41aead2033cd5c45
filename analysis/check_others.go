package analysis

import (
	"math"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

var checkOthers = check{ID: "V17", Name: "no other traffic",
	Doc: "The server's finished requests in the window against ours: warn above 1 % + 2 more, invalid above 5 %. " +
		"Counters that fall again and again are of several servers that answer in turn: invalid.",
	Remedy: "keep others away from the server while measuring; behind a balancer name each engine's own page under " +
		"metrics:",
	Judge: judgeOthers,
}

func judgeOthers(c check, d *StepData) []results.Reason {
	w := d.Meta.Window
	if d.Meta.Step.Loop == scenarios.Each {
		return nil
	}
	if why := d.notForShards(c); why != nil {
		return why
	}
	facts := serverFacts(d.Samples, w)
	if !facts.Known {
		return c.reason(results.NotChecked, "the server shows no /metrics")
	}
	if n := pick(d.Samples, results.Server, vllm.GenerationTokens, "", w.Start, w.End).falls(); n > 1 {
		return c.reason(results.Condemn, "several servers answer for /metrics in turn: the count of their tokens fell %d "+
			"times in the window", n)
	}
	read := pick(d.Samples, results.Server, vllm.Running, "", w.Start, w.End)
	from, to := read[0].At, read[len(read)-1].At
	ours := 0
	for _, r := range d.requests().all() {
		if r.OK() && r.End >= from && r.End <= to {
			ours++
		}
	}
	extra := facts.Finished - float64(ours) - 2
	return c.grade(extra/math.Max(1, float64(ours)), 0.01, 0.05, "the server finished %.0f requests, %d of them ours",
		facts.Finished, ours)
}
