package machine

import (
	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// Memory is what each GPU holds at a gpu_memory_utilization, beside so many GiB of other processes.
func (m Machine) Memory(utilization, taken float64) vllm.Memory {
	s := m.Start()
	s.Utilization = utilization
	return s.Memory(taken)
}

// Blocks is the number of KV blocks in so many GiB of one GPU.
func (m Machine) Blocks(kv float64, blockSize int) int {
	s := m.Start()
	s.BlockSize = blockSize
	return s.Blocks(kv)
}

// Beside is what layers of a second kind take from the pool of the engine that runs m, and how many tokens its own
// blocks hold.
func (m Machine) Beside(size int) (b engine.Beside, own int) {
	p := m.Model.Pool(m.KVDtype, m.TP, size)
	b = engine.Beside{Whole: p.Groups - 1, Window: p.Window}
	if p.LocalGroups > 0 {
		b.Groups, b.Tokens = p.LocalGroups, p.LocalTokens
	}
	return b, p.BlockTokens
}

// BlockBytes is what one KV block of so many tokens takes on one GPU.
func (m Machine) BlockBytes(size int) int { return m.Model.Pool(m.KVDtype, m.TP, size).BlockBytes }

// Start is what vLLM is asked to start with, as far as a machine knows it.
func (m Machine) Start() vllm.Start {
	return vllm.Start{Card: m.Card, Model: m.Model, Quant: m.Quant, TP: m.TP, KVDtype: m.KVDtype, Budget: m.Budget,
		MaxSeqs: m.MaxSeqs, Eager: m.Eager}
}
