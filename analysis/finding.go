package analysis

import (
	"fmt"
	"math"
	"slices"

	"loadgen/vllm"
)

// A Grade says how well an advice is founded: A measured A/B, B interpolated inside the measured range, C a model's
// extrapolation, D documentation or rule of thumb. C and D are never put in the imperative (R6.12).
type Grade string

const (
	GradeA Grade = "A"
	GradeB Grade = "B"
	GradeC Grade = "C"
	GradeD Grade = "D"
)

// A Finding is a cause that the data name, with all that a reader needs to doubt it.
type Finding struct {
	Rule         string // the rule's id
	Binding      string // what binds, from the closed list of bindings
	Says         string
	At           string   // the level whose data say so
	Because      []string // evidence: observed values, n, intervals
	Grade        Grade
	Advice       []Change
	WillNotHelp  []string
	CouldBeWrong []string
	RuledOut     []string // other causes, and what speaks against them
}

// A Change is one setting, old → new, and what it is expected to do.
type Change struct {
	Flag   string  `json:"flag"`
	From   any     `json:"from"` // nil: not known
	To     any     `json:"to"`
	Grade  Grade   `json:"grade"`
	Effect *Effect `json:"effect,omitempty"`
	Why    string  `json:"why,omitempty"`
}

// An Effect is a predicted ratio new ÷ old of a metric, with 95 % bounds.
type Effect struct {
	Metric string  `json:"metric"`
	Ratio  float64 `json:"ratio"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
}

// A Rule names one cause from server-side step facts and the client's records.
type Rule struct {
	ID      string
	Binding string
	Doc     string // the signature, and the formula that sizes the change
	Source  string // where the signature comes from, in docs/method.md
	Remedy  string
	Alone   bool // where it holds, no other rule can be judged
	// Judge returns the finding, or what speaks against it; neither where it has nothing to say.
	Judge func(*TargetStudy, *Study) (f Finding, against string)
}

// Rules are the signatures, in the order of precedence: admission limits first, since behind a queue nothing else can be seen.
var Rules = []Rule{ruleSummary, ruleKVMemory, ruleMaxNumSeqs, ruleFrontEnd, rulePrefillInterference, ruleCompute, ruleBandwidth, ruleNotSaturated, ruleUnexplained}

// diagnose runs the rules: the first that holds is what binds, the others are ruled out with their reason.
func (t *TargetStudy) diagnose(s *Study) {
	if !slices.ContainsFunc(t.Points, (*Point).Trusted) {
		return // nothing can be concluded from condemned steps
	}
	var ruled []string
	for _, r := range Rules {
		f, against := r.Judge(t, s)
		if against != "" {
			ruled = append(ruled, r.ID+": "+against)
		}
		if against != "" || f.Says == "" {
			continue
		}
		f.Rule, f.Binding = r.ID, r.Binding
		t.Findings = append(t.Findings, f)
		if r.Alone {
			break
		}
	}
	if len(t.Findings) > 0 {
		t.Findings[0].RuledOut = ruled
		t.Binding = t.Findings[0].Binding
	}
}

// plateau is where the sweep stopped growing.
func (t *TargetStudy) plateau() Plateau { return findPlateau(t.Closed()) }

// pool is the server's own KV pool in tokens.
func (t *TargetStudy) pool() (tokens float64, ok bool) {
	blocks, size, ok := t.Info.KVBlocks()
	return float64(blocks-1) * float64(size), ok // one block is never handed out
}

// TP is the resolved tensor-parallel size, 1 when nobody says.
func (t *TargetStudy) TP() int {
	if n, ok := t.Settings.Int(vllm.TensorParallelSize); ok && n > 0 {
		return n
	}
	return 1
}

// GPUs is how many GPUs the target occupies: the listed devices, else the resolved tensor-parallel size.
func (t *TargetStudy) GPUs() int {
	if n := len(t.Target.GPUs); n > 0 {
		return n
	}
	return t.TP() * max(1, len(t.Parts))
}

// card is the GPU's data sheet: as nvidia-smi names it, else as the scenario does.
func (t *TargetStudy) card() (vllm.Card, bool) {
	for _, g := range t.Info.GPUs {
		if c, ok := vllm.FindCard(g.Name); ok {
			return c, true
		}
	}
	return vllm.FindCard(t.Target.Card)
}

// bytesPerToken is what one token's keys and values take on each GPU.
func (t *TargetStudy) bytesPerToken() (float64, bool) {
	m, _, ok := vllm.FindModel(t.Target.Model)
	dtype, _ := t.Settings.Text(vllm.KVCacheDtype)
	if told, has := t.Info.CacheConfig["cache_dtype"]; has {
		dtype = told
	}
	return float64(m.KVBytesPerToken(dtype, t.TP())), ok
}

// gain is the throughput ratio of running n2 instead of n1 requests in the step model X(N) = N/(a+kN), with the bounds that
// k's interval gives; ok is false without a fitted model.
func (k Knee) gain(n1, n2 float64) (Effect, bool) {
	if !k.Fitted {
		return Effect{}, false
	}
	x := func(n, slope float64) float64 { return n / (k.A + slope*n) }
	ratio := func(slope float64) float64 { return x(n2, slope) / x(n1, slope) }
	half := k.KHalf
	if math.IsNaN(half) {
		half = k.K
	}
	lo, hi := ratio(k.K+half), ratio(math.Max(0, k.K-half))
	return Effect{"output_tokens_per_s", ratio(k.K), math.Min(lo, hi), math.Max(lo, hi)}, true
}

// prefillSlope is seconds per prompt token of a lone client.
func (t *TargetStudy) prefillSlope() (perToken, half float64, ok bool) {
	for _, p := range t.Points {
		if p.PrefillKnown && p.Prefill.Slope > 0 {
			return p.Prefill.Slope, p.Prefill.SlopeHalf, true
		}
	}
	return 0, 0, false
}

func interval(e Estimate, unit string, scale float64) string {
	if math.IsNaN(e.Lo) {
		return fmt.Sprintf("%.3g %s (n = %d)", e.Value*scale, unit, e.N)
	}
	return fmt.Sprintf("%.3g %s (95 %%: %.3g–%.3g, n = %d)", e.Value*scale, unit, e.Lo*scale, e.Hi*scale, e.N)
}
