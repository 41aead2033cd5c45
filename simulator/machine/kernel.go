package machine

import (
	"strings"
	"time"

	"loadgen/vllm"
)

// A kernel is what a weight format does to the linear layers, relative to 16 bit.
type kernel struct {
	Bandwidth float64 // of what 16-bit weights reach
	Compute   float64 // of what 16-bit weights reach, with the card's 16-bit peak
	Knee      float64 // 0: the profile's
	// added to each layer of every step, however small its weights: scales, quantised activations, small kernels
	Floor  time.Duration
	Wide   time.Duration // … and to each layer of a step of more than 32 tokens: the kernel takes wider tiles
	Ragged *kernel       // runs the steps whose tokens are no multiple of 4; nil: the same
}

// An fp8KV is what an fp8 cache does to attention, relative to 16 bit.
type fp8KV struct {
	Read  float64       // of the bandwidth that 16-bit KV is read with
	Pair  float64       // of the rate of prefill's attention
	Floor time.Duration // added to each layer of every step: keys and values are scaled and stored
}

// kernels are those of the formats that were measured on a card; nil: not measured.
type kernels struct{ BF16, AWQ, FP8 *kernel }

func (k *kernels) of(q vllm.Quant) *kernel {
	if k == nil {
		return nil
	}
	switch q {
	case vllm.AWQ:
		return k.AWQ
	case vllm.FP8:
		return k.FP8
	case vllm.BF16:
		return k.BF16
	}
	return nil
}

// hopper are the kernels as measured on an H200: vLLM 0.26, AWQ by Machete (8B and 32B tell its rate from its floor),
// FP8 by CUTLASS with block scales. Without DeepGEMM, which was not there, steps whose tokens are no multiple of 4 run
// FP8 on Triton: quicker for one or two requests, three times as slow in prefill.
var hopper = kernels{
	BF16: &kernel{Bandwidth: 1, Compute: 1},
	AWQ:  &kernel{Bandwidth: .505, Compute: 1.03, Knee: 2, Floor: 33 * us, Wide: 20 * us},
	FP8: &kernel{Bandwidth: .58, Compute: 1.45, Floor: 31 * us,
		Ragged: &kernel{Bandwidth: 1, Compute: .33, Floor: 31 * us}},
}

// kernel is the format's on this card: measured, or else estimated. Estimates are the H200's on Hopper. Elsewhere
// AWQ-Marlin against FP16 (vllm PR 2497): 3.1× as fast up to a batch of 16, 2.3× at 32, 1.5× at 64, equal at 128,
// 0.6–0.7× from 256 on; and FP8 a guess. Cards without FP8 units widen the weights inside the kernel, as AWQ does. The
// floors are the H200's everywhere.
func (m Machine) kernel() kernel {
	if k := m.Profile.Kernels.of(m.Quant); k != nil {
		return *k
	}
	quant := m.Quant
	if quant == vllm.MXFP4 || quant == vllm.NVFP4 {
		// widened inside the kernel, as 4-bit integers are; nobody measured it here, nor what Blackwell's own units bring
		quant = vllm.AWQ
	}
	switch {
	case m.Card.Hopper() && hopper.of(quant) != nil, quant == vllm.BF16:
		return *hopper.of(quant)
	case quant == vllm.AWQ:
		return kernel{Bandwidth: .823, Compute: .65, Knee: 2, Floor: hopper.AWQ.Floor}
	case m.Card.FP8 <= m.Card.BF16:
		return kernel{Bandwidth: .90, Compute: .75, Knee: 3, Floor: hopper.FP8.Floor}
	}
	return kernel{Bandwidth: .95, Compute: 1.2, Floor: hopper.FP8.Floor}
}

// Measured reports whether a format was timed on this card; else its kernels are estimated, and so is what follows from
// them.
func (p Profile) Measured(q vllm.Quant) bool { return p.Kernels.of(q) != nil }

// Measured reports whether steps of this model were timed on this card, in this format: all that were had dense layers
// that see all tokens. Else they are estimated.
func (m Machine) Measured() bool {
	return m.Profile.Measured(m.Quant) && m.Model.Experts == nil && m.Model.MLA == nil && m.Model.Window() == 0
}

// What is what would have to be timed, in words: the format, and what kind of layers there are beside dense ones that
// see all tokens.
func (m Machine) What() string {
	words := []string{string(m.Quant)}
	if m.Model.Experts != nil {
		words = append(words, "a mixture of experts")
	}
	if m.Model.MLA != nil {
		words = append(words, "MLA")
	}
	if m.Model.Window() > 0 {
		words = append(words, "layers that see a window")
	}
	return strings.Join(words, " with ")
}

// NotModelled is why the steps of this model cannot be timed here; empty: they can.
func (m Machine) NotModelled() string {
	switch {
	case m.Model.NotModelled != "":
		return m.Model.NotModelled
	case !m.Quant.Timed():
		return "the speed of " + string(m.Quant) + " weights is not known"
	}
	return ""
}

// hopperFP8KV is from steady decode of 8B-AWQ with 16-bit and with fp8 KV on an H200, at 144 and some 4000 tokens of
// context.
var hopperFP8KV = fp8KV{Read: .66, Pair: .95, Floor: 5 * us}

// fp8KV is what an fp8 cache does on this card: measured, or else estimated: on Hopper as on the H200, elsewhere from
// single reports (it is widened inside the attention kernel: decode +0…21 % as the context grows, prefill −5 %).
func (m Machine) fp8KV() fp8KV {
	switch {
	case m.Profile.FP8KV != nil:
		return *m.Profile.FP8KV
	case m.Card.Hopper():
		return hopperFP8KV
	}
	return fp8KV{Read: .75, Pair: .95}
}

// launchReduces is the host's time to launch a layer's two all-reduces one by one: from the lone stream of 32B-AWQ on
// two H200.
const launchReduces = 95 * us

// An allReduce takes latency + 2·bytes·(tp−1)/tp / (peak × efficiency).
type allReduce struct {
	graph, eager float64 // latency inside and outside a CUDA graph, seconds
	efficiency   float64
}

// reduce is the all-reduce of a link. NVLink: kernel table of AIConfigurator (H200, vLLM 0.14); PCIe: fitted to an RTX
// PRO 6000 TP 2 trace; through the host: estimated.
func reduce(l Link) allReduce {
	switch l {
	case NVLink:
		return allReduce{graph: 11e-6, eager: 19e-6, efficiency: .55}
	case Host:
		return allReduce{graph: 35e-6, eager: 50e-6, efficiency: .20}
	}
	return allReduce{graph: 19.9e-6, eager: 35e-6, efficiency: .448}
}
