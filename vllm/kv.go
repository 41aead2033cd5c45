package vllm

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func pow(a, b float64) float64 { return math.Pow(a, b) }

// kvWidth is the bytes of one number in the KV cache; kvDtype is as in --kv-cache-dtype: what begins with fp8 takes
// one, all else two.
func kvWidth(kvDtype string) int {
	if strings.HasPrefix(kvDtype, "fp8") {
		return 1
	}
	return 2
}

// perToken is what one token takes in one layer of a kind, on one GPU of tp.
func (a Attention) perToken(kvDtype string, tp int) int {
	return max(1, a.KVHeads/tp) * (a.Dim + a.ValueDim) * kvWidth(kvDtype)
}

// perToken is what one token takes in one layer: the latent and the rotated key, on every GPU.
func (a mla) perToken(kvDtype string) int { return (a.Latent + a.Rope) * kvWidth(kvDtype) }

// kvBytesPerToken is what one token's keys and values take on one GPU of tp in all layers, those that see a window
// included: Σ L·max(1, KH/tp)·(d + dv)·bytes, and L·(c + r)·bytes for MLA.
func (m Model) kvBytesPerToken(kvDtype string, tp int) int {
	all, local := m.KVBytes(kvDtype, tp)
	return all + local
}

// KVBytes is the same apart: in layers that see all tokens, and in those that see a window.
func (m Model) KVBytes(kvDtype string, tp int) (all, local int) {
	if m.MLA != nil {
		return m.Layers * m.MLA.perToken(kvDtype), 0
	}
	for _, a := range m.kinds() {
		n := a.Layers * a.perToken(kvDtype, tp)
		if a.Window > 0 {
			local += n
		} else {
			all += n
		}
	}
	return all, local
}

// Window is how many tokens the layers see that do not see all; 0: there are none.
func (m Model) Window() int {
	for _, a := range m.Attention {
		if a.Window > 0 {
			return a.Window
		}
	}
	return 0
}

// A pool is how vLLM cuts its KV cache into blocks (v1/core/kv_cache_utils.py, 0.32): layers of one kind stand in
// groups of equal size, each group has block tables of its own, and all draw blocks of the same bytes from one pool.
type pool struct {
	BlockBytes  int // of one block of one group, on one GPU
	Groups      int // of layers that see all tokens
	BlockTokens int // in a block of theirs
	LocalGroups int // of layers that see a window; 0: none
	LocalTokens int // in a block of theirs
	Window      int // tokens that these see
}

// pool is the layout of a model's cache with blocks of so many tokens.
func (m Model) Pool(kvDtype string, tp, blockSize int) pool {
	if m.MLA != nil {
		return pool{BlockBytes: m.Layers * m.MLA.perToken(kvDtype) * blockSize, Groups: 1, BlockTokens: blockSize}
	}
	p := pool{Groups: 1, BlockTokens: blockSize, Window: m.Window()}
	kinds := m.kinds()
	if p.Window == 0 {
		p.BlockBytes = m.kvBytesPerToken(kvDtype, tp) * blockSize
		return p
	}
	all, local := kinds[0], kinds[len(kinds)-1] // as Config.Model sorts them
	size := groupSize(all.Layers, local.Layers)
	page := max(all.perToken(kvDtype, tp), local.perToken(kvDtype, tp)) * blockSize
	p.BlockBytes = size * page
	p.Groups, p.LocalGroups = (all.Layers+size-1)/size, (local.Layers+size-1)/size
	p.BlockTokens, p.LocalTokens = stretched(page, all.perToken(kvDtype, tp), blockSize),
		stretched(page, local.perToken(kvDtype, tp), blockSize)
	return p
}

// groupSize is the number of layers in each group: those of the rarer kind, or of the other where it has hardly more.
func groupSize(a, b int) int {
	least, most := min(a, b), max(a, b)
	if float64(most) < 1.5*float64(least) {
		return most
	}
	return least
}

// stretched is how many tokens of so many bytes a page holds: a whole multiple of the block's, else the block is
// padded.
func stretched(page, perToken, blockSize int) int {
	if own := perToken * blockSize; page%own == 0 {
		return blockSize * (page / own)
	}
	return blockSize
}

// perRequest is how many blocks vLLM reckons for a request of so many tokens, with so many in flight.
func (p pool) perRequest(tokens, inFlight int) int {
	n := p.Groups * ((tokens + p.BlockTokens - 1) / p.BlockTokens)
	if p.LocalGroups > 0 {
		n += p.LocalGroups * ((min(p.Window-1+inFlight, tokens)+p.LocalTokens-1)/p.LocalTokens + 1)
	}
	return n
}

// tokens is the size of a cache of so many blocks as vLLM logs it: how many requests of maxLen it holds, times maxLen.
func (p pool) tokens(blocks, maxLen, inFlight int) int {
	if p.LocalGroups == 0 {
		return blocks * p.BlockTokens
	}
	return int(float64(blocks) / float64(p.perRequest(maxLen, inFlight)) * float64(maxLen))
}

// longest is the longest request that so many blocks hold, up to a bound.
func (p pool) longest(blocks, bound, inFlight int) int {
	return sort.Search(bound, func(n int) bool { return p.perRequest(n+1, inFlight) > blocks })
}
