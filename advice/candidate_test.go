package advice

import (
	"fmt"
	"math"
	"testing"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// Values are tried that vLLM would start with, that some step of the load could tell apart, and of max-num-seqs none
// above one that holds nobody back.
func TestValuesThatAreTried(t *testing.T) {
	for name, c := range map[string]struct {
		budget, seqs, longest int
		most                  float64
		budgets, sequences    string
	}{
		"usual":                {2048, 256, 500, 300, "[256 512 1024 4096 8192 16384 32768]", "[8 16 32 64 128 512 1024]"},
		"256 hold nobody back": {2048, 256, 500, 255.9, "[256 512 1024 4096 8192 16384 32768]", "[8 16 32 64 128]"},
		"256 are all":          {2048, 256, 500, 256, "[256 512 1024 4096 8192 16384 32768]", "[8 16 32 64 128 512 1024]"},
		"below max-num-seqs":   {2048, 512, 500, 256, "[256 512 1024 4096 8192 16384 32768]", "[8 16 32 64 128 256]"},
		"and too few":          {2048, 512, 500, 257, "[512 1024 4096 8192 16384 32768]", "[8 16 32 64 128 256]"},
		"a small budget":       {512, 256, 500, 600, "[256 1024 2048 4096 8192 16384 32768]", "[8 16 32 64 128 512]"},
		"all prompts fit":      {8192, 256, 500, 8, "[256 512 1024 2048]", "[8 16 32 64 128]"},
		"all just fit":         {8192, 256, 512, 16, "[256 512 1024 2048 4096 16384 32768]", "[8 16 32 64 128]"},
	} {
		m := &model{machine: machine.Machine{Budget: c.budget, MaxSeqs: c.seqs}, most: c.most,
			seen: []analysis.Observed{{Prompt: c.longest - 1, Output: 1}, {Prompt: 2, Output: 1}}}
		got := m.candidates(nil, &analysis.TargetStudy{Settings: scenarios.Settings{}})
		for flag, want := range map[string]string{vllm.MaxNumBatchedTokens: c.budgets, vllm.MaxNumSeqs: c.sequences} {
			var values []any
			for _, k := range got[flag] {
				values = append(values, k.changes[0].To)
				if lower := k.changes[0].To.(float64) < map[string]float64{vllm.MaxNumBatchedTokens: float64(c.budget),
					vllm.MaxNumSeqs: float64(c.seqs)}[flag]; lower != k.changes[0].lower {
					t.Errorf("%s: %+v", name, k.changes[0])
				}
			}
			if fmt.Sprint(values) != want {
				t.Errorf("%s: %s %v, want %s", name, flag, values, want)
			}
		}
	}
}

// Memory is raised to 95 %, to less where what vLLM puts outside its share needs it, and not by less than 1 %.
func TestMemoryThatIsTried(t *testing.T) {
	for _, c := range []struct {
		card, model string
		want        float64
	}{{"H100", "Qwen/Qwen3-8B", 0.95}, {"L4", "Qwen/Qwen3-1.7B", 0.93}} {
		s := server{model: c.model, card: c.card, settings: chat().settings, prompt: chat().prompt, output: chat().output}
		study := s.study(t)
		target := study.Targets[0]
		m := &model{sc: study.Scenario, loop: scenarios.Closed, seen: []analysis.Observed{{Prompt: 600, Output: 60}}}
		if err := m.build(target); err != nil {
			t.Fatal(err)
		}
		tried := func(now float64) (candidate, bool) {
			target.Settings = scenarios.Settings{vllm.GPUMemoryUtilization: now}
			return m.memory(study, target)
		}
		for _, now := range []float64{0.5, c.want - 0.02} {
			got, ok := tried(now)
			if !ok || got.changes[0].To != c.want {
				t.Errorf("%s from %v: %v, %+v, want %v", c.card, now, ok, got.changes, c.want)
				continue
			}
			more := float64((got.apply(m).blocks-m.blocks)*m.machine.BlockBytes(kvBlock)) / (1 << 30)
			if gib := (c.want - now) * m.machine.Card.MemoryGiB; math.Abs(more-gib) > 0.01 {
				t.Errorf("%s from %v: %.2f GiB more, want %.2f", c.card, now, more, gib)
			}
		}
		for _, now := range []float64{c.want - 0.005, c.want} {
			if got, ok := tried(now); ok {
				t.Errorf("%s from %v: %+v", c.card, now, got.changes)
			}
		}
		target.Settings = scenarios.Settings{}
		if _, ok := m.memory(study, target); ok {
			t.Error("memory is raised from what nobody told")
		}
	}
}

// Each resource is relieved by a quarter, and nothing else is.
func TestAQuarterMore(t *testing.T) {
	before := model{machine: machine.Machine{Budget: 2048, MaxSeqs: 10}, blocks: 100}
	before.machine.Profile, _ = machine.FindProfile("H100")
	p := before.machine.Profile
	for _, r := range resources {
		want := before
		switch r.binding {
		case "max-num-seqs":
			want.machine.MaxSeqs = 13
		case "kv-memory":
			want.blocks = 125
		case "token-budget":
			want.machine.Budget = 2560
		case "prefill-interference":
			want.machine.Budget = 1638
		case "front-end":
			q := &want.machine.Profile
			q.Accept, q.AcceptToken, q.Token, q.Chunk = p.Accept*4/5, p.AcceptToken*4/5, p.Token*4/5, p.Chunk*4/5
		case "bandwidth":
			want.machine.Profile.Bandwidth, want.machine.Profile.KVRead = 1.25*p.Bandwidth, 1.25*p.KVRead
		case "compute":
			want.machine.Profile.Compute, want.machine.Profile.Attention = 1.25*p.Compute, 1.25*p.Attention
		case hostOverhead:
			q := &want.machine.Profile
			q.Step, q.StepSeq, q.Layer, q.Piece = p.Step*4/5, p.StepSeq*4/5, p.Layer*4/5, p.Piece*4/5
		}
		if got := *r.relieve(&before); fmt.Sprintf("%+v", got.machine) != fmt.Sprintf("%+v", want.machine) ||
			got.blocks != want.blocks {
			t.Errorf("%s:\n%+v, want\n%+v", r.binding, got.machine, want.machine)
		}
	}
	few := before
	few.machine.Budget, few.machine.MaxSeqs = 10, 10
	if got := resources[0].relieve(&few).machine; got.Budget != 13 {
		t.Errorf("13 sequences in a budget of %d", got.Budget)
	}
	if got := resources[3].relieve(&few).machine; got.Budget != 10 {
		t.Errorf("10 sequences in a budget of %d", got.Budget)
	}
}
