package vllm

import (
	"fmt"
	"strings"
)

// A Start is what a server is asked to start with, every default resolved. What is refused, and in which words, is as
// vLLM 0.26 to 0.32 have it; older ones differ in words, and 0.9 to 0.11 died of some memory that later ones grant.
type Start struct {
	Card        Card
	Model       Model
	Quant       Quant
	TP          int
	Dtype       string // as in --dtype
	KVDtype     string // as in --kv-cache-dtype
	Budget      int    // max_num_batched_tokens
	MaxSeqs     int
	MaxLen      int // max_model_len, tokens
	BlockSize   int
	Utilization float64
	Chunked     bool    // prefill
	Eager       bool    // no CUDA graphs
	KVBytes     float64 // kv-cache-memory-bytes; 0: not given
	Override    int     // num-gpu-blocks-override; 0: not given
	Batches     int     // steps that may be in flight at once; 0: two, as by asynchronous scheduling
}

// A Refusal is why a server does not start.
type Refusal struct {
	// heads, window-budget, seqs, utilization, fp8-kv-dtype, free-memory, weights, no-kv or kv-window; outside by estimate
	Cause   string
	Says    string // vLLM's words and facts
	Instead string // what to do; may be empty
	Memory  Memory // of one GPU; the zero value where no memory was looked at
}

// Error is Says.
func (r *Refusal) Error() string { return r.Says }

func refuse(cause, instead, format string, args ...any) *Refusal {
	return &Refusal{Cause: cause, Says: fmt.Sprintf(format, args...), Instead: instead}
}

// Hopper reports whether a card is of that generation, on which vLLM's attention is FlashAttention 3.
func (c Card) Hopper() bool {
	return strings.HasPrefix(c.Name, "H100") || c.Name == "H200" || c.Name == "H20"
}

// HalfWithFP8KV tells a pair of --dtype and --kv-cache-dtype that FlashAttention 3 does not take: on Hopper vLLM 0.26
// dies of it after the weights are loaded.
func HalfWithFP8KV(dtype, kvDtype string) bool {
	return (dtype == "float16" || dtype == "half") && strings.HasPrefix(kvDtype, "fp8")
}

// Invalid is vLLM's validation of the configuration, before any memory is looked at; nil: it passes.
func (s Start) Invalid() *Refusal {
	switch {
	case s.TP < 1 || s.Model.Heads%s.TP != 0:
		return refuse("heads", "", "Total number of attention heads (%d) must be divisible by tensor parallel size (%d).",
			s.Model.Heads, s.TP)
	case !s.Model.SplitsEvenly(s.TP):
		return refuse("heads", "", "Total number of key/value heads (%d) must divide or be divisible by tensor parallel "+
			"size (%d).", s.Model.KVHeads, s.TP)
	case s.Budget < s.MaxLen && !s.Chunked:
		return refuse("window-budget", "", "max_num_batched_tokens (%d) is smaller than max_model_len (%d). This "+
			"effectively limits the maximum sequence length to max_num_batched_tokens and makes vLLM reject longer sequences. "+
			"Please increase max_num_batched_tokens or decrease max_model_len.", s.Budget, s.MaxLen)
	case s.MaxSeqs < 1:
		return refuse("seqs", "", "max_num_seqs: Input should be greater than or equal to 1 (%d).", s.MaxSeqs)
	case s.Budget < s.MaxSeqs:
		return refuse("seqs", "", "max_num_batched_tokens (%d) must be greater than or equal to max_num_seqs (%d).", s.Budget,
			s.MaxSeqs)
	case s.Utilization <= 0 || s.Utilization > 1:
		return refuse("utilization", "", "GPU memory utilization must be in (0, 1], got %g.", s.Utilization)
	case s.Card.Hopper() && HalfWithFP8KV(s.Dtype, s.KVDtype):
		return refuse("fp8-kv-dtype", "--dtype bfloat16", "For FP8 input, output must have dtype BF16 (FlashAttention 3 on "+
			"Hopper: --dtype %s and --kv-cache-dtype %s do not go together).", s.Dtype, s.KVDtype)
	}
	return nil
}

// driverHolds is what the driver holds of a GPU before vLLM measures free memory, GiB; 139.29 of 139.8 were free on an
// H200.
const driverHolds = .4

// Fit sizes the KV cache in blocks, or says why the configuration or the profiling run is refused; taken is what other
// processes hold of the GPU, GiB.
func (s Start) Fit(taken float64) (blocks int, m Memory, refusal *Refusal) {
	if r := s.Invalid(); r != nil {
		return 0, m, r
	}
	m = s.Memory(taken)
	no := func(cause, format string, args ...any) (int, Memory, *Refusal) {
		r := refuse(cause, "", format, args...)
		r.Memory = m
		return 0, m, r
	}
	free := m.Total - taken - driverHolds
	switch {
	case s.KVBytes == 0 && free < m.Requested:
		return no("free-memory", "Free memory on device cuda:0 (%.2f/%.2f GiB) on startup is less than desired GPU memory "+
			"utilization (%g, %.2f GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.", free,
			m.Total, s.Utilization, m.Requested)
	case m.Weights > free:
		return no("weights", "CUDA out of memory. The model's weights take %.2f GiB on each GPU; GPU 0 has a total "+
			"capacity of %.2f GiB of which %.2f GiB is free.", m.Weights, m.Total, free)
	}
	if s.KVBytes > 0 {
		m.KV = s.KVBytes / gib
	}
	if m.KV <= 0 {
		return no("no-kv", "No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when "+
			"initializing the engine. (%.2f GiB requested; weights take %.2f, peak activation %.2f, non-torch %.2f GiB.)",
			m.Requested, m.Weights, m.Activation, m.NonTorch)
	}
	blocks = s.Blocks(m.KV)
	if s.Override > 0 {
		blocks = s.Override
	}
	if r := s.Holds(blocks); r != nil {
		r.Memory = m
		return 0, m, r
	}
	return blocks, m, nil
}

// Holds says why a cache of so many blocks is refused: it must hold one request of max_model_len.
func (s Start) Holds(blocks int) *Refusal {
	p := s.pool()
	need, block := p.perRequest(s.MaxLen, s.inFlight()), float64(p.BlockBytes)/gib
	if need <= blocks {
		return nil
	}
	return refuse("kv-window", "", "To serve at least one request with the model's max seq len (%d), (%.2f GiB KV cache "+
		"is needed, which is larger than the available KV cache memory (%.2f GiB). Based on the available memory, the "+
		"estimated maximum model length is %d. Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when "+
		"initializing the engine.",
		s.MaxLen, float64(need)*block, float64(blocks)*block, p.longest(blocks, s.MaxLen, s.inFlight()))
}

// margin is how far the estimates of what lies outside the grant may be off, GiB.
const margin = .3

// Doubts are what an estimate says against a start that passes Invalid and Fit: memory beside the grant that the card
// does not have.
func (s Start) Doubts(taken float64) *Refusal {
	m := s.Memory(taken)
	room := m.Total - taken - driverHolds - m.Requested
	need := s.outside(m)
	if need <= room+margin {
		return nil
	}
	r := refuse("outside", "a lower gpu-memory-utilization, or a lower max-num-seqs",
		"gpu-memory-utilization %g leaves %.1f GiB of the card outside vLLM's grant, and CUDA graphs, contexts and the "+
			"sampler's warm-up for max-num-seqs %d take about %.1f GiB there",
		s.Utilization, max(0, room), s.MaxSeqs, need)
	r.Memory = m
	return r
}
