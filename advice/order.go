package advice

import (
	"math/rand/v2"
	"sync"

	"loadgen/simulator/machine"
)

// An orderBook has the orders in which lengths were drawn so far: a search replays hundreds of models with the same
// few. It lends the memory of replays.
type orderBook struct {
	mu    sync.Mutex
	drawn map[drawnFrom]*order
	desks sync.Pool
}

// A desk is the memory of one replay after another.
type desk struct {
	machine.Scratch
	requests []machine.Served
	classes  []string
}

// desk lends a desk until it is given back.
func (b *orderBook) desk() (d *desk, giveBack func()) {
	if b == nil {
		return &desk{}, func() {}
	}
	d, ok := b.desks.Get().(*desk)
	if !ok {
		d = &desk{}
	}
	return d, func() { b.desks.Put(d) }
}

func newOrderBook() *orderBook { return &orderBook{drawn: map[drawnFrom]*order{}} }

// A drawnFrom is what an order follows from.
type drawnFrom struct {
	seed    uint64
	lengths int  // how many there are
	open    bool // loop
}

// An order is places among the lengths, all once and then all again in another order; in an open loop also how long
// after the one before each comes, at one a second.
type order struct {
	rng    *rand.Rand
	round  []int
	places []int
	waits  []float64
}

// first are the first n of an order; nobody may change them.
func (b *orderBook) first(n int, from drawnFrom) (places []int, waits []float64) {
	if b == nil {
		b = newOrderBook()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	it := b.drawn[from]
	if it == nil {
		rng := rand.New(rand.NewPCG(11, from.seed))
		it = &order{rng: rng, round: rng.Perm(from.lengths)}
		b.drawn[from] = it
	}
	for len(it.places) < n {
		it.more(from.open)
	}
	return it.places[:n], it.waits[:min(n, len(it.waits))]
}

// more draws one more.
func (o *order) more(open bool) {
	i := len(o.places) % len(o.round)
	if i == 0 {
		o.rng.Shuffle(len(o.round), func(a, b int) { o.round[a], o.round[b] = o.round[b], o.round[a] })
	}
	o.places = append(o.places, o.round[i])
	if open {
		o.waits = append(o.waits, o.rng.ExpFloat64())
	}
}
