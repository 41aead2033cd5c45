package results

import (
	"maps"
	"math"
	"math/bits"
	"slices"

	"loadgen/stat"
)

// A ranks finds order statistics of more numbers than memory should hold, in two passes: the first counts them
// coarsely, the second exactly where a wanted one lies.
type ranks struct {
	n      int
	sum    float64
	counts []int                 // by coarse
	wanted map[int]map[int64]int // coarse → number → how many of it
	beyond float64               // Σ (number − mean)²
}

// coarse is which of some thousand numbers that lie close together a number is one of, rising with it.
func coarse(v int64) int {
	const digits = 11
	if v = max(v, 0); v < 1<<digits {
		return int(v)
	}
	shift := bits.Len64(uint64(v)) - digits
	return shift<<(digits-1) + int(v>>shift)
}

// count is the first pass.
func (k *ranks) count(v int64) {
	c := coarse(v)
	if c >= len(k.counts) {
		k.counts = append(k.counts, make([]int, c+1-len(k.counts))...)
	}
	k.counts[c]++
	k.n++
	k.sum += float64(v)
}

func (k *ranks) mean() float64 { return k.sum / float64(k.n) }

// deviation is the population's standard deviation, after the second pass.
func (k *ranks) deviation() float64 { return math.Sqrt(k.beyond / float64(k.n)) }

// want prepares the second pass for quantiles.
func (k *ranks) want(quantiles []float64) {
	k.wanted = map[int]map[int64]int{}
	for _, p := range quantiles {
		if c, _ := k.place(p); c >= 0 {
			k.wanted[c] = map[int64]int{}
		}
	}
}

// place is where x_(⌈np⌉) lies: its coarse number and its rank among those; -1 where there are no numbers.
func (k *ranks) place(p float64) (c, rank int) {
	rank = stat.Rank(k.n, p)
	for c, n := range k.counts {
		if rank <= n {
			return c, rank
		}
		rank -= n
	}
	return -1, 0
}

// see is the second pass.
func (k *ranks) see(v int64) {
	off := float64(v) - k.mean()
	k.beyond += off * off
	if exact := k.wanted[coarse(v)]; exact != nil {
		exact[v]++
	}
}

// at is x_(⌈np⌉), after the second pass; NaN without any number.
func (k *ranks) at(p float64) float64 {
	c, rank := k.place(p)
	if c < 0 {
		return math.NaN()
	}
	exact := k.wanted[c]
	for _, v := range slices.Sorted(maps.Keys(exact)) {
		if rank -= exact[v]; rank <= 0 {
			return float64(v)
		}
	}
	return math.NaN()
}
