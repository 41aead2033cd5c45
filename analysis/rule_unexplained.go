package analysis

import "fmt"

var ruleUnexplained = Rule{
	ID: "unexplained", Binding: "none",
	Doc:    "Throughput is flat and no other signature holds: what binds cannot be told from this run. The reasons against each cause stand beside it.",
	Source: "R6.12: no advice is an answer",
	Remedy: "more levels round the plateau, the engine's log (run --engine-log), a second client: then ask again; change no setting on this evidence",
	Judge:  judgeUnexplained,
}

func judgeUnexplained(t *TargetStudy, _ *Study) (Finding, string) {
	if len(t.Findings) > 0 {
		return Finding{}, "" // a signature holds
	}
	f := Finding{Grade: GradeD, Says: "throughput is flat, and no signature tells what binds: change nothing on this evidence"}
	if pl := t.plateau(); pl.Beyond != nil {
		s := pl.Beyond.Server
		f.At = pl.Beyond.Label
		f.Because = []string{fmt.Sprintf("%s at %s; %.3g running and %.3g waiting in the engine", interval(pl.Beyond.OutputRate, "tok/s", 1), pl.Beyond.Label, s.Running, s.Waiting)}
	}
	return f, ""
}
