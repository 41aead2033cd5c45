package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/locale"
	"loadgen/scenarios"
	"loadgen/stat"
)

// enoughRepetitions is how many each side must have for a verdict (V20).
const enoughRepetitions = 4

// The names of what decides.
const (
	heldRate = "tok/s per GPU at the held load"
	peakRate = "peak tok/s per GPU"
	paceName = "TPOT p50"
)

// decide finds what the verdict rests on.
func (c *Comparison) decide(base, other *scenarios.Scenario) {
	hb, ho := c.Base.Held(base), c.Other.Held(other)
	breaks := func(h HeldLoad) bool { return h.State == Held || h.State == HeldNone }
	switch {
	case objectiveWords(base) != objectiveWords(other):
		c.Why = "the two sides were judged by different objectives"
	case hb.Loop != ho.Loop && (breaks(hb) || breaks(ho)):
		c.Why = "one side was loaded at rates and the other at requests in flight, so that their held loads have no ratio"
	case hb.Known() && ho.Known() && (breaks(hb) || breaks(ho)):
		c.Why = "the load held within the objective"
		c.Decisive = []MetricRatio{c.heldRatio(base, other, hb, ho)}
	default:
		c.Why = "the highest throughput, and the pace at the highest load in common, since no objective breaks on either side"
		if c.Decisive = c.peaks(); len(c.Decisive) == 0 {
			c.Why = "the runs have no level that can be compared"
		}
	}
}

// What a ratio says of a side whose limit was not reached.
const (
	baselineBound = "baseline is a lower bound"
	variantBound  = "variant is a lower bound"
)

// heldRatio is other ÷ base of what is served per GPU at the held load. A side that holds nothing counts as nothing.
// What the ratio is off its repetitions' own, read by a line each, is part of how well it is known: it hangs on how
// held loads are read.
func (c *Comparison) heldRatio(base, other *scenarios.Scenario, hb, ho HeldLoad) MetricRatio {
	r := MetricRatio{Name: heldRate, HigherGood: true, Base: hb.AtValue.Output / float64(c.Base.GPUs()),
		Other: ho.AtValue.Output / float64(c.Other.GPUs())}
	switch {
	case hb.State == HeldAtLeast:
		r.Bound = baselineBound
	case ho.State == HeldAtLeast:
		r.Bound = variantBound
	}
	if hb.State == HeldNone || ho.State == HeldNone {
		return r.withoutRatio(hb, ho)
	}
	b, o := heldRepeated(c.Base, base, hb), heldRepeated(c.Other, other, ho)
	apart := 0.0 // of searches it stays so: they tell themselves how well they know their lines
	if own := paired(b, o).logs; len(own) > 0 && !hb.Searched && !ho.Searched {
		apart = math.Log(ho.AtValue.Output/hb.AtValue.Output) - stat.Mean(own)
	}
	r.spread(math.Hypot(apart, deviation(b, o, BetweenStarts)))
	return r
}

// withoutRatio judges a side that holds nothing: the other is better where it proves that it holds something.
func (r MetricRatio) withoutRatio(hb, ho HeldLoad) MetricRatio {
	nan := math.NaN()
	r.Ratio, r.Says = stat.Interval{Value: nan, Lo: nan, Hi: nan}, NoneShown
	switch {
	case hb.State == HeldNone && ho.State == HeldNone:
		r.Bound = "neither holds anything"
	case hb.State == HeldNone:
		r.Bound = "baseline holds nothing"
		if ho.Proven() {
			r.Says = Better
		}
	default:
		r.Bound = "variant holds nothing"
		if hb.Proven() {
			r.Says = Worse
		}
	}
	return r
}

// heldRepeated is the rate at a target's held load in each of its repetitions.
func heldRepeated(t *TargetStudy, sc *scenarios.Scenario, h HeldLoad) repeated {
	out := repeated{within: 0.1}
	for _, rep := range t.apart(t.Points) {
		alone := *t
		alone.Points = rep.points
		out.add(alone.HeldIn(sc, h.Loop, "").AtValue.Output, rep.start)
	}
	switch {
	case h.Line != nil:
		out.within = h.Line.Off
	case h.Proven() && h.AtLower.Output > 0:
		out.within = math.Max(math.Log(h.AtValue.Output/h.AtLower.Output)/1.96, 0.01)
	}
	return out
}

// AtHeld is the common level at which the baseline first breaks its objective, else the highest within its held load,
// else the lowest that can be compared; without an objective the highest. Levels of the loop that the held load is of
// come first.
func (c Comparison) AtHeld(sc *scenarios.Scenario) (best LevelComparison, ok bool) {
	h := c.Base.Held(sc)
	most := h.Value
	switch {
	case !h.Known():
		most = math.Inf(1)
	case h.Above != nil:
		most = h.Above.Level
	}
	for _, l := range c.Levels {
		if l.Not != "" || len(l.Ratios) == 0 {
			continue
		}
		inside := slices.ContainsFunc(c.Other.Points, func(p *Point) bool {
			return p.Label == l.Label && p.Level <= most && (!h.Known() || p.Loop == h.Loop)
		})
		if !ok || inside {
			best, ok = l, true
		}
	}
	return best, ok
}

// peaks compare the highest throughput per GPU of either side, and TPOT p50 at the highest load that both played.
func (c *Comparison) peaks() (out []MetricRatio) {
	b, o := peak(c.Base), peak(c.Other)
	if b != nil && o != nil {
		if r, ok := (number{peakRate, true, false, ratePerGPU}).ratio(c, b, o); ok {
			out = append(out, r)
		}
	}
	for i := len(c.Levels) - 1; i >= 0; i-- {
		j := slices.IndexFunc(c.Levels[i].Ratios, func(r MetricRatio) bool { return r.Name == paceName })
		if j < 0 {
			continue
		}
		r := c.Levels[i].Ratios[j]
		r.Name = paceName + " at " + c.Levels[i].Label
		return append(out, r)
	}
	return out
}

func peak(t *TargetStudy) (best *Point) {
	for _, p := range t.Points {
		if p.Trusted() && (best == nil || p.OutputRate.Value > best.OutputRate.Value) {
			best = p
		}
	}
	return best
}

// judgeAll judges what decides over all targets, and every other number over all levels, corrected for how many there
// are (Holm 1979): so that of many equal ones not one is called different by chance.
func judgeAll(all []Comparison) {
	var decisive, rest []*MetricRatio
	for i := range all {
		for k := range all[i].Decisive {
			if r := &all[i].Decisive[k]; !math.IsNaN(r.Ratio.Value) {
				decisive = append(decisive, r)
			}
		}
		for k := range all[i].Levels {
			for j := range all[i].Levels[k].Ratios {
				rest = append(rest, &all[i].Levels[k].Ratios[j])
			}
		}
	}
	holm(decisive)
	holm(rest)
	for i := range all {
		all[i].conclude()
	}
}

// holm fills the judgements of ratios, the most certain first, each tested at 5 % ÷ those that are left.
func holm(ratios []*MetricRatio) {
	z := func(r *MetricRatio) float64 { return math.Abs(math.Log(r.Ratio.Value)) / r.deviation }
	slices.SortStableFunc(ratios, func(a, b *MetricRatio) int { return -cmp.Compare(z(a), z(b)) })
	open := true
	for i, r := range ratios {
		limit := distuv.UnitNormal.Quantile(1 - 0.025/float64(len(ratios)-i))
		open = open && z(r) > limit
		r.Says = judge(r.Ratio, r.HigherGood, open)
	}
}

// judge needs both for a difference: a test that excludes chance, and a size that matters. Equivalent is a whole
// interval within what does not matter.
func judge(r stat.Interval, higherGood, different bool) Judgement {
	switch {
	case r.Lo > 1-Material && r.Hi < 1+Material:
		return Equivalent
	case different && r.Value >= 1+Material:
		return goodWhen(higherGood)
	case different && r.Value <= 1-Material:
		return goodWhen(!higherGood)
	}
	return NoneShown
}

func goodWhen(good bool) Judgement {
	if good {
		return Better
	}
	return Worse
}

// conclude is the verdict over what decides.
func (c *Comparison) conclude() {
	says := map[Judgement]int{}
	for _, r := range c.Decisive {
		says[r.Says]++
	}
	n := len(c.Decisive)
	switch {
	case n == 0:
		c.Verdict = Inconclusive
	case min(c.BaseEvidence.Repetitions, c.OtherEvidence.Repetitions) < enoughRepetitions:
		c.leaveOpen(fmt.Sprintf("a verdict needs %d repetitions a side, here are %d and %d", enoughRepetitions,
			c.BaseEvidence.Repetitions, c.OtherEvidence.Repetitions))
	case says[Better] > 0 && says[Worse] > 0:
		c.Verdict = Mixed
	case says[Worse] > 0 && !c.bounded(variantBound):
		c.Verdict = Worse
	case says[Better] > 0 && !c.bounded(baselineBound):
		c.Verdict = Better
	case says[Equivalent] == n:
		c.Verdict = Equivalent
	default:
		c.leaveOpen(c.undecided())
	}
}

// leaveOpen is the verdict that there is none: why, what would decide, and what was judged.
func (c *Comparison) leaveOpen(why string) {
	c.Verdict = Inconclusive
	c.Why = fmt.Sprintf("%s; %s; judged by %s", why, c.need(), c.Why)
}

// undecided is why what decides shows neither a difference nor its absence.
func (c *Comparison) undecided() string {
	for _, r := range c.Decisive {
		switch {
		case r.Says == Equivalent:
		case r.open():
			return fmt.Sprintf("%s, so that the ratio is open", r.Bound)
		case r.Ratio.Lo >= 1+Material || r.Ratio.Hi <= 1-Material:
			return fmt.Sprintf("of %s chance is not excluded at 5 %% over all that is judged (Holm)", r.Name)
		default:
			return fmt.Sprintf("the ratio of %s may be one that matters (5 %%) or one that does not", r.Name)
		}
	}
	return ""
}

// bounded reports whether one side's number is a bound only, so that it may be better than it looks.
func (c *Comparison) bounded(by string) bool {
	return slices.ContainsFunc(c.Decisive, func(r MetricRatio) bool { return r.Bound == by })
}

// open reports whether repetitions decide nothing: a side holds nothing, or the one that looks worse may hold more than
// was played.
func (r MetricRatio) open() bool {
	switch r.Bound {
	case "":
		return false
	case baselineBound:
		return r.Ratio.Value >= 1
	case variantBound:
		return r.Ratio.Value <= 1
	}
	return true
}

// need is how many starts and minutes a side would decide what is open: its interval as narrow as the ratio is off, or
// as what does not matter.
func (c *Comparison) need() string {
	var starts int
	for _, r := range c.Decisive {
		if r.open() {
			return "higher levels, until the objective breaks on both sides, or lower ones where it is never met, would " +
				"decide it"
		}
		off := math.Abs(math.Log(r.Ratio.Value))
		room := math.Max(off, math.Log(1+Material)-off)
		starts = max(starts, int(math.Ceil(2*math.Pow(1.96*math.Max(r.deviation/math.Sqrt2, BetweenStarts)/room, 2))))
	}
	starts = max(starts, 2)
	repetitions := max(starts, enoughRepetitions)
	lasts := max(repetitionLasts(c.Base), repetitionLasts(c.Other)) * time.Duration(repetitions)
	return fmt.Sprintf("about %d starts a side, with %d repetitions over them, would decide it: %s a side", starts,
		repetitions, locale.English.Length(lasts))
}

// repetitionLasts is how long a target's levels were played, once each.
func repetitionLasts(t *TargetStudy) (all time.Duration) {
	for _, p := range t.Points {
		for _, s := range p.Steps {
			all += s.Window.Drained
		}
	}
	return all / time.Duration(max(1, evidence(t).Repetitions))
}
