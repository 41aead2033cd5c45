package vllm

import "strings"

// Defaults are what a server picks when a flag is not given. They depend on the card: there is no one default.
type Defaults struct {
	MaxNumBatchedTokens  int
	MaxNumSeqs           int
	GPUMemoryUtilization float64
	BlockSize            int
}

// Sizes are max_num_batched_tokens and max_num_seqs, of which 0 was not given, for a window: a default bends to what
// was given for the other.
func (d Defaults) Sizes(budget, seqs, window int) (int, int) {
	bends := seqs <= 0
	if bends {
		seqs = d.MaxNumSeqs
	}
	if budget <= 0 {
		budget = min(d.MaxNumBatchedTokens, seqs*window)
	}
	if bends {
		seqs = min(seqs, budget)
	}
	return budget, seqs
}

// DefaultsFor resolves the defaults of `vllm serve` on a card (arg_utils.get_batch_defaults, 0.32): by memory, with the
// A100 an exception because larger budgets were measured slower on it.
func DefaultsFor(c Card) Defaults {
	d := Defaults{MaxNumBatchedTokens: 2048, MaxNumSeqs: 256, GPUMemoryUtilization: 0.92, BlockSize: 16}
	switch {
	case c.MemoryGiB >= 160:
		d.MaxNumBatchedTokens, d.MaxNumSeqs = 16384, 1024
	case c.MemoryGiB >= 70 && !strings.Contains(strings.ToLower(c.Name), "a100"):
		d.MaxNumBatchedTokens, d.MaxNumSeqs = 8192, 1024
	}
	return d
}
