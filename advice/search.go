package advice

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/scenarios"
	"loadgen/stat"
)

const (
	worthwhile = 1.02 // a smaller gain is not worth a change
	nearlyBest = 0.97 // of the best value: there the milder change is taken
	looked     = 4    // candidates whose intervals are worked out
)

// A yardstick is what changes are measured by: requests/s at the held load, or without an objective tokens/s at the
// highest load played.
type yardstick struct {
	goal    float64 // share; 0: there is no objective
	highest float64 // load played
	guess   float64 // of the held load
}

func newYardstick(a *Advice, c *calibration) yardstick {
	y := yardstick{goal: a.goal(), highest: c.highest, guess: a.Held.Value}
	if y.guess <= 0 {
		y.guess = c.levels[0].Level
	}
	return y
}

// value is what a model brings by the yardstick, and how it comes to it.
func (y yardstick) value(m *model) (float64, capacity) {
	if y.goal == 0 {
		o := m.play(y.highest)
		return o.output, capacity{load: y.highest, requests: o.requests, output: o.output}
	}
	held := m.held(y.goal, y.guess)
	return held.requests, held
}

// metric names the yardstick.
func (y yardstick) metric() string {
	if y.goal == 0 {
		return "output_tokens_per_s"
	}
	return "held_load"
}

// A scored is a candidate with what it brings.
type scored struct {
	candidate
	value, ratio float64
	held         capacity
	effect       stat.Interval
}

// search fills an advice from a calibrated model.
func search(s *analysis.Study, a *Advice, c *calibration) {
	central := c.with(c.posterior.Best)
	y := newYardstick(a, c)
	base, held := y.value(central)
	y.guess = cmp.Or(held.load, y.guess)
	a.refine(c, central)
	a.Grade = c.grade(a)
	a.describe(c, held)
	if a.Held.State == analysis.HeldAtLeast && (held.open || !a.Held.Below.Queued()) {
		a.Bottleneck = "none" // nothing breaks, and nothing waits: that it soon would is the model's word alone
		return
	}
	if a.contradicted(held) {
		return
	}
	singles := y.score(central, base, slices.Concat(valuesOf(central.candidates(s, a.Target))...))
	all := slices.Concat(singles, y.score(central, base, pairs(singles)))
	y.intervals(c, all, worthwhile)
	a.choose(y, c, central, all, all[:len(singles)])
	if a.Held.State == analysis.HeldNone && base <= 0 && len(a.Changes) == 0 {
		a.Says += "; no setting that was examined would meet it"
		return
	}
	if len(a.Changes)+len(a.TradeOffs) > 0 && !c.machine.Measured() {
		a.Because = append(a.Because, fmt.Sprintf("effects' bounds take the model to be off %s times as far as usual, since "+
			"nobody timed %s on the %s", rounded(unmeasured), c.machine.What(), c.machine.Card.Name))
	}
	a.bottleneck(y, c, central, base, held)
}

// contradicted reports whether the calibrated model puts the breaking of the objective outside of what was played,
// where the run has it: then no setting is judged by that model.
func (a *Advice) contradicted(held capacity) bool {
	if a.Held.State != analysis.Held || !held.none && !held.open {
		return false
	}
	a.Says += "; the step model, calibrated to this run, does not see it break there, so that no setting is judged by it"
	a.Grade = analysis.GradeD
	a.Lift = "play the setting that is in question, and compare"
	return true
}

// provable is the highest share that a model of some hundred requests is asked for: all of them are no statistic.
const provable = 0.995

// goal is the share that a model is asked for; 0: there is no objective.
func (a *Advice) goal() float64 {
	if !a.Held.Known() {
		return 0
	}
	return min(a.Held.Goal, provable)
}

func valuesOf(by map[string][]candidate) (out [][]candidate) {
	var flags []string
	for f := range by {
		flags = append(flags, f)
	}
	slices.Sort(flags)
	for _, f := range flags {
		out = append(out, by[f])
	}
	return out
}

// score plays candidates and orders them, the best first. Those that serve what the present settings do are not
// searched again.
func (y yardstick) score(m *model, base float64, candidates []candidate) []scored {
	marks := make([]string, len(candidates))
	each(len(marks), func(i int) { marks[i] = y.mark(candidates[i].apply(m)) })
	found := map[string]*scored{y.mark(m): {value: base}}
	var open []*scored
	for i, c := range candidates {
		if found[marks[i]] == nil {
			open = append(open, &scored{candidate: c})
			found[marks[i]] = open[len(open)-1]
		}
	}
	each(len(open), func(i int) { open[i].value, open[i].held = y.value(open[i].apply(m)) })
	out := make([]scored, len(candidates))
	for i, c := range candidates {
		out[i] = *found[marks[i]]
		out[i].candidate, out[i].ratio = c, gain(out[i].value, base)
	}
	slices.SortStableFunc(out, func(a, b scored) int { return -cmp.Compare(a.value, b.value) })
	return out
}

// gain is what a value brings over another, as a ratio; from nothing to something it is infinite.
func gain(value, base float64) float64 {
	switch {
	case base > 0:
		return value / base
	case value > 0:
		return math.Inf(1)
	}
	return 1
}

// mark is what a model does with some requests at the held load and a quarter above: models with one mark serve the
// same to the last digit.
func (y yardstick) mark(m *model) string {
	h := fnv.New128a()
	loads := []float64{y.highest}
	if y.goal > 0 {
		loads = []float64{y.guess, 1.25 * y.guess}
	}
	for _, load := range loads {
		for _, a := range m.play(load).answers {
			fmt.Fprint(h, a.ttft, a.e2e, a.gap)
		}
	}
	return string(h.Sum(nil))
}

// pairs joins the best change of each flag with the best of each other.
func pairs(singles []scored) []candidate {
	var best []scored
	for _, c := range singles {
		if !slices.ContainsFunc(best, func(b scored) bool { return b.changes[0].Flag == c.changes[0].Flag }) {
			best = append(best, c)
		}
	}
	var out []candidate
	for i := range best {
		for j := range i {
			if !best[i].touches(best[j]) && best[i].ratio > 0.98 && best[j].ratio > 0.98 &&
				(best[i].ratio > worthwhile || best[j].ratio > worthwhile) {
				out = append(out, best[j].and(best[i].candidate))
			}
		}
	}
	return out
}

// touches reports whether two candidates change one flag.
func (c candidate) touches(o scored) bool {
	return slices.ContainsFunc(c.changes, func(x Change) bool {
		return slices.ContainsFunc(o.changes, func(y Change) bool { return x.Flag == y.Flag })
	})
}

// intervals works out the effect of the best candidates that bring at least so much: the spread over coefficients that
// the run leaves open, and over what the model could not follow.
func (y yardstick) intervals(c *calibration, all []scored, least float64) {
	var these []*scored
	for i := range all {
		if all[i].ratio > least && len(these) < looked {
			these = append(these, &all[i])
		}
	}
	if len(these) == 0 {
		return
	}
	logs := make([][][orders]float64, len(these))
	for i := range logs {
		logs[i] = make([][orders]float64, draws)
	}
	central, models := c.with(c.posterior.Best), c.drawn(y.goal)
	each(draws*orders, func(k int) {
		d, order := k/orders, k%orders
		m := *models[d]
		m.seed += uint64(order * draws)
		base, held := y.value(&m)
		for i, s := range these {
			inside := y
			if held.load > 0 && s.held.load > 0 {
				// as far from the central one as the present settings are
				inside.guess = s.held.load * held.load / y.guess
			}
			v, _ := inside.value(s.apply(&m))
			logs[i][d][order] = effect(v, base)
		}
	})
	for i, s := range these {
		off := replayNoise
		if central.splits(s.apply(central)) {
			off = math.Hypot(off, unsplit)
		}
		s.effect = c.interval(logs[i], off)
	}
}

// effect is the logarithm of what a value brings over another; from nothing to something it is the most that is told.
func effect(value, base float64) float64 {
	return clamp(math.Log(math.Max(value, 1e-9)/math.Max(base, 1e-9)), -most, most)
}

// interval is the 95 % interval of a ratio from the logarithms that draws gave, each with two orders of requests. What
// the orders of one draw differ by is chance of the replays, which their mean mostly loses: it is taken out of what
// draws differ by (one-way analysis of variance). The misfit of the calibration bends an effect in proportion to its
// size; off is what the logarithm may be off beside.
func (c *calibration) interval(logs [][orders]float64, off float64) stat.Interval {
	n := float64(len(logs))
	var means []float64
	chance := 0.0
	for _, l := range logs {
		means = append(means, (l[0]+l[1])/2)
		chance += (l[0] - l[1]) * (l[0] - l[1]) / 2 / n
	}
	centre, between := stat.Mean(means), 0.0
	for _, m := range means {
		between += (m - centre) * (m - centre) / (n - 1)
	}
	if centre == 0 && between == 0 && chance == 0 { // the engine serves the same to the last digit
		return stat.Interval{Value: 1, Lo: 1, Hi: 1}
	}
	drawn := math.Max(0, between-chance/orders)
	half := 1.96 * math.Hypot(math.Sqrt(drawn+between/n), math.Hypot(off, c.bends()*centre))
	return stat.Interval{Value: math.Exp(centre), Lo: math.Exp(centre - half), Hi: math.Exp(centre + half)}
}

// bends is by which share of an effect the model may bend it: more where it follows the run badly, or where nobody
// timed the card with this quantisation.
func (c *calibration) bends() float64 {
	share := misfitShare * clamp(c.posterior.Spread, 1, misfit)
	if !c.machine.Measured() {
		share *= unmeasured
	}
	return share
}

const (
	unmeasured  = 1.25 // how much further it is off on a card that nobody timed (docs/validation.md, Another card's)
	replayNoise = 0.02 // of a ratio of two held loads of one model, beside what two orders of requests show
	// beside it where prompts that the run served whole would be split: of 18 such changes in 200 worlds six lay outside
	// of an interval without it, two of them told as 5 and 11 % that cost 13 and 31 (docs/studies.md)
	unsplit     = 0.05
	misfitShare = 0.12 // of the effect, at residuals as expected
	// the logarithm of an effect that is told at most: from nothing held to something there is no ratio
	most = 3
)

// choose advises the best change whose interval excludes no gain, else prints the single ones that gain as trade-offs.
func (a *Advice) choose(y yardstick, c *calibration, m *model, all, singles []scored) {
	certain := 1.005 // as it is printed
	if y.goal == 0 && a.rising() || y.goal > 0 && a.Held.State == analysis.HeldAtLeast {
		certain = 1 + analysis.Material // nobody asked for more: a change must be clearly worth it
	}
	if best, ok := surest(all, certain); ok {
		if a.Grade == analysis.GradeB && m.splits(best.apply(m)) {
			a.Grade, a.Lift = analysis.GradeC, "prompts that this run served in one step would be split into several: play the "+
				"advised setting, and compare"
		}
		a.Changes = y.told(a, c, m, best)
		return
	}
	for _, s := range singles {
		if s.ratio > worthwhile && s.effect.Value > worthwhile && len(a.TradeOffs) < 2 {
			a.TradeOffs = append(a.TradeOffs, tradeOff(y.told(a, c, m, s)))
		}
	}
}

// surest is the best of the worthwhile changes whose interval lies above what is certain, of nearly equal ones the
// mildest. Where several hold all the load that is asked about, what they bring ends there: of those the one that keeps
// more of its requests is better.
func surest(all []scored, certain float64) (chosen scored, ok bool) {
	sure := slices.DeleteFunc(slices.Clone(all), func(s scored) bool {
		return !(s.effect.Value > worthwhile && s.effect.Lo > certain)
	})
	if len(sure) == 0 {
		return scored{}, false
	}
	best := slices.MaxFunc(sure, func(p, q scored) int {
		if p.held.open && q.held.open && p.percent() != q.percent() {
			return cmp.Compare(p.percent(), q.percent())
		}
		return cmp.Compare(p.effect.Value, q.effect.Value)
	})
	chosen = best
	for _, s := range sure {
		if s.effect.Value >= nearlyBest*best.effect.Value && s.percent() >= best.percent() && milder(s, chosen) {
			chosen = s
		}
	}
	return chosen, true
}

// percent is how much is kept at the highest load that is asked about, in whole per cent; 0 where that is not held.
func (s scored) percent() int { return int(math.Round(100 * s.held.met)) }

// tradeOff is a change with the one that it needs beside it.
func tradeOff(changes []Change) Change {
	c := changes[0]
	for _, with := range changes[1:] {
		c.With = fmt.Sprintf("%s %v → %v", with.Flag, analysis.Value(with.From), analysis.Value(with.To))
	}
	return c
}

// milder prefers fewer changes, then the value nearer to the present one.
func milder(a, b scored) bool {
	if len(a.changes) != len(b.changes) {
		return len(a.changes) < len(b.changes)
	}
	return a.changes[0].Flag == b.changes[0].Flag && distance(a.changes[0]) < distance(b.changes[0])
}

func distance(c Change) float64 {
	from, ok1 := scenarios.Settings{"x": c.From}.Float("x")
	to, ok2 := scenarios.Settings{"x": c.To}.Float("x")
	if !ok1 || !ok2 || from <= 0 || to <= 0 {
		return math.Inf(1)
	}
	return math.Abs(math.Log(to / from))
}

// told is a candidate's changes with their effects and reasons.
func (y yardstick) told(a *Advice, c *calibration, m *model, s scored) []Change {
	out := slices.Clone(s.changes)
	var effect *Effect
	if s.effect.Value > 0 {
		effect = &Effect{Metric: y.metric(), Ratio: s.effect.Value, Lo: s.effect.Lo, Hi: s.effect.Hi,
			AtLeast: s.held.open}
	}
	if y.goal == 0 && effect != nil {
		effect.At = c.label(y.highest)
	}
	clause, why := y.clause(a, c, m, s)
	if clause != nil && clause.Ratio >= 1 && s.effect.Value > 1 {
		why = "" // it gains by something else
	}
	for i := range out {
		out[i].Grade, out[i].Effect, out[i].Clause = a.Grade, effect, clause
		out[i].Why = cmp.Or(out[i].Why, why)
	}
	return out
}

// clause is the effect on the statistic that breaks the objective, or without one on TPOT p50, at the level where it
// shows: by which ratio the model moves it, from where the run has it.
func (y yardstick) clause(a *Advice, c *calibration, m *model, s scored) (*Effect, string) {
	at := y.highest
	if a.Held.Above != nil {
		at = a.Held.Above.Level
	}
	stat := medianTPOT
	if y.goal > 0 && a.Held.Above != nil && len(a.Held.Above.Missed) > 0 {
		stat = statisticOf(a.Held.Above.Missed[0].Clause, a.Held.Goal)
	}
	x, z := stat.of(m.fully(at)), stat.of(s.apply(m).fully(at))
	if !(x > 0) || !(z > 0) {
		return nil, ""
	}
	ratio, now := z/x, x
	if seen := c.measured(at); len(seen.answers) > 0 {
		now = stat.of(seen)
	}
	half := 1.96 * math.Hypot(replayNoise*3, 2*c.bends()*math.Abs(math.Log(ratio)))
	e := &Effect{Metric: stat.name, At: c.label(at), Ratio: ratio, Lo: ratio * math.Exp(-half), Hi: ratio * math.Exp(half)}
	return e, fmt.Sprintf("%s at %s about %s instead of %s", stat.says, e.At, milliseconds(now*ratio), milliseconds(now))
}

// measured are the answers that the run has of a level; none where it was not played.
func (c *calibration) measured(at float64) (out outcome) {
	for _, p := range c.played {
		if p.Level != at {
			continue
		}
		for _, o := range whole(p) {
			out.answers = append(out.answers, c.measuredOf(o))
		}
	}
	return out
}

func milliseconds(s float64) string { return locale.English.Duration(s) }

// label is the name of a played level, else the load.
func (c *calibration) label(load float64) string {
	for _, p := range c.played {
		if p.Level == load {
			return p.Label
		}
	}
	return rounded(load)
}

// A named is a statistic of an outcome, of the answers that have an objective where some have.
type named struct {
	name, says string
	of         func(outcome) float64
}

var medianTPOT = named{"tpot_p50", "TPOT p50", quantileOf(0.5, func(a judged) float64 { return a.tpot })}

func quantileOf(q float64, of func(judged) float64) func(outcome) float64 {
	return func(o outcome) float64 {
		var v []float64
		for _, a := range o.asked() {
			v = append(v, of(a))
		}
		slices.Sort(v)
		return stat.Quantile(v, q)
	}
}

// statisticOf is a clause's own: its time at the quantile that the goal asks for.
func statisticOf(clause string, goal float64) named {
	q := math.Min(goal, 0.99)
	p := fmt.Sprintf("p%g", math.Round(1000*q)/10)
	switch clause {
	case "TTFT", "TTFO":
		return named{"ttft_" + p, "TTFT " + p, quantileOf(q, func(a judged) float64 { return a.ttft })}
	case "TPOT":
		return named{"tpot_" + p, "TPOT " + p, quantileOf(q, func(a judged) float64 { return a.tpot })}
	case "E2E":
		return named{"e2e_" + p, "E2E " + p, quantileOf(q, func(a judged) float64 { return a.e2e })}
	}
	return named{"largest_gap_" + p, "the largest gap's " + p, quantileOf(q, func(a judged) float64 { return a.gap })}
}

// each runs f for 0 … n−1, as many at a time as there are cores.
func each(n int, f func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	all.Wait()
}
