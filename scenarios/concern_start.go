package scenarios

import (
	"cmp"

	"loadgen/vllm"
)

// startConcerns finds memory that the card does not have: weights, activations and a pool for one request of
// max-model-len inside vLLM's grant, graphs and the sampler's warm-up beside it. By estimate, so only where card and
// model are known here.
func startConcerns(t Target) []concern {
	s, ok := t.start()
	if !ok || s.Invalid() != nil {
		return nil
	}
	_, _, r := s.Fit(0)
	if r == nil {
		r = s.Doubts(0)
	}
	if r == nil {
		return nil
	}
	return []concern{{ID: "start-memory", Targets: []string{t.Name}, Says: t.Name +
		": by estimate vLLM does not start on this card: " + r.Says,
		Instead: cmp.Or(r.Instead, "more of the card, a smaller max-num-batched-tokens or max-model-len, or more GPUs")}}
}

// start is what the target's server is asked to start with, with the defaults of its card.
func (t Target) start() (s vllm.Start, known bool) {
	var model, card bool
	s.Model, s.Quant, model = t.Shape()
	s.Card, card = t.GPU()
	d := vllm.DefaultsFor(s.Card)
	whole := func(flag string, otherwise int) int {
		if n, ok := t.Settings.Int(flag); ok {
			return n
		}
		return otherwise
	}
	s.TP = whole(vllm.TensorParallelSize, 1)
	s.MaxLen = whole(vllm.MaxModelLen, s.Model.MaxPosition)
	s.Budget = whole(vllm.MaxNumBatchedTokens, d.MaxNumBatchedTokens)
	s.MaxSeqs = whole(vllm.MaxNumSeqs, min(d.MaxNumSeqs, s.Budget))
	s.BlockSize = whole(vllm.BlockSize, d.BlockSize)
	s.Override = whole(vllm.NumGPUBlocks, 0)
	s.Utilization, s.Chunked = d.GPUMemoryUtilization, true
	if u, ok := t.Settings.Float(vllm.GPUMemoryUtilization); ok {
		s.Utilization = u
	}
	s.KVDtype, _ = t.Settings.Text(vllm.KVCacheDtype)
	s.Dtype, _ = t.Settings.Text("dtype")
	s.KVBytes, _ = t.Settings.Float("kv-cache-memory-bytes")
	return s, model && card && s.Model.NotModelled == "" && !t.parallelOtherwise()
}
