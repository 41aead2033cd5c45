package engine

import "testing"

// Of a finished sequence the tail is evicted before the head, older sequences before younger, and blocks that cache
// nothing before all.
func TestEvictionOrder(t *testing.T) {
	e := New(nil, Config{Blocks: 8, BlockSize: 1, MaxModelLen: 100, PrefixCaching: true})
	hold := func(base uint64, n, named int) *Request {
		r := &Request{Prompt: n}
		for i := range n {
			r.Hashes = append(r.Hashes, base+uint64(i))
		}
		e.extend(r, n, 1)
		e.name(r, named)
		return r
	}
	old, young, plain := hold(10, 2, 2), hold(20, 3, 3), hold(30, 2, 0)
	first, second := plain.blocks[0], plain.blocks[1]
	e.free(old)
	e.free(young)
	e.free(plain)
	if a, b := e.pool.take(), e.pool.take(); a != first || b != second {
		t.Errorf("took %d, %d, want the uncached %d, %d", a, b, first, second)
	}
	for i, gone := range []uint64{11, 10, 22, 21, 20} {
		e.pool.take()
		if _, ok := e.pool.named[gone]; ok {
			t.Errorf("take %d: %d is still cached", i, gone)
		}
	}
	if len(e.pool.named) != 0 || e.pool.free != 0 {
		t.Errorf("%d cached, %d free", len(e.pool.named), e.pool.free)
	}
}

// Of two blocks with one hash, evicting either leaves the other to be found.
func TestTwins(t *testing.T) {
	for _, evict := range []int{0, 1, 2} {
		p := newPool(5)
		b := [3]int32{p.take(), p.take(), p.take()}
		for _, x := range b {
			p.name(x, 7)
		}
		p.forget(b[evict])
		found, ok := p.named[7]
		if !ok || found == b[evict] {
			t.Errorf("evicted %d: found %d, %v", b[evict], found, ok)
		}
		for _, x := range b {
			if x != b[evict] {
				p.forget(x)
			}
		}
		if len(p.named) != 0 {
			t.Errorf("evicted all, %v is left", p.named)
		}
	}
}
