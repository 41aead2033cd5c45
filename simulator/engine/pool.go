package engine

// A pool is the KV blocks (block_pool.py): a ring of free ones, the next to be used first, and the prefix cache. Block
// 0 is vLLM's null block, which is never handed out; here it is also the ring's sentinel.
type pool struct {
	blocks []block
	free   int
	named  map[uint64]int32 // hash → the latest block that carries it
}

type block struct {
	hash       uint64
	refs       int32
	prev, next int32 // in the ring of free blocks
	twin       int32 // an earlier block with the same hash, or 0
	cached     bool
}

func newPool(n int) pool {
	p := pool{blocks: make([]block, n), free: n - 1, named: map[uint64]int32{}}
	for i := range p.blocks {
		p.blocks[i].prev, p.blocks[i].next = int32((i+n-1)%n), int32((i+1)%n)
	}
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

// name makes b findable by h. Two blocks computed side by side may carry the same hash.
func (p *pool) name(b int32, h uint64) {
	p.blocks[b].hash, p.blocks[b].cached, p.blocks[b].twin = h, true, p.named[h]
	p.named[h] = b
}

func (p *pool) forget(b int32) {
	x := &p.blocks[b]
	if p.named[x.hash] == b {
		if x.twin == 0 {
			delete(p.named, x.hash)
		} else {
			p.named[x.hash] = x.twin
		}
	} else {
		y := p.named[x.hash]
		for p.blocks[y].twin != b {
			y = p.blocks[y].twin
		}
		p.blocks[y].twin = x.twin
	}
	x.cached, x.twin = false, 0
}
