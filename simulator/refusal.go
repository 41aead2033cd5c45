package simulator

import (
	"fmt"

	"loadgen/simulator/machine"
)

// A Refusal is why vLLM would not start with these settings. Says has vLLM's words and facts.
type Refusal struct {
	Cause  string // heads, seqs, window-budget, utilization, free-memory, weights, no-kv or kv-window
	Says   string
	Memory machine.Memory
}

// Error is Says.
func (r *Refusal) Error() string { return r.Says }

func refuse(cause string, m machine.Memory, format string, args ...any) *Refusal {
	return &Refusal{Cause: cause, Says: fmt.Sprintf(format, args...), Memory: m}
}

// check is vLLM's validation of the configuration, before any memory is looked at.
func (s settings) check() *Refusal {
	none := machine.Memory{}
	switch {
	case s.tp < 1 || s.model.Heads%s.tp != 0:
		return refuse("heads", none, "Total number of attention heads (%d) must be divisible by tensor parallel size (%d).", s.model.Heads, s.tp)
	case !s.model.SplitsEvenly(s.tp):
		return refuse("heads", none, "Total number of key/value heads (%d) must divide or be divisible by tensor parallel size (%d).", s.model.KVHeads, s.tp)
	case s.budget < s.maxLen && !s.chunked:
		return refuse("window-budget", none, "max_num_batched_tokens (%d) is smaller than max_model_len (%d). This effectively limits the maximum sequence length to max_num_batched_tokens and makes vLLM reject longer sequences. Please increase max_num_batched_tokens or decrease max_model_len.", s.budget, s.maxLen)
	case s.budget < s.seqs:
		return refuse("seqs", none, "max_num_batched_tokens (%d) must be greater than or equal to max_num_seqs (%d).", s.budget, s.seqs)
	case s.utilization <= 0 || s.utilization > 1:
		return refuse("utilization", none, "GPU memory utilization must be in (0, 1], got %g.", s.utilization)
	}
	return nil
}

// driverHolds is what the driver holds of a GPU before vLLM measures free memory, GiB; estimated.
const driverHolds = .4

// fit sizes the KV cache, or says why the profiling run refuses.
func (s settings) fit(m machine.Machine, taken float64) (blocks int, mem machine.Memory, refusal *Refusal) {
	mem = m.Memory(s.utilization, taken)
	free := mem.Total - taken - driverHolds
	switch {
	case s.kvBytes == 0 && free < mem.Requested:
		return 0, mem, refuse("free-memory", mem, "Free memory on device cuda:0 (%.2f/%.2f GiB) on startup is less than desired GPU memory utilization (%g, %.2f GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.", free, mem.Total, s.utilization, mem.Requested)
	case mem.Weights > free:
		return 0, mem, refuse("weights", mem, "CUDA out of memory. The model's weights take %.2f GiB on each GPU; GPU 0 has a total capacity of %.2f GiB of which %.2f GiB is free.", mem.Weights, mem.Total, free)
	}
	if s.kvBytes > 0 {
		mem.KV = s.kvBytes / (1 << 30)
	}
	if mem.KV <= 0 {
		return 0, mem, refuse("no-kv", mem, "No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine. (%.2f GiB requested; weights take %.2f, peak activation %.2f, non-torch %.2f GiB.)", mem.Requested, mem.Weights, mem.Activation, mem.NonTorch)
	}
	blocks = m.Blocks(mem.KV, s.blockSize)
	if s.blocks > 0 {
		blocks = s.blocks
	}
	if room := blocks * s.blockSize; room < s.maxLen {
		return 0, mem, refuse("kv-window", mem, "To serve at least one request with the model's max seq len (%d), (%.2f GiB KV cache is needed, which is larger than the available KV cache memory (%.2f GiB). Based on the available memory, the estimated maximum model length is %d. Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.", s.maxLen, m.KVGiB(s.maxLen), m.KVGiB(room), room)
	}
	return blocks, mem, nil
}
