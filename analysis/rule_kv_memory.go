package analysis

import (
	"fmt"
	"math"

	"loadgen/vllm"
)

var ruleKVMemory = Rule{
	ID: "kv-memory", Binding: "kv-memory",
	Doc: "More load does not bring more running requests, a queue stands, and the KV pool is full: what is free does not hold one more of the " +
		"larger requests. N_kv = pool ÷ mean footprint; raising gpu-memory-utilization by Δu adds Δu·memory ÷ bytes per token to the pool (R6.8).",
	Source: "vLLM 4.7 row 1; R6.5, R6.8",
	Remedy: "more KV: gpu-memory-utilization where headroom was measured, a smaller token budget, fp8 KV, more GPUs",
	Judge:  judgeKVMemory,
}

func judgeKVMemory(t *TargetStudy, _ *Study) (Finding, string) {
	pl, against := t.admission()
	if against != "" {
		return Finding{}, against
	}
	b := pl.Beyond
	full := t.fullFrom(b)
	if !b.Server.KVKnown {
		return Finding{}, "cannot be told: the server does not tell its KV use"
	}
	if b.Server.KV < full {
		return Finding{}, fmt.Sprintf("the KV pool was %.0f %% used at %s, full begins at %.0f %%", 100*b.Server.KV, b.Label, 100*full)
	}
	if seqs, ok := t.Settings.Int(vllm.MaxNumSeqs); ok && b.Server.RunningMax >= float64(seqs) {
		return Finding{}, fmt.Sprintf("max-num-seqs %d was reached too", seqs)
	}
	return t.kvFinding(b), ""
}

// fullFrom is the mean use from which the pool is full: 0.95, or less where one large request is a large part of the pool,
// since admission waits until the whole prompt fits.
func (t *TargetStudy) fullFrom(p *Point) float64 {
	pool, ok := t.pool()
	if !ok {
		return 0.95
	}
	largest := 0.0
	for _, c := range p.Classes {
		if in := c.Metrics["prompt_tokens"]; in.N > 0 {
			largest = math.Max(largest, in.Max)
		}
	}
	return math.Min(0.95, math.Max(0.5, 1-1.5*largest/pool))
}

func (t *TargetStudy) kvFinding(b *Point) Finding {
	s := b.Server
	f := Finding{Grade: GradeC, At: b.Label,
		Says: fmt.Sprintf("KV memory is full: %.3g requests run of %.4g asked, the rest wait for blocks", s.Running, b.Level),
		Because: []string{fmt.Sprintf("KV use %.0f %% mean, %.0f %% peak over %d readings; %.3g waiting on average, %.0f preemptions",
			100*s.KV, 100*s.KVMax, s.N, s.Waiting, s.Preemptions)},
		CouldBeWrong: []string{"another load mix has another footprint per request"},
		WillNotHelp:  []string{"max-num-seqs ↑: it was not reached", "max-num-batched-tokens ↑: it would take KV memory for activations"},
	}
	pool, known := t.pool()
	if known {
		footprint := s.KV * pool / s.Running
		f.Because = append(f.Because, fmt.Sprintf("pool %.0f tokens ÷ %.0f tokens per running request = %.3g at once", pool, footprint, pool/footprint))
		f.Advice = append(f.Advice, t.memoryAdvice(b, pool, footprint)...)
	}
	if c, ok := t.smallerBudget(b); ok {
		f.Advice = append(f.Advice, c)
	}
	if dtype, ok := t.Settings.Text(vllm.KVCacheDtype); !ok || dtype == "auto" {
		f.Because = append(f.Because, "KV is kept in 16 bit: kv-cache-dtype fp8 doubles the pool exactly, at a decode cost that grows with context")
	}
	return f
}

// memoryAdvice raises gpu-memory-utilization only into headroom that nvidia-smi measured under this load, leaving 1 GiB.
func (t *TargetStudy) memoryAdvice(b *Point, pool, footprint float64) []Change {
	now, ok := t.Settings.Float(vllm.GPUMemoryUtilization)
	perToken, okBytes := t.bytesPerToken()
	if !ok || !okBytes || !b.GPU.Known {
		return nil
	}
	gpus := float64(t.TP())
	total := b.GPU.TotalMiB / gpus * (1 << 20)
	free := (b.GPU.TotalMiB-b.GPU.PeakMiB)/gpus*(1<<20) - 1<<30
	needed := math.Max(0, b.Level*footprint-pool) * perToken
	to := math.Floor((now+math.Min(free, needed)/total)*100) / 100
	if to < now+0.005 || to > 0.95 {
		to = math.Min(to, 0.95)
		if to < now+0.005 {
			return nil
		}
	}
	more := (to - now) * total / perToken
	c := Change{Flag: vllm.GPUMemoryUtilization, From: now, To: to, Grade: GradeC,
		Why: fmt.Sprintf("+%.0f KV tokens, +%.3g requests at once; %.1f GiB per GPU were free at the peak", more, more/footprint, free/(1<<30)+1)}
	if e, ok := t.Knee.gain(b.Server.Running, math.Min(b.Level, (pool+more)/footprint)); ok {
		c.Effect = &e
	}
	return []Change{c}
}
