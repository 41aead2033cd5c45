package vllm

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

// Memory works out the KV room (vLLM v1/worker/gpu_worker.py): KV = utilization × total − weights − activation peak −
// non-torch.
func (s Start) Memory(taken float64) Memory {
	m := Memory{Total: s.Card.MemoryGiB, Taken: taken, Requested: s.Card.MemoryGiB * s.Utilization}
	m.Weights = s.weights() / gib
	m.Activation = s.activation()
	m.NonTorch = .22
	if s.TP > 1 {
		m.NonTorch += .35 // NCCL
	}
	if !s.Eager { // 0.96 to 1.05 GiB for Qwen3-8B (36 layers), 0.49 for 1.7B (28), on an H200
		m.Graphs = 1
	}
	m.KV = m.Requested - m.Weights - m.Activation - m.NonTorch
	return m
}

// weights is what a model's weights take on one GPU, bytes: their share, and what is held by each GPU in whole or is
// padded for its kernels. MXFP4 experts are padded to 256 of the hidden size and 128 of their width (vLLM's
// mxfp4_round_up_hidden_size_and_intermediate_size; Triton on Hopper to 64), which gpt-oss was seen to load: 13.72 GiB
// on an A100 and 65.97 on an H100 by Marlin, 64.38 by Triton. MLA's projections to the latents are on every GPU.
func (s Start) weights() float64 {
	tp := float64(s.TP)
	sum := s.Model.WeightBytes(s.Quant) / tp
	if e := s.Model.Experts; e != nil && s.Quant == MXFP4 && !s.Model.Plain.Experts {
		of := 128
		if s.Card.Hopper() {
			of = 64
		}
		width, hidden := roundUp((e.Width+s.TP-1)/s.TP, of), roundUp(s.Model.Hidden, 256)
		sum += (3*float64(e.Layers*e.Count)*float64(hidden*width) - s.Model.ExpertParams()/tp) * s.Model.ByteOf(s.Quant)
	}
	if a := s.Model.MLA; a != nil {
		sum += float64(s.Model.Layers*s.Model.Hidden*(a.Query+a.Latent+a.Rope)) * (1 - 1/tp) * s.Model.ByteOf(s.Quant)
	}
	return sum
}

func roundUp(n, of int) int { return (n + of - 1) / of * of }

// activation is the peak of the profiling run in GiB: the largest of the compiler's own memory, the forward pass of a
// whole budget and the sampler's logits. Anchors, all with vLLM 0.26. Qwen3-8B in bf16 on an H100: with a cold compile
// cache 1.17, 1.19, 1.29, 1.58 GiB at budgets 512, 2048, 8192, 16384, with a warm one, where the first term is absent,
// 0.22 and 0.78 GiB at 2048 and
//  8192. On an H200 8B-AWQ 1.19, 1.29, 6.06 at 2048, 8192, 65536, 8B-FP8 1.28 at 8192; 1.7B-FP8 0.65 at 2048 (0.33
//     warm)
//     and 2.64 at 65536, whose product of gate and up is written in one byte. All met within 0.06 GiB. And the pool
//     of an RTX 4090 (Llama-3.1-8B, budget 2048, vLLM 0.19) within 1.5 %. The cold cache of a first start is assumed:
//     a server started again may have a larger pool.
func (s Start) activation() float64 {
	hidden, tp := float64(s.Model.Hidden), float64(s.TP)
	budget, vocab := float64(s.Budget), float64(s.Model.Vocab)
	compiler := 2*hidden*vocab/tp + budget*3.575*hidden
	forward := .03*gib + budget*2*(s.Model.widest(s.Quant, tp)+3*hidden)
	logits := .03*gib + min(budget, float64(s.MaxSeqs))*vocab*2
	return max(compiler, forward, logits) / gib
}

// widest is how many 16-bit numbers a token needs in the widest MLP on one GPU: gate, up and their product; with
// experts those of each that is active, and what comes out of them (vLLM's fused kernel keeps the larger of gate and
// up, and of the outputs, in one buffer).
func (m Model) widest(q Quant, tp float64) float64 {
	widths := 3. // the product is written in one byte for FP8
	if q == FP8 {
		widths = 2.5
	}
	dense := widths * float64(m.Intermediate) / tp
	if m.Experts == nil {
		return dense
	}
	w := float64(m.Experts.Width) / tp
	active := float64(m.Experts.Active) * (max(2*w, float64(m.Hidden)) + w)
	if m.Dense == 0 {
		return active
	}
	return max(dense, active)
}

// outside is what a server takes beside its grant, GiB: CUDA graphs, the contexts of the driver, and the sampler's
// warm-up (2.6 times the logits of max-num-seqs in 32 bit), as far as the room of the activation peak does not hold it.
// Seen as 2.0 to 2.2 GiB beside weights, KV and graphs on eight starts of vLLM 0.26 on an H200 with max-num-seqs 1024.
func (s Start) outside(m Memory) float64 {
	sampler := 2.6 * 4 * min(float64(s.Budget), float64(s.MaxSeqs)) * float64(s.Model.Vocab) / gib
	return m.Graphs + .5 + max(0, sampler-m.Activation)
}

// pool is the layout of the KV cache.
func (s Start) pool() pool { return s.Model.Pool(s.KVDtype, s.TP, s.BlockSize) }

// inFlight is the most tokens that are scheduled and not yet settled: layers that see a window keep the blocks of as
// many.
func (s Start) inFlight() int {
	if s.Batches > 0 {
		return s.Batches * s.Budget
	}
	return 2 * s.Budget
}

// tokens is the size of a cache of so many blocks as vLLM logs it.
func (s Start) Tokens(blocks int) int { return s.pool().tokens(blocks, s.MaxLen, s.inFlight()) }

// Concurrency is how many requests of max-model-len so many blocks hold, as vLLM logs it.
func (s Start) Concurrency(blocks int) float64 {
	return float64(blocks) / float64(s.pool().perRequest(s.MaxLen, s.inFlight()))
}

// Blocks is the number of KV blocks in so many GiB of one GPU.
func (s Start) Blocks(kv float64) int {
	return max(0, int(math.Floor(kv*gib/float64(s.pool().BlockBytes))))
}
