package analysis

import (
	"fmt"
	"math"

	"loadgen/vllm"
)

// lagging is from how many times the engine's own time per token on a client's is the front end's doing.
const lagging = 1.3

// A front end of one process is at its limit from so much of one core on; then requests are on their way to or from the engine,
// neither running nor waiting in it: at least this share of what was asked.
const (
	frontEndBusy = 0.9
	betweenLeast = 0.1
)

var ruleFrontEnd = Rule{
	ID: "front-end", Binding: "front-end",
	Doc: "One process speaks HTTP for all requests. It binds where throughput is flat, that process uses at least 0.9 of one core, and a tenth of the requests " +
		"or more are neither running nor waiting in the engine; or where clients see their tokens at least 1.3 times slower than the engine makes them (time " +
		"per token of whole answers against the mean of the server's own inter-token histogram).",
	Source: "vLLM 4.7 row 9 and its last section; docs/validation.md, the 1.7B ladder",
	Remedy: "--api-server-count, --stream-interval, the Rust front end, another replica; no flag of the engine helps, nor a larger GPU",
	Judge:  judgeFrontEnd,
}

func judgeFrontEnd(t *TargetStudy, _ *Study) (Finding, string) {
	if p := t.jammed(); p != nil {
		return t.frontEndFinding(p, fmt.Sprintf("the API server binds: its process uses %.2f of one core, and throughput is flat", p.Server.FrontEnd),
			fmt.Sprintf("of %.0f requests asked at %s %.0f run and %.0f wait in the engine: %.0f are on their way to it or back", p.Level, p.Label, p.Server.Running,
				p.Server.Waiting, p.between())), ""
	}
	p := t.busiest()
	switch {
	case p == nil || !(p.Server.ITL > 0) || math.IsNaN(p.TokenTime):
		return Finding{}, "cannot be told: the server shows no inter-token histogram"
	case p.TokenTime < lagging*p.Server.ITL:
		return Finding{}, fmt.Sprintf("clients see %s per token at %s, the engine's own mean is %s%s", short(p.TokenTime), p.Label, short(p.Server.ITL), p.frontEndUse())
	}
	return t.frontEndFinding(p, fmt.Sprintf("the API server binds: clients see %s per token, the engine makes one every %s", short(p.TokenTime), short(p.Server.ITL)),
		"the server's mean is over its own histogram in the same window"+p.frontEndUse()), ""
}

// jammed is the last level beyond the plateau at which the front end shows that it is at its limit, nil where none does.
func (t *TargetStudy) jammed() *Point {
	pl := t.plateau()
	if pl.Beyond == nil {
		return nil
	}
	var out *Point
	for _, p := range t.Closed() {
		if p.Trusted() && p.Level >= pl.Beyond.Level && p.Server.FrontEnd >= frontEndBusy && p.between() >= betweenLeast*p.Level {
			out = p
		}
	}
	return out
}

// between is how many requests of a closed loop were neither running nor waiting in the engine.
func (p *Point) between() float64 { return p.Level - p.Server.Running - p.Server.Waiting }

func (p *Point) frontEndUse() string {
	if math.IsNaN(p.Server.FrontEnd) {
		return ""
	}
	return fmt.Sprintf("; the process that serves HTTP used %.2f of one core", p.Server.FrontEnd)
}

func (t *TargetStudy) frontEndFinding(p *Point, says, because string) Finding {
	count, told := t.Settings.Int(vllm.APIServerCount)
	if !told {
		count = 1
	}
	return Finding{Grade: GradeC, At: p.Label, Says: says,
		Advice:  []Change{{Flag: vllm.APIServerCount, From: count, To: 2 * count, Grade: GradeC, Why: "twice the processes that speak HTTP, before one engine"}},
		Because: []string{because, fmt.Sprintf("%s at %s, %d requests", interval(p.OutputRate, "tok/s", 1), p.Label, p.Cohort)},
		WillNotHelp: []string{"max-num-batched-tokens, gpu-memory-utilization, max-num-seqs: the engine waits already",
			"tensor-parallel-size ↑: the GPU is not what binds"},
		CouldBeWrong: []string{"a slow network or proxy delays chunks too: compare with a client on the server's own host",
			"a client that cannot keep up looks the same: V3 judges it"},
	}
}
