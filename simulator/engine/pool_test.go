package engine

import (
	"testing"

	"pgregory.net/rapid"
)

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
		if b, _ := e.pool.find(gone); b != 0 {
			t.Errorf("take %d: %d is still cached", i, gone)
		}
	}
	if e.pool.names != 0 || e.pool.free != 0 {
		t.Errorf("%d cached, %d free", e.pool.names, e.pool.free)
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
		if found, _ := p.find(7); found == 0 || found == b[evict] {
			t.Errorf("evicted %d: found %d", b[evict], found)
		}
		for _, x := range b {
			if x != b[evict] {
				p.forget(x)
			}
		}
		if p.names != 0 {
			t.Errorf("evicted all, %d are left", p.names)
		}
	}
}

// The table of names finds what a map finds, however names come and go.
func TestNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPool(1 << 10)
		want := map[uint64]int32{}
		for b := int32(1); b < 1<<10; b++ {
			h := rapid.Uint64Range(0, 700).Draw(t, "hash") << 40
			if at := want[h]; at != 0 {
				p.forget(at)
				delete(want, h)
				continue
			}
			p.name(b, h)
			want[h] = b
		}
		if p.names != len(want) {
			t.Fatalf("%d names, want %d", p.names, len(want))
		}
		for h := range uint64(701) {
			if b, _ := p.find(h << 40); b != want[h<<40] {
				t.Fatalf("hash %d: found %d, want %d", h, b, want[h<<40])
			}
		}
	})
}
