package simulator

import "loadgen/vllm"

// A Refusal is why vLLM would not start with these settings. Says has vLLM's words and facts.
type Refusal = vllm.Refusal

// start is what vLLM is asked to start with.
func (s settings) start() vllm.Start {
	return vllm.Start{Card: s.card, Model: s.model, Quant: s.quant, TP: s.tp, Dtype: s.dtype, KVDtype: s.kvDtype,
		Budget: s.budget, MaxSeqs: s.seqs, MaxLen: s.maxLen,
		BlockSize: s.blockSize, Utilization: s.utilization, Chunked: s.chunked, Eager: s.eager, KVBytes: s.kvBytes,
		Override: s.blocks, Batches: s.batches()}
}

// batches is how many steps may be in flight at once.
func (s settings) batches() int {
	if s.async {
		return 2
	}
	return 1
}
