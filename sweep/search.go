package sweep

import (
	"math"
	"slices"

	"loadgen/scenarios"
	"loadgen/stat"
)

// A Search looks for the load that a target holds, step by step: short ones bracket it, some near the crossing tell where it is, and
// fresh longer ones confirm it, lower each time until one does. What it asks for next depends on what was seen alone, so a
// search that was cut off goes on as if it had not been.
type Search struct {
	Goal     float64        // share of requests within the objective, below 1
	Loop     scenarios.Loop // closed: loads are whole numbers
	Start    float64        // the load that is tried first
	Least    float64        // the lowest that is tried
	Evidence float64        // how many requests a step brings, as a factor of the usual
	Within   float64        // s: what it may take; 0: as long as it needs
}

// A Seen is what a step of a search showed.
type Seen struct {
	stat.Trial
	Confirm  bool
	Proven   bool    // the share's lower bound is at or above the goal
	Full     bool    // the server serves no more than at the load below
	Overrun  bool    // it was ended early, since more requests were in flight than the objective could allow
	Requests int     // judged
	Lives    float64 // how many answers' lengths its window held
	Invalid  bool    // it cannot be trusted
	Took     float64 // s
	Rate     float64 // requests/s that were served
}

// A next is the step that a search asks for.
type next struct {
	Load     float64
	Requests int
	Confirm  bool
}

// Bounds of a search.
const (
	untrustedMost = 3  // steps that cannot be trusted: more will not be either
	searchMost    = 24 // steps
	confirmMost   = 8  // of them that confirm
	growth        = 2.0
	narrowed      = 1.25 // a bracket of such a factor is left to the line through all that was seen
	nearMost      = 3    // steps near the crossing before it is confirmed
	nearEnough    = 0.02 // of the logarithm of the load, as well as it needs to be known
	certainty     = 0.85 // how likely a confirming step should prove the goal
	closeBelow    = 0.94 // of the crossing: a load that is near enough to it to be confirmed without more requests
	lower         = 0.96 // a load that was not confirmed is lowered to that share of it, or
	lowest        = 0.9  // to as little
	failedMore    = 0.5  // requests, as a share, that each step which did not confirm adds to the next
	firstLow      = 0.85 // of the crossing: the lowest that is confirmed first
	probeShare    = 0.04 // of the time given: what a step that shows the way may take at most
	confirmShare  = 0.6  // and what is left when a load is confirmed at the latest
	proofShare    = 0.6  // of what is left: what a step that confirms may take
	lastShare     = 0.15 // below which nothing more is begun
	perLife       = 10   // independent requests at most in an answer's length

	bunchedMost  = 30   // requests that tell as much as one, at most
	requestsMost = 8000 // of a step at the default evidence
	usualProof   = 5000 // and of one that confirms, unless requests hang together so much that these prove nothing
)

// next tells the next step, or that the search has ended.
func (s Search) Next(seen []Seen) (next, bool) {
	good := slices.DeleteFunc(slices.Clone(seen), func(t Seen) bool { return t.Invalid })
	confirms, last := confirming(good)
	switch {
	case len(seen) >= searchMost || len(seen)-len(good) > untrustedMost:
		return next{}, false
	case last != nil && last.Proven, confirms >= confirmMost:
		return next{}, false
	}
	left := s.left(seen)
	if last != nil {
		return s.confirm(stat.Cross(trialsOf(good), s.Goal), good, last), !s.atLeast(last.Load) && left > lastShare*s.Within
	}
	if left < 0.02*s.Within {
		return next{}, false
	}
	lo, hi := s.bracket(good)
	switch {
	case len(good) == 0:
		return s.probe(good, s.Start, 0.12), true
	case hi == nil && fullAbove(good):
		return next{Load: lo.Load, Requests: s.requests(stat.ProofAsks(s.Goal, 0.35)), Confirm: true}, true
	case hi == nil:
		return s.probe(good, lo.Load*growth, 0.12), true
	case lo == nil && s.atLeast(hi.Load):
		return next{}, false // not even a request by itself keeps the objective
	case lo == nil:
		return s.probe(good, math.Max(hi.Load/growth/growth, s.Least), 0.12), true
	case left < confirmShare*s.Within:
		return s.confirm(stat.Cross(trialsOf(good), s.Goal), good, nil), true
	case hi.Load/lo.Load > narrowed && !s.adjacent(lo.Load, hi.Load):
		return s.probe(good, s.between(good, lo.Load, hi.Load), 0.12), true
	}
	c := stat.Cross(trialsOf(good), s.Goal)
	if c.Off > nearEnough && s.nearby(good, c.Load) < nearMost && len(good) < searchMost-confirmMost && !s.adjacent(lo.Load, hi.Load) {
		return s.probe(good, c.Load, 0.3), true
	}
	return s.confirm(c, good, nil), true
}

// fullAbove reports whether more load brings nothing and breaks nothing: two loads were served no faster than those below.
func fullAbove(seen []Seen) bool {
	n := 0
	for _, t := range seen {
		if t.Full {
			n++
		}
	}
	return n >= 2
}

// confirming counts the steps that confirm, and gives the latest.
func confirming(seen []Seen) (n int, last *Seen) {
	for i := range seen {
		if seen[i].Confirm {
			n, last = n+1, &seen[i]
		}
	}
	return n, last
}

// bracket is the highest load that keeps the goal below the lowest that does not, and that one; nil where there is none.
func (s Search) bracket(seen []Seen) (lo, hi *Seen) {
	for i := range seen {
		if t := &seen[i]; (t.Share < s.Goal || t.Overrun) && (hi == nil || t.Load < hi.Load) {
			hi = t
		}
	}
	for i := range seen {
		if t := &seen[i]; t.Share >= s.Goal && !t.Overrun && (hi == nil || t.Load < hi.Load) && (lo == nil || t.Load > lo.Load) {
			lo = t
		}
	}
	return lo, hi
}

// between is a load inside a bracket, where the line through what was seen has the crossing, and not too near its ends.
func (s Search) between(seen []Seen, lo, hi float64) float64 {
	at := stat.Cross(trialsOf(seen), s.Goal).Load
	return math.Min(math.Max(at, lo*math.Pow(hi/lo, 0.25)), lo*math.Pow(hi/lo, 0.75))
}

// nearby counts the steps within a tenth of a load.
func (s Search) nearby(seen []Seen, load float64) (n int) {
	for _, t := range seen {
		if math.Abs(math.Log(t.Load/load)) < 0.1 {
			n++
		}
	}
	return n
}

// confirm asks for a step at the highest load that is likely to prove the goal, below any that failed to. Where the share falls slowly with
// the load it asks for more requests, so that the load need not be much lower.
func (s Search) confirm(c stat.Crossing, seen []Seen, last *Seen) next {
	hang := bunched(seen, c.Load)
	enough := math.Min(s.come(seen, c.Load, proofShare*s.left(seen)), math.Max(usualProof, 1.3*stat.ProofAsks(s.Goal, 1)*hang))
	var load, n float64
	for _, margin := range []float64{0.5, 0.35, 0.25} {
		n = math.Min(1.2*stat.ProofAsks(s.Goal, margin)*hang, enough)
		load = c.Load
		for load > c.Load*firstLow && c.Proof(load, n/hang) < certainty {
			load *= 0.99
		}
		if load > closeBelow*c.Load || n >= enough {
			break
		}
	}
	if fails, _ := confirming(seen); last != nil {
		n = math.Min(n*(1+failedMore*float64(fails)), math.Max(n, enough)) // the share falls more slowly than was thought
		load = math.Max(math.Min(load, last.Load*lower), last.Load*lowest)
	}
	return next{Load: s.whole(load), Requests: s.requests(n), Confirm: true}
}

// bunched is how many requests near a load tell as much as one independent one, within bounds: that is known badly itself.
func bunched(seen []Seen, load float64) float64 {
	most := 1.0
	for _, t := range seen {
		if math.Abs(math.Log(t.Load/load)) < 0.15 && !t.Overrun {
			most = math.Max(most, float64(t.Requests)/t.independent())
		}
	}
	return math.Min(most, bunchedMost)
}

// probe asks for a step that tells the way.
func (s Search) probe(seen []Seen, load, share float64) next {
	n := math.Min(share*stat.ProofAsks(s.Goal, 0.2), s.come(seen, load, probeShare*s.Within))
	return next{Load: s.whole(load), Requests: s.requests(n)}
}

// left is how much of its time a search has left, s; infinite where nobody gave a time.
func (s Search) left(seen []Seen) float64 {
	if s.Within == 0 {
		return math.Inf(1)
	}
	took := 0.0
	for _, t := range seen {
		took += t.Took
	}
	return s.Within - took
}

// come is how many requests come at a load in so many seconds; infinite where that is not known, or does not matter.
func (s Search) come(seen []Seen, load, seconds float64) float64 {
	switch {
	case s.Within == 0:
		return math.Inf(1)
	case s.Loop == scenarios.Open:
		return load * seconds
	case len(seen) == 0:
		return math.Inf(1)
	}
	near := seen[0]
	for _, t := range seen {
		if math.Abs(math.Log(t.Load/load)) < math.Abs(math.Log(near.Load/load)) {
			near = t
		}
	}
	return near.Rate * seconds
}

func (s Search) requests(n float64) int {
	return int(math.Round(math.Min(math.Max(s.Evidence*n, s.fewest()), s.Evidence*requestsMost)))
}

// fewest is how many requests a step brings at least.
func (s Search) fewest() float64 {
	if s.Within > 0 {
		return 30
	}
	return 100
}

// independent is how many independent requests a step stands for: those of one answer's length hang together whatever they show.
func (t Seen) independent() float64 {
	return math.Max(1, math.Min(t.N, perLife*t.Lives))
}

// MissesMost is how many of so many requests may miss their objective at most where their share is to be proven: beyond, a step that
// confirms has failed whatever comes.
func MissesMost(goal float64, n int) int {
	most := int((1 - goal) * float64(n))
	for most > 0 && stat.ProvenBy(n, most) < goal {
		most--
	}
	return most
}

// whole is a load that can be played.
func (s Search) whole(load float64) float64 {
	if s.Loop == scenarios.Closed {
		return math.Max(1, math.Round(load))
	}
	return scenarios.Rounded(math.Max(load, s.Least))
}

// atLeast reports whether no lower load is tried.
func (s Search) atLeast(load float64) bool { return load <= s.Least*1.0001 }

// adjacent reports whether no whole number lies between two loads of a closed loop.
func (s Search) adjacent(lo, hi float64) bool { return s.Loop == scenarios.Closed && hi-lo < 1.5 }

func trialsOf(seen []Seen) []stat.Trial {
	var out []stat.Trial
	for _, t := range seen {
		t.Trial.N = t.independent()
		out = append(out, t.Trial)
	}
	return out
}
