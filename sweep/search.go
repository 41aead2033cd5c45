package sweep

import (
	"math"
	"slices"

	"loadgen/scenarios"
	"loadgen/stat"
)

// A Search looks for the load that a target holds, step by step: short ones bracket it, some near the crossing tell
// where it is, and fresh longer ones confirm it. It begins with the levels of ladders that were played before it. What
// it asks for next depends on what was seen alone, so a search that was cut off goes on as if it had not been.
type Search struct {
	Goal     float64        // share of requests within the objective, below 1
	Loop     scenarios.Loop // closed: loads are whole numbers
	Start    float64        // the load that is tried first
	Least    float64        // the lowest that is tried
	Evidence float64        // how many requests a step brings, as a factor of the usual
	Within   float64        // s: what it may take; 0: as long as it needs
	Each     float64        // s: from a request to the next where one is in flight; 0: not known
	Belief   stat.Belief    // of the load, by other knowledge than the shares of its steps
}

// A Seen is what a step of a search showed.
type Seen struct {
	stat.Trial
	Confirm bool
	Given   bool // a level of a ladder before the search, to which it cost nothing
	Full    bool // the server serves no more than at the load below
	// it was ended early, since more requests were in flight than the objective could allow, or the server fell behind
	Overrun  bool
	Requests int     // judged
	Invalid  bool    // it cannot be trusted
	Took     float64 // s
	Rate     float64 // requests/s that were served
}

// keeps reports whether a step kept the goal.
func (t Seen) keeps(goal float64) bool { return t.Share >= goal && !t.Overrun }

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
	narrowed      = 1.4   // a bracket of such a factor is left to the line through all that was seen
	roughly       = 0.06  // of the logarithm of the load: from where on it is confirmed
	finely        = 0.028 // as well as it is to be known in the end
	valued        = 0.045 // and behind a ladder at least
	doubt         = 0.2   // standard deviations by which the crossing may yet move that a load to confirm is lower
	lower         = 0.97  // a load whose own step fell short is lowered to that share of it
	room          = 1.06  // a search goes on where so much more than is confirmed could be claimed
	beside        = 0.06  // of the logarithm of the load: how far beyond the believed one its other side is looked for
	probeAsks     = 150.0
	nearFirst     = 2 // steps near the crossing that only tell where it is
	nearMost      = 5 // steps near the crossing before a load is confirmed
	nearLeast     = 300.0
	confirmLeast  = 1000.0
	requestsMost  = 6000  // of a step at the default evidence
	searchAsks    = 6000  // of all steps together, but for what confirms at last
	valueAsks     = 18000 // of them behind a ladder, where the value is not known well before
	probeShare    = 0.04  // of the time given: what a step that shows the way may take at most
	confirmPart   = 0.6   // of the requests that are left: what a step that confirms may ask, that another can follow it
	confirmShare  = 0.6   // and what is left when a load is confirmed at the latest
	proofShare    = 0.6   // of what is left: what a step that confirms may take
	lastShare     = 0.1   // below which nothing more is begun
)

// Next tells the next step, or that the search has ended.
func (s Search) Next(seen []Seen) (next, bool) {
	good := trusted(seen)
	left, confirms := s.left(seen), confirming(good)
	switch {
	case searching(seen) >= searchMost || len(seen)-len(good) > untrustedMost || confirms >= confirmMost ||
		left < 0.02*s.Within:
		return next{}, false
	case len(good) == 0:
		return s.probe(good, s.Start, probeAsks), true
	}
	lowest, highest, keeps, breaks := ends(good, s.Goal)
	slowest := s.slowest(proofShare * left)
	switch {
	case !breaks && !fullAbove(good):
		return s.probe(good, s.towards(highest, highest*growth), probeAsks), true
	case !keeps && (s.atLeast(lowest) || slowest > lowest/narrowed):
		return next{}, false // not even a request by itself keeps the objective, or fewer would not come in time
	case !keeps:
		down := s.towards(lowest, lowest/growth/growth)
		return s.probe(good, math.Max(down, math.Max(s.Least, slowest)), probeAsks), true
	case !breaks:
		return next{Load: highest, Requests: s.requests(confirmLeast), Confirm: true}, s.Confirmed(good) == 0
	}
	c := stat.Cross(trialsOf(good), s.Goal, s.Belief)
	found, budget := s.confirmed(c, good), s.Evidence*searchAsks-s.spent(good)
	late := budget < confirmLeast*s.Evidence || left < confirmShare*s.Within
	if between, wide := s.between(good, c.Load); wide && !late && s.near(good)-confirms < nearMost {
		return s.probe(good, between, nearLeast), true
	}
	if found > 0 && (late || s.settled(c, found)) {
		more := s.more(good, c)
		return s.probe(good, c.Load, more), more > 0 && left > confirmShare*s.Within
	}
	first := nearFirst
	if s.Belief.Known() {
		first = 0 // where it is, is known already
	}
	if near := s.near(good); confirms == 0 && !late && near < nearMost &&
		(near < first && c.Off > finely || c.Off > roughly) {
		share := 0.5
		if near < first {
			share = 0.1
		}
		return s.probe(good, c.Load, math.Min(math.Max(s.asks(good, c, finely), nearLeast), share*budget)), true
	}
	return s.confirm(c, good, budget), !s.downToLeast(good) && left > lastShare*s.Within
}

// settled reports whether hardly more than is confirmed could be claimed, were the crossing known as well as it is to
// be in the end.
func (s Search) settled(c stat.Crossing, found float64) bool {
	return scenarios.Floor(s.Loop, claimAt(c, math.Min(c.Off, finely))) < room*found
}

// more is how many requests near the crossing are worth their time though a load is confirmed: behind a ladder, which
// is a good part of the run, those that leave the value known well.
func (s Search) more(seen []Seen, c stat.Crossing) float64 {
	budget := s.Evidence*valueAsks - s.spent(seen)
	if searching(seen) == len(seen) || c.Off <= valued || budget < confirmLeast*s.Evidence {
		return 0
	}
	return math.Max(nearLeast, math.Min(s.asks(seen, c, finely), 0.5*budget))
}

// towards is the next load on the way from one that is too low, or too high, to another: as far beyond where the load
// is believed to be as it may be off, that both its sides are seen.
func (s Search) towards(from, to float64) float64 {
	if !s.Belief.Known() {
		return to
	}
	beyond := s.Belief.Load * math.Exp(math.Copysign(s.Belief.Off+beside, to-from))
	least := from * math.Pow(to/from, 0.2)
	return math.Max(math.Min(beyond, math.Max(least, to)), math.Min(least, to))
}

// between is a load between the last that keeps the goal below the crossing and the first that breaks it above, where
// those lie so far apart that no line can be trusted to join them.
func (s Search) between(seen []Seen, crossing float64) (load float64, wide bool) {
	lo, hi := 0.0, math.Inf(1)
	for _, t := range seen {
		if t.keeps(s.Goal) && t.Load <= crossing {
			lo = math.Max(lo, t.Load)
		}
		if !t.keeps(s.Goal) && t.Load >= crossing {
			hi = math.Min(hi, t.Load)
		}
	}
	if lo == 0 || math.IsInf(hi, 1) || hi <= narrowed*lo || s.adjacent(lo, hi) {
		return 0, false
	}
	const inside = 1.1
	if load = s.whole(crossing); load < lo*inside || load > hi/inside {
		load = s.whole(math.Sqrt(lo * hi))
	}
	return load, load > lo && load < hi
}

// near counts the steps since both sides of the goal were seen.
func (s Search) near(seen []Seen) int {
	n := 0
	for i := range seen {
		if _, _, keeps, breaks := ends(seen[:i], s.Goal); keeps && breaks && !seen[i].Given {
			n++
		}
	}
	return n
}

func trusted(seen []Seen) []Seen {
	return slices.DeleteFunc(slices.Clone(seen), func(t Seen) bool { return t.Invalid })
}

// Confirmed is the highest load that a fresh step confirms: it was played at that load, or above, and its requests
// kept the goal, and by all steps together the load can be claimed, or below any that fell short the fresh one proves
// the goal by itself. 0: none.
func (s Search) Confirmed(seen []Seen) float64 {
	if seen = trusted(seen); confirming(seen) == 0 {
		return 0
	}
	return s.confirmed(stat.Cross(trialsOf(seen), s.Goal, s.Belief), seen)
}

func (s Search) confirmed(c stat.Crossing, seen []Seen) (load float64) {
	short := s.short(seen)
	for _, t := range seen {
		if t.Confirm && t.keeps(s.Goal) {
			load = math.Max(load, scenarios.Floor(s.Loop, c.Confirmed(t.Trial, short)))
		}
	}
	return load
}

// short is the lowest load whose step fell short of the goal; infinite where none did.
func (s Search) short(seen []Seen) float64 {
	lowest := math.Inf(1)
	for _, t := range seen {
		if !t.keeps(s.Goal) {
			lowest = math.Min(lowest, t.Load)
		}
	}
	return lowest
}

// fullAbove reports whether more load brings nothing and breaks nothing: two loads were served no faster than those
// below.
func fullAbove(seen []Seen) bool {
	n := 0
	for _, t := range seen {
		if t.Full {
			n++
		}
	}
	return n >= 2
}

// searching counts the search's own steps.
func searching(seen []Seen) (n int) {
	for _, t := range seen {
		if !t.Given {
			n++
		}
	}
	return n
}

// confirming counts the steps that confirm.
func confirming(seen []Seen) (n int) {
	for _, t := range seen {
		if t.Confirm {
			n++
		}
	}
	return n
}

// ends are the lowest and the highest load so far, and whether some load keeps the goal and some does not.
func ends(seen []Seen, goal float64) (lowest, highest float64, keeps, breaks bool) {
	lowest = math.Inf(1)
	for _, t := range seen {
		lowest, highest = math.Min(lowest, t.Load), math.Max(highest, t.Load)
		if t.keeps(goal) {
			keeps = true
		} else {
			breaks = true
		}
	}
	return lowest, highest, keeps, breaks
}

// asks is how many requests near the crossing leave it known as well as off.
func (s Search) asks(seen []Seen, c stat.Crossing, off float64) float64 {
	return math.Max(0, c.Asks(off, bunched(seen, c.Load)))
}

// confirm asks for a step at the highest load that can likely be claimed after it, below any whose own step fell short.
func (s Search) confirm(c stat.Crossing, seen []Seen, budget float64) next {
	n := math.Min(math.Max(s.asks(seen, c, finely), confirmLeast), requestsMost)
	n = math.Min(n, math.Max(confirmPart*budget, confirmLeast))
	n = math.Min(n, s.come(seen, c.Load, proofShare*s.left(seen)))
	after := c.After(n, bunched(seen, c.Load))
	move := math.Sqrt(math.Max(c.Off*c.Off-after*after, 0))
	load := s.under(seen, claimAt(c, after)*math.Exp(-doubt*move))
	return next{Load: s.whole(scenarios.Floor(s.Loop, load)), Requests: s.requests(n), Confirm: true}
}

// under is a load to confirm that lies below any whose own step fell short: one that is to confirm, or that shows it by
// itself. Where no whole number lies between such a load and one that kept the goal, it is that one.
func (s Search) under(seen []Seen, load float64) float64 {
	kept, fell := 0.0, math.Inf(1)
	for _, t := range seen {
		if !t.keeps(s.Goal) && (t.Confirm || t.Refutes(s.Goal)) {
			fell = math.Min(fell, t.Load)
		}
	}
	for _, t := range seen {
		if t.keeps(s.Goal) && t.Load < fell {
			kept = math.Max(kept, t.Load)
		}
	}
	if s.adjacent(kept, fell) {
		return kept
	}
	return math.Min(load, s.below(fell))
}

// below is the next lower load that is worth a step of its own.
func (s Search) below(load float64) float64 {
	if s.Loop == scenarios.Closed {
		return math.Min(lower*load, load-1)
	}
	return lower * load
}

// claimAt is the load that could be claimed, were the crossing known as well as off.
func claimAt(c stat.Crossing, off float64) float64 {
	return stat.Claim(c) * math.Exp(claimedBy*(c.Off-off))
}

// claimedBy is how many standard deviations below the crossing Low lies.
const claimedBy = 1.88

// bunched is how many requests near a load tell as much as one independent one, as a mean weighed by requests.
func bunched(seen []Seen, load float64) float64 {
	requests, independent := 0.0, 0.0
	for _, t := range seen {
		if math.Abs(math.Log(t.Load/load)) < 0.2 && !t.Overrun {
			requests, independent = requests+float64(t.Requests), independent+t.N
		}
	}
	if independent == 0 {
		return usualBunch
	}
	return math.Max(1, requests/independent)
}

const usualBunch = 5

// spent is how many requests of the search's own were judged.
func (s Search) spent(seen []Seen) float64 {
	n := 0
	for _, t := range seen {
		if !t.Given {
			n += t.Requests
		}
	}
	return float64(n)
}

// probe asks for a step that tells the way; one of as many requests as confirm may confirm too.
func (s Search) probe(seen []Seen, load, n float64) next {
	n = math.Min(n, s.come(seen, load, probeShare*s.Within))
	return next{Load: s.whole(load), Requests: s.requests(n), Confirm: n >= confirmLeast}
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
		return load / s.Each * seconds // at most: in flight together they take longer
	}
	near := seen[0]
	for _, t := range seen {
		if math.Abs(math.Log(t.Load/load)) < math.Abs(math.Log(near.Load/load)) {
			near = t
		}
	}
	return near.Rate * seconds
}

// slowest is the lowest load at which the fewest requests of a step come in so many seconds.
func (s Search) slowest(seconds float64) float64 {
	if s.Loop == scenarios.Closed {
		return s.fewest() * s.Each / seconds
	}
	return s.fewest() / seconds
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

// missesMost is how many of so many requests of a step that confirms may miss their objective: twice as many as the
// goal allows. Beyond, it has failed whatever comes.
func missesMost(goal float64, n int) int { return 20 + int(2*(1-goal)*float64(n)) }

// whole is a load that can be played.
func (s Search) whole(load float64) float64 {
	if s.Loop == scenarios.Closed {
		return math.Max(1, math.Round(load))
	}
	return scenarios.Rounded(math.Max(load, s.Least))
}

// atLeast reports whether no lower load is tried: the least one is played as it is rounded.
func (s Search) atLeast(load float64) bool { return load <= s.whole(s.Least)*1.0001 }

// downToLeast reports whether a step tried to confirm the least load, below which there is none.
func (s Search) downToLeast(seen []Seen) bool {
	return slices.ContainsFunc(seen, func(t Seen) bool { return t.Confirm && s.atLeast(t.Load) })
}

// adjacent reports whether no whole number lies between two loads of a closed loop.
func (s Search) adjacent(lo, hi float64) bool { return s.Loop == scenarios.Closed && hi-lo < 1.5 }

// trialsOf are the trials of what was seen, those of one load in one, as a report pools them.
func trialsOf(seen []Seen) []stat.Trial {
	var out []stat.Trial
	for _, t := range seen {
		i := slices.IndexFunc(out, func(o stat.Trial) bool { return o.Load == t.Load })
		if i < 0 {
			out = append(out, t.Trial)
			continue
		}
		o := &out[i]
		o.Share = (o.Share*o.Requests + t.Share*t.Trial.Requests) / (o.Requests + t.Trial.Requests)
		o.N, o.Requests = o.N+t.N, o.Requests+t.Trial.Requests
	}
	return out
}
