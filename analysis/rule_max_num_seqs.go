package analysis

import (
	"fmt"
	"math"

	"loadgen/vllm"
)

var ruleMaxNumSeqs = Rule{
	ID: "max-num-seqs", Binding: "max-num-seqs",
	Doc: "Running requests are pinned at max-num-seqs, a queue stands, and the KV pool has room (below 90 %). The memory carries " +
		"S_new = R·0.95 ÷ K requests at the mean footprint seen.",
	Source: "vLLM 4.7 row 3, 8.4",
	Remedy: "raise max-num-seqs, at the price of a higher TPOT",
	Judge:  judgeMaxNumSeqs,
}

func judgeMaxNumSeqs(t *TargetStudy, _ *Study) (Finding, string) {
	pl, against := t.admission()
	if against != "" {
		return Finding{}, against
	}
	b := pl.Beyond
	seqs, told := t.Settings.Int(vllm.MaxNumSeqs)
	if !told {
		seqs = int(b.Server.RunningMax) // a plateau at exactly one whole number is the limit
	}
	switch {
	case b.Server.Running < 0.97*float64(seqs):
		return Finding{}, fmt.Sprintf("%.3g ran of max-num-seqs %d", b.Server.Running, seqs)
	case b.Server.KV >= 0.9:
		return Finding{}, fmt.Sprintf("the KV pool is %.0f %% used: it binds first", 100*b.Server.KV)
	}
	return t.seqsFinding(b, seqs), ""
}

func (t *TargetStudy) seqsFinding(b *Point, seqs int) Finding {
	s := b.Server
	holds := math.Floor(s.Running * 0.95 / s.KV)
	to := int(math.Min(holds, math.Max(b.Level, float64(seqs)*2)))
	if to > 16 {
		to -= to % 8 // graphs are captured in steps of 8
	}
	c := Change{Flag: vllm.MaxNumSeqs, From: seqs, To: to, Grade: GradeC,
		Why: fmt.Sprintf("the pool holds %.0f requests of the footprint seen", holds)}
	if e, ok := t.Knee.gain(float64(seqs), float64(min(to, int(b.Level)))); ok {
		c.Effect = &e
	}
	return Finding{Grade: GradeC, At: b.Label,
		Says: fmt.Sprintf("max-num-seqs %d binds: %.3g requests wait while the KV pool is %.0f %% used", seqs, s.Waiting, 100*s.KV),
		Because: []string{fmt.Sprintf("running %.4g mean, %.0f at most, over %d readings; asked %.4g; KV use %.0f %% mean, %.0f %% peak; %.0f preemptions",
			s.Running, s.RunningMax, s.N, b.Level, 100*s.KV, 100*s.KVMax, s.Preemptions)},
		Advice:       []Change{c},
		WillNotHelp:  []string{fmt.Sprintf("gpu-memory-utilization ↑: %.0f %% of the pool was never used", 100*(1-s.KVMax))},
		CouldBeWrong: []string{"more running requests raise TPOT: an objective on it may forbid the gain"},
	}
}
