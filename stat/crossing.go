package stat

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Trial is the share of a load's requests that kept what was asked, known as well as from so many independent ones.
type Trial struct{ Load, Share, N float64 }

// A Crossing is where a share that falls with the load meets a goal, as some trials leave it: the probit of the share
// is taken for a line over the logarithm of the load near it.
type Crossing struct {
	Load  float64 // posterior median
	Low   float64 // above which it lies with a probability of 97 %
	Off   float64 // standard deviation of its logarithm
	Slope float64 // how much the probit falls there for each unit of the load's logarithm, posterior geometric mean

	goal     float64
	slopeOff float64 // standard deviation of the slope's logarithm
	belief   []lineBelief
}

// A lineBelief is one line with its posterior weight.
type lineBelief struct{ at, slope, weight float64 }

// Beliefs of Cross before any trial: the probit falls by so much for each unit of the load's logarithm, and trials far
// from the crossing say little of it, since the line is no line there.
const (
	usualSlope = 4.0
	slopeOff   = 1.0  // of its logarithm
	lineReach  = 0.25 // logarithm of the load
)

// mostGoal stands for goals nearer to 1, which no number of requests tells apart.
const mostGoal = 0.999

// Cross estimates where the share falls to the goal, above 0. There must be a trial.
func Cross(trials []Trial, goal float64) Crossing {
	goal = math.Min(goal, mostGoal)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, t := range trials {
		lo, hi = math.Min(lo, math.Log(t.Load)), math.Max(hi, math.Log(t.Load))
	}
	centre := straddled(trials, goal)
	c := crossOn(trials, goal, centre, span{lo - 0.7, hi + 0.7, 45},
		span{math.Log(usualSlope) - 3*slopeOff, math.Log(usualSlope) + 3*slopeOff, 13})
	for _, fine := range []int{1, 2} {
		centre = math.Log(c.Load)
		off, turn := 5*c.Off+0.01, 3*c.slopeOff+0.2
		c = crossOn(trials, goal, centre, span{centre - off, centre + off, 45 * fine},
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

func crossOn(trials []Trial, goal, centre float64, places, slopes span) Crossing {
	z := distuv.UnitNormal.Quantile(goal)
	c := Crossing{goal: goal}
	best := math.Inf(-1)
	logs, far := make([]float64, len(trials)), make([]float64, len(trials))
	for k, t := range trials {
		logs[k] = math.Log(t.Load)
		far[k] = (logs[k] - centre) / lineReach
	}
	for i := range places.n {
		at := places.at(i)
		for j := range slopes.n {
			slope := math.Exp(slopes.at(j))
			turn := math.Log(slope/usualSlope) / slopeOff
			log := -turn * turn / 2
			for k, t := range trials {
				p := bounded(distuv.UnitNormal.CDF(z - slope*(logs[k]-at)))
				log += t.N / (1 + far[k]*far[k]) * (t.Share*math.Log(p) + (1-t.Share)*math.Log(1-p))
			}
			best = math.Max(best, log)
			c.belief = append(c.belief, lineBelief{at, slope, log})
		}
	}
	c.settle(best)
	return c
}

// bounded keeps a single surprise from ruling a line out: one request in a thousand is late for other reasons.
func bounded(p float64) float64 { return 0.0005 + 0.999*p }

// settle turns log-likelihoods into weights and sums them up.
func (c *Crossing) settle(best float64) {
	var sum, mean, squares, slope, slopes float64
	kept := c.belief[:0]
	for _, b := range c.belief {
		if b.weight = math.Exp(b.weight - best); b.weight > 1e-5 {
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
		p := distuv.UnitNormal.CDF(z - b.slope*(math.Log(load)-b.at))
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

// information is what one independent request at the crossing adds to 1/Off².
func (c Crossing) information() float64 {
	z := distuv.UnitNormal.Quantile(c.goal)
	return math.Pow(distuv.UnitNormal.Prob(z)*c.Slope, 2) / (c.goal * (1 - c.goal))
}

// Asks is how many independent requests at the crossing leave it known as well as off; below 0: it is.
func (c Crossing) Asks(off float64) float64 { return (1/(off*off) - 1/(c.Off*c.Off)) / c.information() }

// After is how well so many independent requests at the crossing leave it known.
func (c Crossing) After(n float64) float64 { return 1 / math.Sqrt(1/(c.Off*c.Off)+n*c.information()) }

// TrialOf is what a window shows of a load: its share, known as well as its bounds tell, and no better than from ten
// independent requests in each answer's length that the window holds, since those of one such length hang together
// whatever they show. Where a line of requests grows (overrun), hardly any would keep a goal in the end whatever the
// first ones show.
func TrialOf(load float64, share Interval, lives float64, overrun bool) Trial {
	if overrun {
		share.Value /= 2
	}
	return Trial{load, share.Value, math.Max(1, math.Min(hidden*Independent(share), perLife*lives))}
}

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
