package machine

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// machineOf is a model on an H200, as its weights are stored.
func machineOf(model vllm.Model) Machine {
	m := Machine{Model: model, Quant: model.Quant, TP: 1, KVDtype: "auto", Budget: 8192, MaxSeqs: 256}
	m.Card, _ = vllm.FindCard("H200")
	m.Profile, _ = FindProfile("H200")
	m.Profile.Jitter = 0
	if m.Quant == "" {
		m.Quant = vllm.BF16
	}
	return m
}

func drawStep(t *rapid.T) *engine.Step {
	s := &engine.Step{Decodes: rapid.IntRange(0, 256).Draw(t, "decodes"), PrefillTokens: rapid.IntRange(0, 4096).Draw(t,
		"prefill")}
	if s.PrefillTokens > 0 {
		s.Prefills = 1
	}
	s.Tokens, s.Sampled = s.Decodes+s.PrefillTokens, s.Decodes
	s.Context = s.Decodes * rapid.IntRange(1, 8000).Draw(t, "context")
	s.Windowed = min(s.Context, s.Decodes*128)
	s.Attended = float64(s.PrefillTokens) * float64(s.PrefillTokens+1) / 2
	s.Near = math.Min(s.Attended, float64(s.PrefillTokens)*128)
	return s
}

// One expert is a dense MLP, and so are experts of which every token takes all: they differ by what the router itself
// takes.
func TestExpertsThatAreDense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dense, _, _ := vllm.FindModel("Qwen3-8B")
		count := rapid.IntRange(1, 64).Draw(t, "experts")
		width := rapid.IntRange(64, 4096).Draw(t, "width")
		dense.Intermediate = count * width
		mixed := dense
		mixed.Experts, mixed.Dense = &vllm.Experts{Layers: dense.Layers, Count: count, Active: count, Width: width}, 0
		s := drawStep(t)
		if s.Tokens == 0 {
			t.Skip()
		}
		a, b := newTimer(machineOf(dense).terms(0)).seconds(s), newTimer(machineOf(mixed).terms(0)).seconds(s)
		router := mixed.RouterParams() / dense.LinearParams()
		if b < a*(1-1e-9) || b > a*(1+router+1e-9) {
			t.Fatalf("dense %v s, %d experts %v s, router %.4f of it", a, count, b, router)
		}
		if w := mixed.WeightBytes(vllm.BF16) - 2*mixed.RouterParams(); math.Abs(w/dense.WeightBytes(vllm.BF16)-1) > 1e-12 {
			t.Fatalf("weights %v, dense %v", w, dense.WeightBytes(vllm.BF16))
		}
	})
}

// A step of more tokens, more context or more pairs never takes less time, whatever the model.
func TestStepsAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := vllm.Knowns()[rapid.IntRange(0, len(vllm.Knowns())-1).Draw(t, "model")].Model
		if k.NotModelled != "" {
			t.Skip()
		}
		m := machineOf(k)
		m.Eager = true // no padding, which has steps
		timer, s := newTimer(m.terms(0)), drawStep(t)
		s.Tokens = s.Tokens/4*4 + 4
		before := timer.seconds(s)
		for what, change := range map[string]func(*engine.Step){
			"tokens": func(s *engine.Step) { s.Tokens += 4 }, "context": func(s *engine.Step) { s.Context += 100 },
			"windowed": func(s *engine.Step) { s.Windowed += 100 },
			"pairs":    func(s *engine.Step) { s.Attended += 1e5 }, "near pairs": func(s *engine.Step) { s.Near += 1e5 },
		} {
			more := *s
			change(&more)
			if after := timer.seconds(&more); after < before {
				t.Fatalf("%s: %v s, with more %s %v s", k.Name, before, what, after)
			}
		}
	})
}

// Where a window is no shorter than the context, layers that see it cost what the others do.
func TestAWindowThatHidesNothing(t *testing.T) {
	whole, _, _ := vllm.FindModel("Qwen3-8B")
	half := whole
	a := vllm.Attention{Layers: 18, Heads: 32, KVHeads: 8, Dim: 128, ValueDim: 128}
	b := a
	b.Window = 4096
	half.Attention = []vllm.Attention{a, b}
	s := &engine.Step{Tokens: 64, Decodes: 64, Sampled: 64, Context: 64 * 1000, Windowed: 64 * 1000, Attended: 1e6,
		Near: 1e6}
	x, y := newTimer(machineOf(whole).terms(0)).seconds(s), newTimer(machineOf(half).terms(0)).seconds(s)
	if math.Abs(x/y-1) > 1e-12 {
		t.Errorf("%v s without a window, %v s with", x, y)
	}
}

// What was never timed says what it is.
func TestWhatWasNeverTimed(t *testing.T) {
	for name, want := range map[string]string{"Qwen3-8B": "", "Qwen/Qwen3-30B-A3B": "bf16 with a mixture of experts",
		"openai/gpt-oss-20b":      "mxfp4 with a mixture of experts with layers that see a window",
		"deepseek-ai/DeepSeek-V3": "fp8 with a mixture of experts with MLA"} {
		model, _, _ := vllm.FindModel(name)
		m := machineOf(model)
		if m.Measured() != (want == "") || want != "" && m.What() != want {
			t.Errorf("%s: measured is %v, %q", name, m.Measured(), m.What())
		}
	}
}
