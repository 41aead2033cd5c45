package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"loadgen/vllm"
)

// An Answer says what a setting would do to a target, from its run alone.
type Answer struct {
	Target  string   `json:"target"`
	Flag    string   `json:"flag"`
	From    any      `json:"from"`
	To      float64  `json:"to"`
	Says    string   `json:"says"`
	Because []string `json:"because"`
	Grade   Grade    `json:"grade"`
	Effect  *Effect  `json:"effect,omitempty"`
}

// WhatIf answers `FLAG=VALUE` for every target with arithmetic, interval and grade, or says that it cannot be told from this
// run. An error means that the question itself is wrong.
func WhatIf(s *Study, spelling, value string) ([]Answer, error) {
	flag, _, ok := vllm.FindFlag(spelling)
	if !ok {
		return nil, fmt.Errorf("unknown flag %q", spelling)
	}
	to, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: given %q, expected a number", flag.Name, value)
	}
	ask, ok := questions[flag.Name]
	if !ok {
		return nil, fmt.Errorf("what-if knows %v, not %s", vllm.Advised, flag.Name)
	}
	var out []Answer
	for _, t := range s.Targets {
		a := ask(t, s, to)
		a.Target, a.Flag, a.From, a.To = t.Target.Name, flag.Name, t.Settings[flag.Name], to
		if a.Grade == "" {
			a.Grade = GradeC
		}
		out = append(out, a)
	}
	return out, nil
}

// questions are the flags that can be asked about.
var questions = map[string]func(*TargetStudy, *Study, float64) Answer{
	vllm.MaxNumBatchedTokens:  askBudget,
	vllm.GPUMemoryUtilization: askMemory,
	vllm.MaxNumSeqs:           askSeqs,
	vllm.TensorParallelSize:   askParallel,
}

const cannot = "cannot be told from this run: "

func askBudget(t *TargetStudy, _ *Study, to float64) Answer {
	if seqs, ok := t.Settings.Int(vllm.MaxNumSeqs); ok && to < float64(seqs) {
		a := t.stepsOf(to)
		a.Says = fmt.Sprintf("vLLM refuses to start: max-num-batched-tokens %.0f is below max-num-seqs %d; with max-num-seqs %.0f too: ", to, seqs, to) + a.Says
		a.Grade = GradeD
		return a
	}
	return t.stepsOf(to)
}

// stepsOf says how long the longest step of a budget would take.
func (t *TargetStudy) stepsOf(to float64) Answer {
	p := t.interferencePoint()
	slope, half, ok := t.prefillSlope()
	if p == nil || !ok {
		return Answer{Says: cannot + "it needs a level of one request with prompts of differing lengths, and ITL under load"}
	}
	p50 := p.Metrics["itl"].At(0.5).Value
	name, tail := p.itlTail()
	longest := t.longestPrompt(p)
	if to >= longest {
		return Answer{Says: fmt.Sprintf("no prompt of this load reaches %.0f tokens (the longest has %.0f): one prompt's step stays at about %s", to, longest, short(p50+slope*longest))}
	}
	return Answer{Effect: p.itlEffect(slope, half, to),
		Says:    fmt.Sprintf("the longest step would take about %s, against an ITL %s of %s now at %s", short(p50+slope*to), name, short(tail.Value), p.Label),
		Because: []string{fmt.Sprintf("ITL p50 %s + %.0f tokens × %.3g ms per 1000", short(p50), to, slope*1e6)}}
}

func (t *TargetStudy) longestPrompt(p *Point) float64 {
	longest := 0.0
	for _, c := range p.Classes {
		if in := c.Metrics["prompt_tokens"]; in.N > 0 {
			longest = math.Max(longest, in.Max)
		}
	}
	return longest
}

func askMemory(t *TargetStudy, s *Study, to float64) Answer {
	now, ok := t.Settings.Float(vllm.GPUMemoryUtilization)
	perToken, okBytes := t.bytesPerToken()
	card, okCard := t.card()
	pool, okPool := t.pool()
	if !ok || !okBytes || !okCard || !okPool {
		return Answer{Says: cannot + "it needs the present value, the model's shape, the card and the server's number of KV blocks"}
	}
	for _, c := range s.Scenario.Concerns() {
		if c.ID == "gpu-claimed-twice" && slices.Contains(c.Targets, t.Target.Name) && to > now {
			return Answer{Grade: GradeD, Says: "not on a shared GPU: " + c.Says, Because: []string{"a fraction of the whole card is claimed, whatever the other server holds"}}
		}
	}
	more := (to - now) * card.MemoryGiB * (1 << 30) / perToken
	a := Answer{Because: []string{fmt.Sprintf("Δ %.3g × %.1f GiB ÷ %.0f bytes per token = %+.0f KV tokens on %.0f", to-now, card.MemoryGiB, perToken, more, pool)}}
	a.Says, a.Effect = t.withPool(pool, more)
	if b := t.busiest(); to > now && !(b != nil && b.GPU.Known) {
		a.Because = append(a.Because, "the headroom was not measured: nvidia-smi was not read under this load")
	}
	return a
}

// withPool says what more (or fewer) KV tokens do at the highest level.
func (t *TargetStudy) withPool(pool, more float64) (string, *Effect) {
	window, _ := t.Settings.Int(vllm.MaxModelLen)
	b := t.busiest()
	switch {
	case pool+more < float64(window):
		return fmt.Sprintf("vLLM refuses to start: %.0f tokens would not hold one request of max-model-len %d", pool+more, window), nil
	case b == nil || !b.Server.KVKnown:
		return fmt.Sprintf("%+.0f KV tokens; its effect cannot be told without the server's /metrics", more), nil
	case b.Server.KVMax*pool < pool+more && b.Server.KVMax < 0.95:
		return fmt.Sprintf("no effect expected: at most %.0f %% of the pool was used, and what was used still fits", 100*b.Server.KVMax), nil
	}
	run := math.Min(b.Level, b.Server.Running*(pool+more)/(b.Server.KV*pool)) // as many as the pool holds of the footprint seen
	says := fmt.Sprintf("about %.3g instead of %.3g requests at once at %s", run, b.Server.Running, b.Label)
	if e := elasticity(t.Closed()); more > 0 && e < leastElasticity {
		return says + fmt.Sprintf(", and no throughput: the engine is at its own limit (twice the running requests gave %+.0f %% tok/s)", 100*(math.Exp2(e)-1)), nil
	}
	if e, ok := t.Knee.gain(b.Server.Running, run); ok {
		return says, &e
	}
	return says, nil
}

// busiest is the highest trusted closed-loop level.
func (t *TargetStudy) busiest() *Point {
	var out *Point
	for _, p := range t.Closed() {
		if p.Trusted() {
			out = p
		}
	}
	return out
}

func askSeqs(t *TargetStudy, _ *Study, to float64) Answer {
	b := t.busiest()
	if b == nil || !b.Server.Known {
		return Answer{Says: cannot + "it needs the server's /metrics under load"}
	}
	if to < 1 {
		return Answer{Says: "vLLM refuses to start: max-num-seqs must be at least 1", Grade: GradeD}
	}
	s := b.Server
	a := Answer{Because: []string{fmt.Sprintf("at most %.0f requests ran at once at %s, %.3g waited on average, KV use %.0f %%", s.RunningMax, b.Label, s.Waiting, 100*s.KV)}}
	if to < vllm.LargestGraph/2 {
		a.Because = append(a.Because, fmt.Sprintf("vLLM captures CUDA graphs up to 2 × max-num-seqs = %.0f tokens (%d at most): steps with more prompt tokens than that run without one and are slower",
			2*to, vllm.LargestGraph))
	}
	run := math.Min(to, b.Level)
	if s.KV > 0 {
		run = math.Min(run, s.Running*0.95/s.KV)
	}
	if seqs, ok := t.Settings.Int(vllm.MaxNumSeqs); to >= s.RunningMax && (!ok || s.RunningMax < float64(seqs)) {
		a.Says = fmt.Sprintf("no effect at this load: no more than %.0f ran at once", s.RunningMax)
		return a
	}
	a.Says = fmt.Sprintf("about %.3g instead of %.3g requests at once at %s", run, s.Running, b.Label)
	if e, ok := t.Knee.gain(s.Running, run); ok {
		a.Effect = &e
	} else {
		a.Because = append(a.Because, "the effect on throughput cannot be told: the step model does not fit this sweep")
	}
	return a
}

func askParallel(t *TargetStudy, _ *Study, to float64) Answer {
	model, _, ok := vllm.FindModel(t.Target.Model)
	n := int(to)
	switch {
	case float64(n) != to || n < 1:
		return Answer{Says: "vLLM refuses to start: tensor-parallel-size is a whole number from 1", Grade: GradeD}
	case !ok:
		return Answer{Says: cannot + "the model's heads are not known here"}
	case !model.SplitsEvenly(n):
		return Answer{Grade: GradeD, Says: fmt.Sprintf("vLLM refuses to start: %d GPUs cannot split %d query heads and %d KV heads evenly", n, model.Heads, model.KVHeads)}
	case n == t.TP():
		return Answer{Says: "this is the present setting", Grade: GradeA}
	}
	return Answer{Says: cannot + fmt.Sprintf("it holds one arm only; measure tensor-parallel-size %d too and compare per GPU, against %d replicas as well", n, max(1, n/t.TP())),
		Because: []string{fmt.Sprintf("%d GPUs split %d query heads and %d KV heads evenly: it would start", n, model.Heads, model.KVHeads)}}
}

func short(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.3g ms", s*1e3)
	}
	return fmt.Sprintf("%.3g s", s)
}
