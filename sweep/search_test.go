package sweep

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"loadgen/scenarios"
	"loadgen/stat"
)

// A response is a server whose share within the objective is known at every load.
type response struct{ goal, limit, slope float64 }

func (r response) share(load float64) float64 {
	z := math.Sqrt2*math.Erfinv(2*r.goal-1) - r.slope*math.Log(load/r.limit)
	return math.Erfc(-z/math.Sqrt2) / 2
}

// search plays a search against a response with independent requests.
func (r response) search(rng *rand.Rand, s Search) (seen []Seen, confirmed float64) {
	return r.searchAfter(rng, s, nil)
}

// searchAfter is search beginning with levels that were seen before; seen has the steps of the search alone.
func (r response) searchAfter(rng *rand.Rand, s Search, before []Seen) (seen []Seen, confirmed float64) {
	for {
		all := slices.Concat(before, seen)
		next, more := s.Next(all)
		if !more {
			return seen, s.Confirmed(all)
		}
		p, met := r.share(next.Load), make([]bool, next.Requests)
		for i := range met {
			met[i] = rng.Float64() < p
		}
		share := stat.Share(met, nil)
		overrun := p < 0.2
		t := Seen{Trial: stat.TrialOf(next.Load, share, next.Requests, math.Inf(1), overrun), Confirm: next.Confirm,
			Requests: next.Requests, Overrun: overrun}
		seen = append(seen, t)
	}
}

// Searches against known responses: a load is confirmed nearly always, near the limit, and hardly ever beyond it.
func TestSearchFindsAKnownLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	n, given, beyond, near := 0, 0, 0, 0
	for _, goal := range []float64{0.9, 0.95, 0.99} {
		for _, slope := range []float64{5, 10, 25, 60} {
			for range 8 {
				r := response{goal, math.Exp(rng.Float64()*6 - 2), slope}
				start := r.limit * math.Exp(2*rng.Float64()-1.5)
				_, got := r.search(rng, Search{Goal: goal, Loop: scenarios.Open, Start: start, Least: r.limit / 1000, Evidence: 1})
				n++
				if got > 0 {
					given++
				}
				if got > 1.03*r.limit {
					beyond++
				}
				if got > r.limit/1.1 {
					near++
				}
			}
		}
	}
	if given < n*97/100 || beyond > n*3/100 || near < n*85/100 {
		t.Errorf("of %d searches %d confirm a load, %d of them more than 3 %% beyond the limit, %d within 10 %% of it", n,
			given, beyond, near)
	}
}

// A search behind a ladder begins between its levels: it costs less, and claims no more than is held.
func TestASearchBeginsWithALadder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s := Search{Goal: 0.95, Loop: scenarios.Closed, Start: 4, Least: 1, Evidence: 1}
	asked := map[bool]int{}
	for _, ladder := range []bool{false, true} {
		beyond := 0
		for range 40 {
			r := response{s.Goal, 20 * math.Exp(rng.Float64()), 8}
			var before []Seen
			for load := 1.0; ladder && load <= 128; load *= 2 {
				met := int(r.share(load) * 1050)
				share := stat.Share(append(make([]bool, 1050-met), slices.Repeat([]bool{true}, met)...), nil)
				before = append(before, Seen{Trial: stat.TrialOf(load, share, 1050, math.Inf(1), false), Given: true,
					Requests: 1050})
			}
			seen, got := r.searchAfter(rng, s, before)
			if ladder && (seen[0].Load < r.limit/2 || seen[0].Load > r.limit*2) {
				t.Errorf("begins at %v, where %v is held", seen[0].Load, r.limit)
			}
			if got > 1.03*r.limit {
				beyond++
			}
			asked[ladder] += int(s.spent(seen))
		}
		if beyond > 2 {
			t.Errorf("after a ladder (%v): %d of 40 confirm more than is held", ladder, beyond)
		}
	}
	if asked[true] > asked[false]*19/20 {
		t.Errorf("%d requests after a ladder, %d without", asked[true], asked[false])
	}
}

// What a search asks for follows from what was seen: a search that was cut off goes on as if it had not been.
func TestSearchGoesOn(t *testing.T) {
	s := Search{Goal: 0.99, Loop: scenarios.Closed, Start: 4, Least: 1, Evidence: 1}
	seen, _ := response{0.99, 40, 12}.search(rand.New(rand.NewPCG(7, 8)), s)
	for i := range seen {
		next, more := s.Next(seen[:i])
		if !more || next.Load != seen[i].Load || next.Load != math.Round(next.Load) || next.Confirm != seen[i].Confirm {
			t.Fatalf("step %d asks for %+v, and was %+v", i+1, next, seen[i])
		}
	}
}

// A server that not even the least load is kept by is given up, and one that no load breaks is confirmed where it
// serves no more.
func TestSearchEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	s := Search{Goal: 0.99, Loop: scenarios.Open, Start: 4, Least: 0.1, Evidence: 1}
	for _, least := range []float64{0.1, 0.100051, 0.100049} { // played as 0.1, 0.1001 and 0.1
		s.Least = least
		if seen, got := (response{0.99, 0.001, 10}).search(rng, s); got != 0 || len(seen) > 5 {
			t.Errorf("a server that keeps nothing: %v confirmed after %d steps down to %v", got, len(seen), least)
		} else if says := s.ended(seen); !strings.HasSuffix(says, "not even 0.1/s") && !strings.HasSuffix(says, "0.1001/s") {
			t.Errorf("a server that keeps nothing: %s", says)
		}
	}
	seen := []Seen{}
	for load := 4.0; load <= 64; load *= 2 {
		t := stat.Trial{Load: load, Share: 1, N: 100, Requests: 100}
		seen = append(seen, Seen{Trial: t, Full: load > 16, Requests: 100})
	}
	if next, more := s.Next(seen); !more || !next.Confirm || next.Load != 64 {
		t.Errorf("nothing breaks up to 64, where no more is served: %+v", next)
	}
}

// A belief that is right spares requests; one that is wrong spares none, and makes no claim too sure.
func TestABeliefIsNoProof(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	play := func(of float64) (requests, beyond, given int) {
		for range 40 {
			r := response{0.95, 8, 8}
			s := Search{Goal: 0.95, Loop: scenarios.Open, Start: 3, Least: 0.01, Evidence: 1}
			if of > 0 {
				s.Belief = stat.Belief{Load: of * r.limit, Off: 0.045}
			}
			seen, got := r.search(rng, s)
			for _, t := range seen {
				requests += t.Requests
			}
			if got > 0 {
				given++
			}
			if got > 1.03*r.limit {
				beyond++
			}
		}
		return requests, beyond, given
	}
	without, _, _ := play(0)
	right, over, given := play(1)
	if right > without*3/4 || over > 2 || given < 39 {
		t.Errorf("a right belief: %d requests instead of %d, %d of 40 beyond, %d confirmed", right, without, over, given)
	}
	if _, over, given := play(1.5); over > 2 || given < 38 {
		t.Errorf("a wrong one: %d of 40 beyond, %d confirmed", over, given)
	}
}

// In a closed loop one in flight more is a great step where there are few: the search still ends with the whole number
// below the limit.
func TestASearchOfFewInFlight(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	n, right, beyond, none := 0, 0, 0, 0
	for _, limit := range []float64{1.3, 1.8, 3.6, 5.5} {
		for _, goal := range []float64{0.9, 0.99} {
			for _, slope := range []float64{2, 25} {
				for _, start := range []float64{1, 16} {
					s := Search{Goal: goal, Loop: scenarios.Closed, Start: start, Least: 1, Evidence: 1}
					_, got := response{goal, limit, slope}.search(rng, s)
					switch n++; {
					case got == math.Floor(limit):
						right++
					case got == 0:
						none++
					case got > limit:
						beyond++
					}
				}
			}
		}
	}
	if right < n*90/100 || beyond > n*3/100 || none > n*3/100 {
		t.Errorf("of %d searches %d find the limit, %d say more, %d nothing", n, right, beyond, none)
	}
}
