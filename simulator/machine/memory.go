package machine

import "math"

// A Memory is what one GPU holds, in GiB.
type Memory struct {
	Total      float64
	Taken      float64 // by other processes
	Requested  float64 // Total × gpu_memory_utilization: what weights, activations and KV must share
	Weights    float64
	Activation float64 // the profiling run's peak
	NonTorch   float64 // CUDA context and NCCL
	Graphs     float64 // CUDA graphs; estimated, and outside Requested as seen on vLLM 0.26
	KV         float64 // what is left for the cache; not positive: nothing
}

const gib = 1 << 30

// Memory works out the KV room at a gpu_memory_utilization (vLLM v1/worker/gpu_worker.py):
// KV = utilization × total − weights − activation peak − non-torch.
func (m Machine) Memory(utilization, taken float64) Memory {
	s := Memory{Total: m.Card.MemoryGiB, Taken: taken, Requested: m.Card.MemoryGiB * utilization}
	s.Weights = m.Model.WeightBytes(m.Quant) / float64(m.TP) / gib
	s.Activation = m.activation()
	s.NonTorch = .22
	if m.TP > 1 {
		s.NonTorch += .35 // NCCL
	}
	if !m.Eager {
		s.Graphs = 1
	}
	s.KV = s.Requested - s.Weights - s.Activation - s.NonTorch
	return s
}

// activation is the peak of the profiling run in GiB: the largest of the compiler's own memory, the forward pass of a whole
// budget and the sampler's logits. Anchors, Qwen3-8B in bf16 on an H100, vLLM 0.26: with a cold compile cache 1.17, 1.19, 1.29,
// 1.58 GiB at budgets 512, 2048, 8192, 16384, with a warm one, where the first term is absent, 0.22 and 0.78 GiB at 2048 and
// 8192: met within 0.05 GiB. And the pool of an RTX 4090 (Llama-3.1-8B, budget 2048, vLLM 0.19) within 1.5 %. How the terms scale
// to other shapes is estimated: the compiler's with the lm_head, the forward pass with the width of the MLP (gate, up and their
// product) and three hidden states. The cold cache of a first start is assumed: a server started again may have a larger pool.
func (m Machine) activation() float64 {
	hidden, tp := float64(m.Model.Hidden), float64(m.TP)
	budget, vocab := float64(m.Budget), float64(m.Model.Vocab)
	head := 2 * hidden * vocab / tp
	compiler := head + budget*3.575*hidden
	forward := .03*gib + budget*2*(3*float64(m.Model.Intermediate)/tp+3*hidden)
	logits := min(budget, float64(m.MaxSeqs)) * vocab * 4
	return max(compiler, forward, logits) / gib
}

// Blocks is the number of KV blocks in so many GiB of one GPU.
func (m Machine) Blocks(kv float64, blockSize int) int {
	return max(0, int(math.Floor(kv*gib/(m.KVBytesPerToken()*float64(blockSize)))))
}

// KVGiB is what so many tokens of KV take on one GPU.
func (m Machine) KVGiB(tokens int) float64 { return float64(tokens) * m.KVBytesPerToken() / gib }
