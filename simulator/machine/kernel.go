package machine

import "loadgen/vllm"

// A kernel is what a weight format does to the linear layers, relative to 16 bit.
type kernel struct {
	bandwidth float64 // of what 16-bit weights reach
	compute   float64 // of what 16-bit weights reach, with the card's 16-bit peak
	knee      float64 // 0: the profile's
}

// gemm is the kernel of a format. AWQ-Marlin against FP16 (vllm PR 2497): 3.1× as fast up to a batch of 16, 2.3× at 32,
// 1.5× at 64, equal at 128, 0.6–0.7× from 256 on. Block-scaled FP8 was seen well below twice the 16-bit rate: 1.2× is a
// guess. Cards without FP8 units widen the weights inside the kernel, as AWQ does.
func gemm(q vllm.Quant, c vllm.Card) kernel {
	switch {
	case q == vllm.AWQ:
		return kernel{bandwidth: .823, compute: .65, knee: 2}
	case q == vllm.FP8 && c.FP8 <= c.BF16:
		return kernel{bandwidth: .90, compute: .75, knee: 3}
	case q == vllm.FP8:
		return kernel{bandwidth: .95, compute: 1.2}
	}
	return kernel{bandwidth: 1, compute: 1}
}

// An allReduce takes latency + 2·bytes·(tp−1)/tp / (peak × efficiency).
type allReduce struct {
	graph, eager float64 // latency inside and outside a CUDA graph, seconds
	efficiency   float64
}

// reduce is the all-reduce of a link. NVLink: kernel table of AIConfigurator (H200, vLLM 0.14); PCIe: fitted to an RTX PRO
// 6000 TP 2 trace; through the host: estimated.
func reduce(l Link) allReduce {
	switch l {
	case NVLink:
		return allReduce{graph: 4.6e-6, eager: 19e-6, efficiency: .55}
	case Host:
		return allReduce{graph: 35e-6, eager: 50e-6, efficiency: .20}
	}
	return allReduce{graph: 19.9e-6, eager: 35e-6, efficiency: .448}
}
