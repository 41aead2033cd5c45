package advice

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/analysis"
	"loadgen/simulator/machine"
	"loadgen/stat"
)

// A knob is one coefficient of a machine, or several that move together, with how far it may be off beforehand: the
// standard deviation of its logarithm.
type knob struct {
	off  float64
	turn func(p *machine.Profile, by float64)
	rate bool // more of it is quicker; else it is a time

	busyGPU float64 // its logarithm where the GPU's work hides the host's, which a second search begins with
}

func share(of *float64, by float64) { *of = math.Min(1.5, *of*by) }

func scale[T ~int64](of *T, by float64) { *of = T(float64(*of) * by) }

// knobs are what a calibration turns.
var knobs = []knob{
	{0.4, func(p *machine.Profile, by float64) { share(&p.Compute, by) }, true, -0.4},
	{0.4, func(p *machine.Profile, by float64) { share(&p.Bandwidth, by) }, true, 0},
	{0.6, func(p *machine.Profile, by float64) { scale(&p.Step, by) }, false, -0.5},
	{0.6, func(p *machine.Profile, by float64) { scale(&p.StepSeq, by) }, false, -0.5},
	{0.4, func(p *machine.Profile, by float64) { share(&p.KVRead, by) }, true, 0},
	{0.4, func(p *machine.Profile, by float64) { share(&p.Attention, by) }, true, 0},
	{0.6, func(p *machine.Profile, by float64) { scale(&p.Layer, by) }, false, -0.5},
	{0.6, func(p *machine.Profile, by float64) { scale(&p.Piece, by) }, false, -0.5},
	{0.8, func(p *machine.Profile, by float64) { scale(&p.Accept, by) }, false, 0},
	{0.6, func(p *machine.Profile, by float64) { scale(&p.AcceptToken, by) }, false, 0},
	{0.5, func(p *machine.Profile, by float64) { scale(&p.Chunk, by); scale(&p.Token, by) }, false, 0},
}

// with is the model with its coefficients turned by exp(θ).
func (m model) with(theta []float64) *model {
	for i, k := range knobs {
		k.turn(&m.machine.Profile, math.Exp(theta[i]))
	}
	return &m
}

// slower is a model that takes so many times as long for all that a calibration turns.
func (m model) slower(by float64) *model {
	for _, k := range knobs {
		if k.rate {
			k.turn(&m.machine.Profile, 1/by)
		} else {
			k.turn(&m.machine.Profile, by)
		}
	}
	return &m
}

// A calibration is a model's coefficients as one run leaves them.
type calibration struct {
	*model
	posterior stat.Posterior
	levels    []*analysis.Point // that it follows
	played    []*analysis.Point // all that can be trusted
	highest   float64           // load played
	models    []*model          // drawn; nil: not yet
}

// rounds of the search for coefficients; more brought nothing in the studies.
const rounds = 3

// poor is from which spread of the residuals on coefficients are searched from another start too. Where launching a
// step takes longer than its work, none of the GPU's coefficients changes anything, and no search finds that it is the
// GPU.
const poor = 0.6

// mostLevels is how many levels a calibration follows: the lowest, and those around where it matters.
const mostLevels = 5

// alike is the ratio of two levels that tell a calibration the same.
const alike = 1.15

// around are the levels that a calibration follows: all where they are few, else the lowest and those nearest to the
// held load. Behind a ladder, a search's steps that only show the way are too short to be followed, and of levels that
// are alike one is.
func around(points []*analysis.Point, load float64) []*analysis.Point {
	points = slices.Clone(points)
	if slices.ContainsFunc(points, func(p *analysis.Point) bool { return !p.Sought() }) {
		points = slices.DeleteFunc(points, func(p *analysis.Point) bool { return p.Sought() && !p.Confirms() })
	}
	if len(points) <= mostLevels {
		return points
	}
	far := func(p *analysis.Point, from float64) float64 { return math.Abs(math.Log(p.Level / from)) }
	near := slices.Clone(points[1:])
	slices.SortStableFunc(near, func(a, b *analysis.Point) int { return cmp.Compare(far(a, load), far(b, load)) })
	out := points[:1:1]
	for _, p := range near {
		known := slices.ContainsFunc(out, func(o *analysis.Point) bool { return far(p, o.Level) < math.Log(alike) })
		if !known && len(out) < mostLevels {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *analysis.Point) int { return cmp.Compare(a.Level, b.Level) })
	return out
}

// calibrate turns the coefficients until replays come near to what was measured at the run's levels.
func (m *model) calibrate(a *Advice) *calibration {
	points := pointsOf(a.Target, m.loop)
	load := points[len(points)-1].Level
	if a.Held.Value > 0 {
		load = a.Held.Value
	}
	c := &calibration{model: m, levels: around(points, load), played: points, highest: points[len(points)-1].Level}
	goal := a.goal()
	var measured [][]statistic
	for _, p := range c.levels {
		measured = append(measured, m.measuredAt(p, goal))
	}
	c.posterior = settle(func(theta []float64) (out []float64) {
		turned := m.with(theta)
		for i, p := range c.levels {
			out = append(out, residuals(measured[i], turned.match(p, goal))...)
		}
		return out
	})
	return c
}

// settle searches coefficients from what the machine is known for, and where they do not follow well from a busy GPU.
func settle(residuals func([]float64) []float64) stat.Posterior {
	var prior, busy []float64
	for _, k := range knobs {
		prior, busy = append(prior, k.off), append(busy, k.busyGPU)
	}
	best := stat.LeastSquares(residuals, make([]float64, len(knobs)), prior, 0.15, rounds)
	if best.Spread <= poor {
		return best
	}
	if other := stat.LeastSquares(residuals, busy, prior, 0.15, rounds); other.Cost < best.Cost {
		return other
	}
	return best
}

// whole are a level's whole answers. Where no answer tells of cached tokens the server's own share of hits stands for
// them.
func whole(p *analysis.Point) []analysis.Observed {
	return withHits(p, slices.DeleteFunc(slices.Clone(p.Observed), func(o analysis.Observed) bool { return o.Failed }))
}

func withHits(p *analysis.Point, out []analysis.Observed) []analysis.Observed {
	told := slices.ContainsFunc(out, func(o analysis.Observed) bool { return o.Cached > 0 })
	if hit := p.Server.PrefixHit; !told && p.Server.Known && hit > 0 {
		for i := range out {
			out[i].Cached = int(hit * float64(out[i].Prompt))
		}
	}
	return out
}

// A statistic is a number that a level is matched by, with its expected relative error; 0 or below: it is not told.
type statistic struct{ value, off float64 }

// measuredAt are a level's statistics: TTFT p50 and p90, mean TPOT and its p90, p50 and p90 of the largest gap,
// tokens/s; TTFT p10, p25 and p75, whose differences tell what a token costs from what a step does, p10 of the largest
// gap and of TPOT; and where there is a goal, what the share of requests that it asks for keeps of the limits.
func (m *model) measuredAt(p *analysis.Point, goal float64) []statistic {
	var ttft, tpot, gap, worst []float64
	seen, rate, chance := whole(p), p.OutputRate.Value, 1.
	if len(p.Schedule) > 0 {
		seen = slices.DeleteFunc(slices.Clone(p.Schedule), func(o analysis.Observed) bool { return !o.Judged })
		rate, chance = 0, sameAsked // what came is no one's error
	}
	for _, o := range seen {
		ttft = append(ttft, o.TTFT)
		if o.Output > 1 {
			tpot, gap = append(tpot, o.TPOT), append(gap, o.Gap)
		}
		if a := m.measuredOf(o); a.asked {
			worst = append(worst, a.worst)
		}
	}
	out := statistics(ttft, tpot, gap, rate, worst, goal, chance)
	for i := range out {
		if len(p.Schedule) == 0 {
			out[i].off *= bunching(p, i)
		}
	}
	return out
}

// sameAsked is how much of what the size of a sample lets its statistics be off is left where both sides were asked the
// same at the same times.
const sameAsked = 0.3

// match is what the model shows of a level.
func (m *model) match(p *analysis.Point, goal float64) []statistic {
	chance := 1.
	if len(p.Schedule) > 0 {
		chance = sameAsked
	}
	return m.like(p).statistics(goal, chance)
}

// like replays a level: asked its own schedule where that is kept, else as many requests of its lengths at its load.
func (m *model) like(p *analysis.Point) outcome {
	if len(p.Schedule) == 0 {
		return m.playThese(p.Level, whole(p), matched)
	}
	return m.again(withHits(p, slices.Clone(p.Schedule)))
}

// bunching is how much less a level's statistics say where its window holds few answers' length: requests that came
// together are served together for some rounds. Its tails suffer most.
func bunching(p *analysis.Point, statistic int) float64 {
	short := 1 / math.Max(p.Relaxations, 0.5)
	if p.Level <= 1 {
		return 1
	}
	if statistic == meanTPOT || statistic == outputRate {
		return 1 + 2*short
	}
	return 1 + 5*short
}

// Which of the statistics these are.
const (
	meanTPOT   = 2
	outputRate = 6
)

func (o outcome) statistics(goal, chance float64) []statistic {
	var ttft, tpot, gap, worst []float64
	for _, a := range o.answers {
		ttft = append(ttft, a.ttft)
		if a.asked {
			worst = append(worst, a.worst)
		}
		if a.gap > 0 {
			tpot, gap = append(tpot, a.tpot), append(gap, a.gap)
		}
	}
	return statistics(ttft, tpot, gap, o.output, worst, goal, chance)
}

func statistics(ttft, tpot, gap []float64, rate float64, worst []float64, goal, chance float64) []statistic {
	n, at := chance/math.Sqrt(float64(max(len(ttft), 1))), stat.Quantile
	for _, v := range []*[]float64{&ttft, &tpot, &gap, &worst} {
		*v = slices.Sorted(slices.Values(*v))
	}
	out := []statistic{
		{at(ttft, 0.5), 0.04 + 0.8*n}, {at(ttft, 0.9), 0.06 + 1.6*n}, {stat.Mean(tpot), 0.015 + 0.2*n},
		{at(tpot, 0.9), 0.02 + 0.4*n}, {at(gap, 0.5), 0.04 + 0.6*n}, {at(gap, 0.9), 0.06 + 0.9*n}, {rate, 0.015 + 0.3*n},
		{at(ttft, 0.1), 0.06 + 1.6*n}, {at(ttft, 0.25), 0.05 + 1.1*n}, {at(ttft, 0.75), 0.05 + 1.1*n},
		{at(gap, 0.1), 0.06 + 1.1*n}, {at(tpot, 0.1), 0.02 + 0.4*n},
	}
	if goal > 0 {
		z := distuv.UnitNormal.Quantile(goal)
		out = append(out, statistic{at(worst, goal), 0.03 + 0.5*math.Sqrt(goal*(1-goal))/distuv.UnitNormal.Prob(z)*n})
	}
	return out
}

// outlying is from where on a residual's square grows only as the residual does (P. J. Huber 1964, Ann. Math. Statist.
// 35): a hiccup of a real host that no coefficient makes, such as a gap of 16 ms at one in flight, is not to bend them
// all.
const outlying = 1.5

func robust(r float64) float64 {
	if math.Abs(r) <= outlying {
		return r
	}
	return math.Copysign(math.Sqrt(outlying*(2*math.Min(20, math.Abs(r))-outlying)), r)
}

// residuals are log(model ÷ measured) in units of what both are expected to be off; 0 where one side tells nothing.
func residuals(measured, played []statistic) []float64 {
	out := make([]float64, len(measured))
	for i, m := range measured {
		if p := played[i]; m.value > 0 && p.value > 0 {
			out[i] = robust(math.Log(p.value/m.value) / math.Hypot(m.off, p.off))
		}
	}
	return out
}
