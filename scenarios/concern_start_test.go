package scenarios

import (
	"strings"
	"testing"
)

// What check says of a start follows card and settings, and a card that is not told is not judged.
func TestStartConcerns(t *testing.T) {
	for _, c := range []struct {
		model, card string
		settings    Settings
		says        string // "": nothing
	}{
		{"Qwen/Qwen3-32B", "RTX 4090", nil, "weights take 61.02 GiB"},
		{"Qwen/Qwen3-8B", "RTX 4090", nil, "max seq len (40960)"},
		{"Qwen/Qwen3-8B", "RTX 4090", Settings{"max-model-len": 8192}, ""},
		{"Qwen/Qwen3-8B", "", nil, ""},
		{"Qwen/Qwen3-8B-AWQ", "RTX 4090", Settings{"max-model-len": 8192, "gpu-memory-utilization": .97},
			"outside vLLM's grant"},
		{"Qwen/Qwen3-8B-AWQ", "RTX 4090", Settings{"max-model-len": 65536, "max-num-batched-tokens": 65536,
			"kv-cache-dtype": "fp8", "gpu-memory-utilization": .9}, ""},
		{"someone/model", "H100", nil, ""},
	} {
		got := startConcerns(Target{Name: "a", Model: c.model, Card: c.card, Settings: c.settings})
		if c.says == "" && len(got) > 0 || c.says != "" && (len(got) != 1 || !strings.Contains(got[0].Says, c.says)) {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
