package analysis

import "fmt"

var ruleNotSaturated = Rule{
	ID: "not-saturated", Binding: "none",
	Doc:    "Throughput still rose by more than 5 % at the highest level and no queue stood: nothing binds, so there is no tuning evidence.",
	Source: "vLLM 4.7 row 12; R4.2",
	Remedy: "ask for more concurrency, or leave the settings",
	Judge:  judgeNotSaturated,
}

func judgeNotSaturated(t *TargetStudy, s *Study) (Finding, string) {
	closed := t.Closed()
	if len(closed) == 0 {
		return Finding{Grade: GradeD, Says: "open-loop levels alone do not show what binds", At: "",
			Because: []string{"no closed-loop sweep in this run"}}, ""
	}
	last := closed[len(closed)-1]
	if len(closed) == 1 {
		return Finding{Grade: GradeD, At: last.Label, Says: "one level alone does not show what binds",
			Because: []string{fmt.Sprintf("%s at %s is all there is", interval(last.OutputRate, "tok/s", 1), last.Label)}}, ""
	}
	if pl := t.plateau(); pl.Beyond != nil {
		return Finding{}, fmt.Sprintf("throughput is flat from %s on", pl.First.Label)
	}
	f := Finding{Grade: GradeB, At: last.Label,
		Says:        fmt.Sprintf("not saturated up to %s: nothing binds, the settings can stay", last.Label),
		Because:     []string{fmt.Sprintf("%s at %s; %.3g requests waited in the server", interval(last.OutputRate, "tok/s", 1), last.Label, last.Server.Waiting)},
		WillNotHelp: []string{"no setting: nothing was short"},
	}
	if held, short := last.heldBy(s.Scenario); short {
		f.Says = fmt.Sprintf("not saturated up to %s, and the objective is missed before a limit shows: %s", last.Label, held)
		f.WillNotHelp = []string{"gpu-memory-utilization, max-num-seqs: nothing waited; less load, a smaller token budget where prompts stall answers, or a faster GPU shorten latency"}
	}
	return f, ""
}
