package analysis

import (
	"fmt"
	"math"
)

// lagging is from how many times the engine's own time per token on a client's is the front end's doing.
const lagging = 1.3

var ruleFrontEnd = Rule{
	ID: "front-end", Binding: "front-end",
	Doc: "Clients see their tokens at least 1.3 times slower than the engine makes them: time per token of whole answers against the mean of the " +
		"server's own inter-token histogram, which the engine stamps. The gap grows with tokens/s, since one process writes every chunk.",
	Source: "vLLM 4.7 row 9 and its last section",
	Remedy: "--api-server-count, --stream-interval, the Rust front end; no flag of the engine helps, nor a larger GPU",
	Judge:  judgeFrontEnd,
}

func judgeFrontEnd(t *TargetStudy, _ *Study) (Finding, string) {
	p := t.busiest()
	switch {
	case p == nil || !(p.Server.ITL > 0) || math.IsNaN(p.TokenTime):
		return Finding{}, "cannot be told: the server shows no inter-token histogram"
	case p.TokenTime < lagging*p.Server.ITL:
		return Finding{}, fmt.Sprintf("clients see %s per token at %s, the engine's own mean is %s", short(p.TokenTime), p.Label, short(p.Server.ITL))
	}
	f := Finding{Grade: GradeC, At: p.Label,
		Says: fmt.Sprintf("the API server binds: clients see %s per token, the engine makes one every %s", short(p.TokenTime), short(p.Server.ITL)),
		Because: []string{fmt.Sprintf("%s at %s, %d requests; the server's mean is over its own histogram in the same window",
			interval(p.OutputRate, "tok/s", 1), p.Label, p.Cohort)},
		WillNotHelp: []string{"max-num-batched-tokens, gpu-memory-utilization, max-num-seqs: the engine waits already",
			"tensor-parallel-size ↑: the GPU is not what binds"},
		CouldBeWrong: []string{"a slow network or proxy delays chunks too: compare with a client on the server's own host",
			"a client that cannot keep up looks the same: V3 judges it"},
	}
	if !math.IsNaN(p.Server.FrontEnd) {
		f.Because = append(f.Because, fmt.Sprintf("the process that serves HTTP used %.2f of one core", p.Server.FrontEnd))
	}
	return f, ""
}
