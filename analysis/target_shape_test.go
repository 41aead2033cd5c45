package analysis

import (
	"testing"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// A model's shape is what the scenario names, then what the server shows, then what its name tells.
func TestShapeOfATarget(t *testing.T) {
	config := func(layers float64) vllm.Config {
		return vllm.Config{"model_type": "qwen3", "num_hidden_layers": layers, "hidden_size": 64., "num_attention_heads": 4.,
			"intermediate_size": 128., "vocab_size": 100., "max_position_embeddings": 512.}
	}
	for _, c := range []struct {
		named, shown vllm.Config
		layers       int
	}{{config(2), config(3), 2}, {nil, config(3), 3}, {nil, nil, 36}, {nil, vllm.Config{"model_type": "unheard"}, 36}} {
		s := &TargetStudy{Target: scenarios.Target{Model: "Qwen/Qwen3-8B", Config: c.named},
			Info: results.ServerInfo{HFConfig: c.shown}}
		if m, _, ok := s.Shape(); !ok || m.Layers != c.layers {
			t.Errorf("%d layers, want %d", m.Layers, c.layers)
		}
	}
}
