package analysis

import (
	"fmt"
	"math"
	"time"

	"loadgen/scenarios"
	"loadgen/vllm"
)

var rulePrefillInterference = Rule{
	ID: "prefill-interference", Binding: "prefill-interference",
	Doc: "The tail of ITL (p99, or p99.9 where stalls are rarer) is at least three times ITL p50 without preemptions, and these gaps end when another request's first token " +
		"comes or, by the engine's log, with a step of many prompt tokens: whole prompts are computed in one step while everybody waits. B_itl(L) = (L − ITL p50) ÷ b, where b is seconds per " +
		"prompt token from TTFT over prompt length at N = 1 (R6.5); without an objective on ITL the card's own default.",
	Source: "vLLM 4.7 row 5; R6.5, R6.7",
	Remedy: "lower max-num-batched-tokens, or set long-prefill-token-threshold",
	Judge:  judgePrefillInterference,
}

func judgePrefillInterference(t *TargetStudy, s *Study) (Finding, string) {
	p := t.interferencePoint()
	if p == nil {
		return Finding{}, "no trusted level shows ITL p50 and p99"
	}
	name, tail := p.itlTail()
	ratio := tail.Value / p.Metrics["itl"].At(0.5).Value
	budget, told := t.Settings.Int(vllm.MaxNumBatchedTokens)
	switch {
	case ratio < stallFactor:
		return Finding{}, fmt.Sprintf("ITL %s is %.2g times p50 at %s", name, ratio, p.Label)
	case p.Server.Preemptions > 0.01*float64(p.Cohort):
		return Finding{}, fmt.Sprintf("%.0f preemptions explain long gaps", p.Server.Preemptions)
	case !p.Stall.byPrefill():
		return Finding{}, fmt.Sprintf("only %.0f %% of the long gaps end with %s (%.0f %% of all gaps do)",
			100*p.Stall.Coincident, p.Stall.ending(), 100*p.Stall.BaseRate)
	case !told:
		return Finding{}, "the token budget is not known"
	}
	to, why := t.budgetFor(p, s)
	if to >= budget {
		return Finding{}, fmt.Sprintf("the budget %d is already at %s", budget, why)
	}
	return t.interferenceFinding(p, budget, to, why), ""
}

// itlTail is the quantile of ITL in which stalls show: p99, or p99.9 where they are rarer than one gap in a hundred.
func (p *Point) itlTail() (string, Estimate) {
	itl := p.Metrics["itl"]
	p99, p999 := itl.At(0.99), itl.At(rare)
	if p999.Known() && p99.Value < stallFactor*itl.At(0.5).Value {
		return "p99.9", p999
	}
	return "p99", p99
}

// interferencePoint is the highest level up to the plateau's start whose ITL can be told, without a queue or preemptions that
// would explain long gaps themselves.
func (t *TargetStudy) interferencePoint() *Point {
	limit := math.Inf(1)
	if pl := t.plateau(); pl.First != nil {
		limit = pl.First.Level
	}
	var best *Point
	for _, p := range t.Closed() {
		itl := p.Metrics["itl"]
		calm := !p.Queued() && p.Server.Preemptions <= 0.01*float64(p.Cohort)
		if p.Trusted() && p.Level <= limit && p.Level > 1 && itl.At(0.99).Known() && itl.At(0.5).Known() && (calm || best == nil) {
			best = p
		}
	}
	return best
}

// budgetFor is the largest budget that keeps the objective on ITL, at least what the running requests need, in steps of 256;
// without such an objective the default that vLLM picks on this card.
func (t *TargetStudy) budgetFor(p *Point, s *Study) (int, string) {
	card, _ := t.card()
	fallback := vllm.DefaultsFor(card).MaxNumBatchedTokens
	limit := strictestITL(s.Scenario).Seconds()
	slope, _, ok := t.prefillSlope()
	if limit == 0 || !ok {
		return fallback, fmt.Sprintf("vLLM's default on this card (%d)", fallback)
	}
	// B_min = N·(1 + ISL/OSL)/0.8 keeps prefill in step with decode (R6.5)
	least := p.Level * (1 + p.PromptMean/math.Max(1, p.OutputMean)) / 0.8
	itl := p.Metrics["itl"].At(0.5).Value
	b := math.Floor((limit-itl)/slope/256) * 256
	least = math.Ceil(math.Min(least, float64(fallback))/256) * 256
	to := int(math.Min(16384, math.Max(b, math.Max(256, least))))
	return to, fmt.Sprintf("what an ITL of %.3g ms allows at %.3g ms per 1000 prompt tokens", limit*1e3, slope*1e6)
}

// itlEffect predicts the tail of ITL at a budget: ITL p50 + budget × b, with the bounds of b and of the tail itself.
func (p *Point) itlEffect(slope, half, budget float64) *Effect {
	if math.IsNaN(half) {
		half = slope
	}
	p50 := p.Metrics["itl"].At(0.5).Value
	name, tail := p.itlTail()
	step := func(b float64) float64 { return p50 + b*budget }
	return &Effect{"itl_" + name, step(slope) / tail.Value, step(math.Max(0, slope-half)) / tail.Hi, step(slope+half) / tail.Lo}
}

// strictestITL is the smallest bound on ITL of any class; 0: none.
func strictestITL(sc *scenarios.Scenario) time.Duration {
	out := time.Duration(0)
	for _, c := range sc.Prompts {
		if limit := sc.ObjectiveOf(c.Name).ITL; limit > 0 && (out == 0 || limit < out) {
			out = limit
		}
	}
	return out
}

func (t *TargetStudy) interferenceFinding(p *Point, budget, to int, why string) Finding {
	p50 := p.Metrics["itl"].At(0.5)
	name, tail := p.itlTail()
	c := Change{Flag: vllm.MaxNumBatchedTokens, From: budget, To: to, Grade: GradeC, Why: why}
	f := Finding{Grade: GradeC, At: p.Label,
		Says: fmt.Sprintf("the token budget %d is too large: whole prompts stall the running answers", budget),
		Because: []string{
			fmt.Sprintf("at %s ITL p50 is %s and %s %s", p.Label, interval(p50, "ms", 1e3), name, interval(tail, "ms", 1e3)),
			fmt.Sprintf("%.0f %% of the %d gaps of three times the median or more end with %s, %.0f %% of all gaps do",
				100*p.Stall.Coincident, p.Stall.Gaps, p.Stall.ending(), 100*p.Stall.BaseRate),
			fmt.Sprintf("%.0f preemptions", p.Server.Preemptions)},
		WillNotHelp: []string{"TPOT does not see the budget: judge the change on the tail of ITL"},
		CouldBeWrong: []string{"small chunks read the weights more often: throughput may fall where the budget nears the card's ridge",
			"TTFT of long prompts rises: they need more steps"},
	}
	if p.Server.KVKnown && p.Server.KVMax < 0.9 {
		f.WillNotHelp = append(f.WillNotHelp, fmt.Sprintf("gpu-memory-utilization ↑: the KV pool was at most %.0f %% used at %s", 100*p.Server.KVMax, p.Label))
	}
	if slope, half, ok := t.prefillSlope(); ok {
		c.Effect = p.itlEffect(slope, half, float64(to))
		f.Because = append(f.Because, fmt.Sprintf("prefill costs %.3g ms per 1000 tokens (95 %%: ±%.2g) for a lone client", slope*1e6, half*1e6))
	}
	if lost, ok := t.memoryBesideKV(); ok {
		f.Because = append(f.Because, lost)
	}
	f.Advice = []Change{c}
	return f
}

// memoryBesideKV states what the granted memory holds beside weights and KV: activations of a step of the whole budget,
// graphs and context.
func (t *TargetStudy) memoryBesideKV() (string, bool) {
	card, ok1 := t.card()
	model, quant, ok2 := vllm.FindModel(t.Target.Model)
	perToken, ok3 := t.bytesPerToken()
	pool, ok4 := t.pool()
	gmu, ok5 := t.Settings.Float(vllm.GPUMemoryUtilization)
	if !(ok1 && ok2 && ok3 && ok4 && ok5) {
		return "", false
	}
	const gib = 1 << 30
	granted := gmu * card.MemoryGiB
	weights := model.WeightBytes(quant) / float64(t.TP()) / gib
	kv := pool * perToken / gib
	rest := granted - weights - kv
	return fmt.Sprintf("per GPU %.1f GiB are granted: weights about %.1f, KV %.1f (%.0f tokens), and %.1f go to activations, graphs and context; "+
		"activations grow with the budget, and each GiB is %.0f KV tokens", granted, weights, kv, pool, rest, gib/perToken), rest > 0
}

// smallerBudget frees KV memory where the budget is far above the card's default.
func (t *TargetStudy) smallerBudget(*Point) (Change, bool) {
	budget, ok := t.Settings.Int(vllm.MaxNumBatchedTokens)
	card, okCard := t.card()
	d := vllm.DefaultsFor(card).MaxNumBatchedTokens
	if !ok || !okCard || budget < 4*d {
		return Change{}, false
	}
	return Change{Flag: vllm.MaxNumBatchedTokens, From: budget, To: d, Grade: GradeD,
		Why: "the profiling run reserves activations for a step of the whole budget; a smaller one leaves them to the KV cache"}, true
}
