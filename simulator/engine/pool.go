package engine

import "math/bits"

// A pool is the KV blocks (block_pool.py): a ring of free ones, the next to be used first, and the prefix cache. Block
// 0 is vLLM's null block, which is never handed out; here it is also the ring's sentinel.
type pool struct {
	blocks []block
	free   int
	named  []int32 // a hash table of the latest block of each hash; 0: an empty place, as half of it at least are
	names  int     // in it
}

type block struct {
	hash       uint64
	refs       int32
	prev, next int32 // in the ring of free blocks
	twin       int32 // an earlier block with the same hash, or 0
	cached     bool
}

func newPool(n int) pool {
	p := pool{blocks: make([]block, n), free: n - 1, named: make([]int32, 1<<bits.Len(uint(2*n)))}
	for i := range p.blocks {
		p.blocks[i].prev, p.blocks[i].next = int32(i-1), int32(i+1)
	}
	p.blocks[0].prev, p.blocks[n-1].next = int32(n-1), 0
	return p
}

func (p *pool) used() int { return len(p.blocks) - 1 - p.free }

// take hands out the block that was free longest and evicts what it cached. There must be one.
func (p *pool) take() int32 {
	b := p.blocks[0].next
	p.unlink(b)
	if p.blocks[b].cached {
		p.forget(b)
	}
	p.blocks[b].refs = 1
	return b
}

// touch uses a cached block once more.
func (p *pool) touch(b int32) {
	if p.blocks[b].refs == 0 {
		p.unlink(b)
	}
	p.blocks[b].refs++
}

// release gives one use of b back. Cached blocks queue up to be evicted in order; others are used again at once.
func (p *pool) release(b int32) {
	x := &p.blocks[b]
	if x.refs--; x.refs > 0 {
		return
	}
	at := int32(0) // link behind: the head of the ring
	if x.cached {
		at = p.blocks[0].prev
	}
	x.prev, x.next = at, p.blocks[at].next
	p.blocks[x.next].prev = b
	p.blocks[at].next = b
	p.free++
}

func (p *pool) unlink(b int32) {
	x := &p.blocks[b]
	p.blocks[x.prev].next = x.next
	p.blocks[x.next].prev = x.prev
	p.free--
}

// find is the latest block that carries a hash, 0 for none, and its place in the table.
func (p *pool) find(h uint64) (b int32, at int) {
	for at = p.home(h); ; at = (at + 1) & (len(p.named) - 1) {
		if b = p.named[at]; b == 0 || p.blocks[b].hash == h {
			return b, at
		}
	}
}

func (p *pool) home(h uint64) int {
	return int((h*0x9e3779b97f4a7c15)>>32) & (len(p.named) - 1)
}

// name makes b findable by h. Two blocks computed side by side may carry the same hash.
func (p *pool) name(b int32, h uint64) {
	twin, at := p.find(h)
	if twin == 0 {
		p.names++
	}
	x := &p.blocks[b]
	x.hash, x.cached, x.twin = h, true, twin
	p.named[at] = b
}

func (p *pool) forget(b int32) {
	x := &p.blocks[b]
	switch latest, at := p.find(x.hash); {
	case latest != b:
		y := latest
		for p.blocks[y].twin != b {
			y = p.blocks[y].twin
		}
		p.blocks[y].twin = x.twin
	case x.twin == 0:
		p.clear(at)
	default:
		p.named[at] = x.twin
	}
	x.cached, x.twin = false, 0
}

// clear empties a place of the table, and moves those up that were put behind it for want of their own.
func (p *pool) clear(at int) {
	mask := len(p.named) - 1
	p.names--
	for next := (at + 1) & mask; p.named[next] != 0; next = (next + 1) & mask {
		if home := p.home(p.blocks[p.named[next]].hash); (next-home)&mask >= (next-at)&mask {
			p.named[at] = p.named[next]
			at = next
		}
	}
	p.named[at] = 0
}
