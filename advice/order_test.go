package advice

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// An order is what its seed draws, however many of it were asked for before, and by whom.
func TestOrdersAreThoseOfTheirSeeds(t *testing.T) {
	for _, from := range []drawnFrom{{1, 7, false}, {1, 7, true}, {2, 7, false}, {1, 300, true}} {
		rng := rand.New(rand.NewPCG(11, from.seed))
		round := rng.Perm(from.lengths)
		var places []int
		var waits []float64
		for i := range 1000 {
			if i%from.lengths == 0 {
				rng.Shuffle(len(round), func(a, b int) { round[a], round[b] = round[b], round[a] })
			}
			places = append(places, round[i%from.lengths])
			if from.open {
				waits = append(waits, rng.ExpFloat64())
			}
		}
		book := newOrderBook()
		for _, n := range []int{3, 1000, 20} {
			book.first(n+5, drawnFrom{seed: 9, lengths: 4})
			at, after := book.first(n, from)
			if !slices.Equal(at, places[:n]) || from.open && !slices.Equal(after, waits[:n]) || len(after) > n {
				t.Errorf("%+v, %d: %v %v", from, n, at, after)
			}
		}
		if at, _ := (*orderBook)(nil).first(10, from); !slices.Equal(at, places[:10]) {
			t.Errorf("%+v without a book: %v", from, at)
		}
	}
}
