package analysis

import (
	"fmt"
	"math"
)

var ruleCompute = Rule{
	ID: "compute", Binding: "compute",
	Doc: "Throughput is flat while the server admits all that comes, and prefill takes at least half of the time: prompt tokens/s × b ≥ 0.5, " +
		"with b from TTFT over prompt length at N = 1.",
	Source: "vLLM 4.7 row 7; R6.3",
	Remedy: "no flag helps: more replicas, tensor parallel, shorter prompts, prefix caching",
	Judge:  func(t *TargetStudy, _ *Study) (Finding, string) { return judgeEngine(t, true) },
}

var ruleBandwidth = Rule{
	ID: "bandwidth", Binding: "bandwidth",
	Doc:    "Throughput is flat while the server admits all that comes, and prefill takes less than half of the time: decode steps read weights and KV as fast as memory allows.",
	Source: "vLLM 4.7 row 6; R6.3",
	Remedy: "tensor parallel, quantised weights or KV, more replicas",
	Judge:  func(t *TargetStudy, _ *Study) (Finding, string) { return judgeEngine(t, false) },
}

// judgeEngine tells compute from bandwidth by the share of time that prefill takes.
func judgeEngine(t *TargetStudy, prefill bool) (Finding, string) {
	pl := t.plateau()
	switch {
	case pl.Beyond == nil:
		return Finding{}, "throughput still rose at the highest level"
	case !pl.Beyond.Server.Known:
		return Finding{}, "cannot be told: the server shows no /metrics"
	case pl.capped() && !(elasticity(t.Closed()) < leastElasticity):
		return Finding{}, "admission binds first: a queue hides the engine's own limit"
	}
	slope, _, ok := t.prefillSlope()
	share := pl.First.PromptRate.Value * slope
	if !ok {
		share = 0
	}
	if (share >= 0.5) != prefill {
		return Finding{}, fmt.Sprintf("prefill takes about %.0f %% of the time at %s", 100*math.Min(1, share), pl.First.Label)
	}
	f := Finding{Grade: GradeC, At: pl.First.Label,
		Because: []string{fmt.Sprintf("%s at %s and %s at %s, with %.3g and %.3g requests running",
			interval(pl.First.OutputRate, "tok/s", 1), pl.First.Label, interval(pl.Beyond.OutputRate, "tok/s", 1), pl.Beyond.Label,
			pl.First.Server.Running, pl.Beyond.Server.Running)},
		WillNotHelp: []string{"gpu-memory-utilization ↑ and max-num-seqs ↑: all requests already run"}}
	if prefill {
		f.Says = "the GPU computes prompts as fast as it can"
		f.Because = append(f.Because, fmt.Sprintf("%.0f prompt tokens/s × %.3g ms per 1000 = %.0f %% of the time", pl.First.PromptRate.Value, slope*1e6, 100*math.Min(1, share)))
		f.CouldBeWrong = []string{"b was taken at N = 1: large steps may be more efficient"}
		return f, ""
	}
	f.Says = "decode steps are as fast as this GPU's memory allows"
	f.CouldBeWrong = []string{"the front end may bind instead: compare the client's TPOT with the server's own"}
	return f, ""
}
