package stat

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Trial is the share of a load's requests that kept what was asked. By itself it seems to be known as well as from N
// independent ones.
type Trial struct{ Load, Share, N, Requests float64 }

// A Crossing is where a share that falls with the load meets a goal, as some trials leave it: the probit of the share
// is taken for a line over the logarithm of the load near it.
type Crossing struct {
	Load  float64 // posterior median
	Low   float64 // above which it lies with a probability of 97 %
	Off   float64 // standard deviation of its logarithm
	Slope float64 // how much the probit falls below it for each unit of the load's logarithm, posterior geometric mean

	goal     float64
	slopeOff float64 // standard deviation of the slope's logarithm
	belief   []lineBelief
}

// A lineBelief is one line with its posterior weight. Above the crossing it may fall more steeply than below: where a
// queue begins, shares that had hardly fallen collapse.
type lineBelief struct{ at, slope, steeper, weight float64 }

// probit is the line's at the logarithm of a load, with its slope there; z: the goal's probit.
func (b lineBelief) probit(z, log float64) (probit, slope float64) {
	slope = b.slope
	if log > b.at {
		slope *= b.steeper
	}
	return z - slope*(log-b.at), slope
}

// cliffs are by how much a line may fall more steeply above its crossing, with what is believed of each beforehand.
var cliffs = []struct{ steeper, prior float64 }{{1, 0.4}, {3, 0.3}, {9, 0.2}, {27, 0.1}}

// A Belief is where a crossing lies by other knowledge than its trials. Off is the scale of the load's logarithm;
// 0: nothing is known. It is taken for Student's t of two degrees of freedom, since such knowledge is now and then far
// off (docs/studies.md): trials that contradict it outweigh it.
type Belief struct{ Load, Off float64 }

// Known reports whether anything is.
func (b Belief) Known() bool { return b.Off > 0 }

// log is the logarithm of its density at the logarithm of a load, but for a constant.
func (b Belief) log(at float64) float64 {
	if !b.Known() {
		return 0
	}
	const freedom = 2
	far := (at - math.Log(b.Load)) / b.Off
	return -(freedom + 1) / 2. * math.Log1p(far*far/freedom)
}

// Beliefs of Cross before any trial: the probit falls by so much for each unit of the load's logarithm, and trials far
// from the crossing say little of it, since the line is no line there.
const (
	usualSlope = 4.0
	slopeOff   = 1.0 // of its logarithm
	lineReach  = 0.3 // logarithm of the load
)

// mostGoal stands for goals nearer to 1, which no number of requests tells apart.
const mostGoal = 0.999

// Cross estimates where the share falls to the goal, above 0, beginning with a belief. There must be a trial.
func Cross(trials []Trial, goal float64, before Belief) Crossing {
	goal, trials = math.Min(goal, mostGoal), bunchedAlike(trials)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, t := range trials {
		lo, hi = math.Min(lo, math.Log(t.Load)), math.Max(hi, math.Log(t.Load))
	}
	centre := straddled(trials, goal)
	c := crossOn(trials, goal, before, centre, span{lo - 0.7, hi + 0.7, 45},
		span{math.Log(usualSlope) - 3*slopeOff, math.Log(usualSlope) + 3*slopeOff, 13})
	for _, fine := range []int{1, 2} {
		centre = math.Log(c.Load)
		off, turn := 5*c.Off+0.01, 3*c.slopeOff+0.2
		c = crossOn(trials, goal, before, centre, span{centre - off, centre + off, 45 * fine},
			span{math.Log(c.Slope) - turn, math.Log(c.Slope) + turn, 12 * fine})
	}
	return c
}

// A span is places in equal distances.
type span struct {
	from, to float64
	n        int
}

func (s span) at(i int) float64 { return s.from + (s.to-s.from)*(float64(i)+0.5)/float64(s.n) }

// nearest is the number of the place nearest to one.
func (s span) nearest(to float64) int {
	i := int(float64(s.n) * (to - s.from) / (s.to - s.from))
	return min(max(i, 0), s.n-1)
}

// straddled is the middle, as a logarithm, between the highest load that keeps the goal below the first that does not,
// and that one.
func straddled(trials []Trial, goal float64) float64 {
	sorted := slices.Clone(trials)
	slices.SortStableFunc(sorted, func(a, b Trial) int { return cmp.Compare(a.Load, b.Load) })
	i := slices.IndexFunc(sorted, func(t Trial) bool { return t.Share < goal })
	switch {
	case i < 0:
		return math.Log(sorted[len(sorted)-1].Load)
	case i == 0:
		return math.Log(sorted[0].Load)
	}
	return (math.Log(sorted[i-1].Load) + math.Log(sorted[i].Load)) / 2
}

func crossOn(trials []Trial, goal float64, before Belief, centre float64, places, slopes span) Crossing {
	c := Crossing{goal: goal}
	near := nearby(trials, goal, centre)
	best := math.Inf(-1)
	weigh := func(i, j int, keep func(lineBelief)) {
		at, slope := places.at(i), math.Exp(slopes.at(j))
		turn := math.Log(slope/usualSlope) / slopeOff
		least := best - negligible
		believed := before.log(at)
		below := believed + near.fits(lineBelief{at: at, slope: slope}, false, least-believed+turn*turn/2) - turn*turn/2
		if below < least {
			return
		}
		for _, cliff := range cliffs {
			line := lineBelief{at: at, slope: slope, steeper: cliff.steeper}
			prior := math.Log(cliff.prior)
			line.weight = below + near.fits(line, true, least-below-prior) + prior
			if best = math.Max(best, line.weight); line.weight >= least {
				keep(line)
			}
		}
	}
	weigh(places.nearest(centre), slopes.n/2, func(lineBelief) {}) // so that there is a best from the beginning
	for i := range places.n {
		for j := range slopes.n {
			weigh(i, j, func(b lineBelief) { c.belief = append(c.belief, b) })
		}
	}
	c.settle(best)
	return c
}

// Lines of less than leastWeight of the best one's weight are left out. Their logarithms differ by negligible at least.
const (
	leastWeight = 1e-5
	negligible  = 11.6
)

// A vicinity is trials with their weights, less the farther they are from where the crossing is taken to be.
type vicinity struct {
	trials []Trial
	logs   []float64 // of their loads
	near   []float64 // 0 to 1
	tells  []float64 // 0 to 1: how much a trial's misses tell of how well it fits; those with hardly a miss fit always
	beyond []float64 // how surprising their shares are where a line has the goal
	goal   float64
	z      float64 // its probit
}

func nearby(trials []Trial, goal, centre float64) vicinity {
	v := vicinity{trials: trials, goal: goal, z: distuv.UnitNormal.Quantile(goal)}
	for _, t := range trials {
		log := math.Log(t.Load)
		far := (log - centre) / lineReach
		near := math.Exp(-far * far / 2)
		misses := t.N * (1 - goal)
		v.logs, v.near, v.tells = append(v.logs, log), append(v.near, near), append(v.tells, near*misses/(1+misses))
		v.beyond = append(v.beyond, surprising(t.Share, goal))
	}
	return v
}

// fits is a line's log-likelihood for the trials above its crossing, or for those below. What came in a window is off
// its load by chance, which moves the share the more the steeper the line is, and which no window sees by itself; and a
// line that bends joins a load to the crossing at another slope. By both a trial's requests are worth so much less.
// Each trial lowers it: where it falls below least it is not worked out further.
func (v *vicinity) fits(line lineBelief, above bool, least float64) float64 {
	log := 0.0
	for k := range v.trials {
		t := &v.trials[k]
		if v.logs[k] > line.at != above {
			continue
		}
		probit, slope := line.probit(v.z, v.logs[k])
		p := bounded(distuv.UnitNormal.CDF(probit))
		bent := bend * (v.logs[k] - line.at)
		worth := 1 / (1 + information(probit, p, slope)*t.N*(came/t.Requests+bent*bent))
		surprise := v.near[k]*surprising(t.Share, p) + (1-v.near[k])*v.across(k, p)
		log += v.tells[k]*math.Log(worth)/2 - worth*t.N*surprise
		if log < least {
			break
		}
	}
	return log
}

// across is how surprising it is that the k-th share lies on the other side of the goal than a line has it: that much a
// load far from the crossing tells, where the line is no line.
func (v *vicinity) across(k int, p float64) float64 {
	if (v.trials[k].Share < v.goal) == (p < v.goal) {
		return 0
	}
	return v.beyond[k]
}

// surprising is how much a share that came is off one that is expected: Kullback and Leibler's divergence.
func surprising(share, p float64) float64 { return surprise(share, p) + surprise(1-share, 1-p) }

// came is the variance of the work that comes with n requests, times n over their mean's square: 1 for Poisson's number
// of them, and 1 for lengths that vary about as much as their mean.
const came = 2

// bend is the share by which the slope between a load and the crossing is another than the line's there.
const bend = 0.35

// surprise is s·ln(s/p).
func surprise(s, p float64) float64 {
	if s == 0 {
		return 0
	}
	return s * math.Log(s/p)
}

// bounded keeps a single surprise from ruling a line out: one request in a thousand is late for other reasons.
func bounded(p float64) float64 { return 0.0005 + 0.999*p }

// settle turns log-likelihoods into weights and sums them up.
func (c *Crossing) settle(best float64) {
	var sum, mean, squares, slope, slopes float64
	kept := c.belief[:0]
	for _, b := range c.belief {
		if b.weight = math.Exp(b.weight - best); b.weight > leastWeight {
			kept = append(kept, b)
			turn := math.Log(b.slope)
			sum, mean, squares = sum+b.weight, mean+b.weight*b.at, squares+b.weight*b.at*b.at
			slope, slopes = slope+b.weight*turn, slopes+b.weight*turn*turn
		}
	}
	c.belief = kept
	for i := range c.belief {
		c.belief[i].weight /= sum
	}
	mean, slope = mean/sum, slope/sum
	c.slopeOff = math.Sqrt(math.Max(slopes/sum-slope*slope, 0))
	c.Off, c.Slope = math.Sqrt(math.Max(squares/sum-mean*mean, 0)), math.Exp(slope)
	c.Load, c.Low = c.above(0.5), c.above(claimed)
}

// claimed is the probability with which a crossing lies above its Low.
const claimed = 0.97

// above is the load above which the crossing lies with a probability.
func (c *Crossing) above(probability float64) float64 {
	below := 0.0
	for i, b := range c.belief { // they lie in the order of their places
		if below += b.weight; below >= 1-probability || i == len(c.belief)-1 {
			return math.Exp(b.at)
		}
	}
	return math.NaN()
}

// Share is what is expected at a load, and its 95 % interval over the lines that the trials leave.
func (c Crossing) Share(load float64) Interval {
	z := distuv.UnitNormal.Quantile(c.goal)
	type weighed struct{ share, weight float64 }
	var all []weighed
	out := Interval{}
	for _, b := range c.belief {
		probit, _ := b.probit(z, math.Log(load))
		p := distuv.UnitNormal.CDF(probit)
		all = append(all, weighed{p, b.weight})
		out.Value += b.weight * p
	}
	slices.SortFunc(all, func(a, b weighed) int { return cmp.Compare(a.share, b.share) })
	sum := 0.0
	for _, w := range all {
		if sum < 0.025 {
			out.Lo = w.share
		}
		if sum < 0.975 {
			out.Hi = w.share
		}
		sum += w.weight
	}
	return out
}

// tolerance is by how much a load that is claimed may lie above the crossing.
const tolerance = 1.03

// Claim is the load that can be claimed: it lies at most 3 % above the crossing with a probability of 97 %.
func Claim(c Crossing) float64 { return tolerance * c.Low }

// Confirmed is what a fresh trial that kept the goal confirms: its own load, where that can be claimed of all trials or
// lies below any that fell short and proves the goal by itself, else what can be claimed. Short is the lowest load that
// fell short, infinite where none did and there is no line.
func (c Crossing) Confirmed(t Trial, short float64) float64 {
	switch {
	case t.Load <= Claim(c) || t.Load < short && t.Proves(c.goal):
		return t.Load
	case math.IsInf(short, 1):
		return 0
	}
	return Claim(c)
}

// information is what one independent request adds to 1/Off², where the share p of a line has such a probit.
func information(probit, p, slope float64) float64 {
	steep := distuv.UnitNormal.Prob(probit) * slope
	return steep * steep / (p * (1 - p))
}

// information is what one independent request at the crossing adds to 1/Off².
func (c Crossing) information() float64 {
	return information(distuv.UnitNormal.Quantile(c.goal), c.goal, c.Slope)
}

// Asks is how many requests at the crossing leave it known as well as off, where so many (bunch) tell as much as one
// independent one; below 0: it is.
func (c Crossing) Asks(off, bunch float64) float64 {
	return (1/(off*off) - 1/(c.Off*c.Off)) * (bunch/c.information() + came)
}

// After is how well so many requests at the crossing leave it known.
func (c Crossing) After(requests, bunch float64) float64 {
	return 1 / math.Sqrt(1/(c.Off*c.Off)+requests/(bunch/c.information()+came))
}

// TrialOf is what a window of so many requests shows of a load: its share, known as well as its bounds tell, and no
// better than from ten independent requests in each answer's length that the window holds, since those of one such
// length hang together whatever they show. Where a line of requests grows (overrun), hardly any would keep a goal in
// the end whatever the first ones show, and that it grows is no chance, however much they hang together.
func TrialOf(load float64, share Interval, requests int, lives float64, overrun bool) Trial {
	n, least := math.Min(hidden*Independent(share), perLife*lives), 1.0
	if overrun {
		share.Value, least = share.Value/2, perLife
	}
	return Trial{load, share.Value, math.Max(least, n), math.Max(1, float64(requests))}
}

// Proves reports whether a trial shows the goal by itself: Wilson's lower 95 % bound of its share is not below it.
func (t Trial) Proves(goal float64) bool { return wilson(t.Share, t.N).Lo >= goal }

// Refutes reports whether a trial shows by itself that the goal is not kept: Wilson's upper 95 % bound is below it.
func (t Trial) Refutes(goal float64) bool { return wilson(t.Share, t.N).Hi < goal }

const (
	perLife = 10
	// of the independent requests that a window seems to hold: one of few bunches shows too little of how they hang
	// together
	hidden = 0.75
)

// Independent is from how many independent answers a share's Wilson bounds stem; 1 where they tell nothing.
func Independent(share Interval) float64 {
	const z = 1.959964
	lo, hi := share.Lo, share.Hi
	if d := share.Value - lo; d > 1e-12 && lo > 0 {
		return z * z * lo * (1 - lo) / (d * d)
	}
	if d := hi - share.Value; d > 1e-12 && hi < 1 {
		return z * z * hi * (1 - hi) / (d * d)
	}
	return 1
}
