package analysis

import (
	"math"
	"slices"

	"loadgen/results"
	"loadgen/stat"
)

var checkClient = Check{ID: "V3", Name: "the client kept up",
	Doc:    "Lag of sends p99 above max(1 ms, 1 % of TTFT p50) warns, above max(5 ms, 5 %) is invalid; this process's CPU above 70 % of its cores warns, above 90 % is invalid; scheduling latency p99 above 1 and 5 ms, GC pauses above 2 and 10 ms likewise. Not applicable in virtual time.",
	Remedy: "give the client cores of its own, or another machine",
	Judge:  judgeClient,
}

func judgeClient(c Check, d *StepData) []results.Reason {
	if d.Meta.Simulated {
		return nil // virtual time: the host cannot bend it
	}
	ttft, _ := results.FindMetric("ttft")
	values := results.Values(ttft, d.Cohort())
	slices.Sort(values)
	p50 := stat.Quantile(values, 0.5)
	lag := d.Meta.Evidence.LagP99.Seconds()
	out := c.grade(lag, math.Max(0.001, 0.01*p50), math.Max(0.005, 0.05*p50), "sends were %v late at p99", d.Meta.Evidence.LagP99)
	w := d.Meta.Window
	for _, q := range []struct {
		name, says    string
		warn, condemn float64
	}{
		{"cpu", "this process used %.2g of its cores", 0.7, 0.9},
		{"sched_latency_p99", "goroutines waited %.2g s for a core at p99", 0.001, 0.005},
		{"gc_pause_max", "a garbage collection paused %.2g s", 0.002, 0.010},
	} {
		if s := pick(d.Samples, results.Self, q.name, "", w.Start, w.End); len(s) > 0 {
			out = append(out, c.grade(s.mean(), q.warn, q.condemn, q.says, s.mean())...)
		}
	}
	return out
}
