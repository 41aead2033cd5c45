package scenarios

import (
	"cmp"
	"strings"

	"loadgen/vllm"
)

// startConcerns finds what vLLM refuses to start with: a configuration that it does not take, and memory that the card
// does not have: weights, activations and a pool for one request of max-model-len inside vLLM's grant, graphs and the
// sampler's warm-up beside it. Memory is by estimate, so only where card and model are known here.
func startConcerns(t Target) []concern {
	s, known := t.start()
	if r := s.Invalid(); r != nil {
		return []concern{{ID: "start-refused", Targets: []string{t.Name}, Refused: true,
			Says:    t.Name + ": vLLM refuses to start: " + strings.TrimSuffix(r.Says, "."),
			Instead: cmp.Or(r.Instead, insteadOf[r.Cause], "other settings")}}
	}
	if !known {
		return nil
	}
	_, _, r := s.Fit(0)
	refused := r != nil
	if r == nil {
		r = s.Doubts(0)
	}
	if r == nil {
		return nil
	}
	return []concern{{ID: "start-memory", Targets: []string{t.Name}, Refused: refused,
		Says:    t.Name + ": by estimate vLLM does not start on this card: " + strings.TrimSuffix(r.Says, "."),
		Instead: cmp.Or(r.Instead, "more of the card, a smaller max-num-batched-tokens or max-model-len, or more GPUs")}}
}

// insteadOf says what to do about a refusal, by its cause.
var insteadOf = map[string]string{
	"heads":         "tensor-parallel-size 1, 2, 4 or 8",
	"seqs":          "a max-num-seqs from 1 to max-num-batched-tokens",
	"window-budget": "chunked prefill, or max-num-batched-tokens of max-model-len at least",
	"utilization":   "gpu-memory-utilization between 0 and 1",
}

// start is what the target's server is asked to start with, with the defaults of its card. Of a card that is not known
// here they refuse nothing.
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
	budget, seqs := whole(vllm.MaxNumBatchedTokens, 0), whole(vllm.MaxNumSeqs, 0)
	s.Budget, s.MaxSeqs = d.Sizes(budget, seqs, max(s.MaxLen, 1))
	if budget == 0 && !card {
		s.Budget = max(s.Budget, s.MaxSeqs, s.MaxLen)
	}
	s.BlockSize = whole(vllm.BlockSize, d.BlockSize)
	s.Override = whole(vllm.NumGPUBlocks, 0)
	s.Utilization, s.Chunked = d.GPUMemoryUtilization, true
	if u, ok := t.Settings.Float(vllm.GPUMemoryUtilization); ok {
		s.Utilization = u
	}
	if on, ok := t.Settings[vllm.ChunkedPrefill].(bool); ok {
		s.Chunked = on
	}
	s.Dtype, _ = t.Settings.Text("dtype")
	s.KVDtype, _ = t.Settings.Text(vllm.KVCacheDtype)
	s.KVBytes, _ = t.Settings.Float("kv-cache-memory-bytes")
	return s, model && card && s.Model.NotModelled == "" && !t.parallelOtherwise()
}
