package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Trial is the share of a load's requests that kept what was asked, known as well as from so many independent ones.
type Trial struct{ Load, Share, N float64 }

// A Crossing is where a share that falls with the load meets a goal, as some trials leave it: the probit of the share is taken for a
// line over the logarithm of the load near it.
type Crossing struct {
	Load float64 // posterior median
	Off  float64 // standard deviation of its logarithm

	goal   float64
	belief []lineBelief
}

// A lineBelief is one line with its posterior weight.
type lineBelief struct{ at, slope, weight float64 }

// Beliefs of Cross before any trial: the probit falls by so much for each unit of the load's logarithm, and trials far from the crossing say
// little of it, since the line is no line there.
const (
	usualSlope = 8.0
	slopeOff   = 1.0  // of its logarithm
	lineReach  = 0.25 // logarithm of the load
)

var unitNormal = distuv.Normal{Mu: 0, Sigma: 1}

// Cross estimates where the share falls to the goal, which lies between 0 and 1. There must be a trial.
func Cross(trials []Trial, goal float64) Crossing {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, t := range trials {
		lo, hi = math.Min(lo, math.Log(t.Load)), math.Max(hi, math.Log(t.Load))
	}
	centre := straddled(trials, goal)
	c := crossOn(trials, goal, centre, lo-0.7, hi+0.7)
	for range 2 {
		centre = math.Log(c.Load)
		c = crossOn(trials, goal, centre, centre-5*c.Off-0.01, centre+5*c.Off+0.01)
	}
	return c
}

// straddled is the middle, as a logarithm, between the highest load that keeps the goal below the first that does not, and that one.
func straddled(trials []Trial, goal float64) float64 {
	sorted := slices.Clone(trials)
	slices.SortStableFunc(sorted, func(a, b Trial) int { return compare(a.Load, b.Load) })
	i := slices.IndexFunc(sorted, func(t Trial) bool { return t.Share < goal })
	switch {
	case i < 0:
		return math.Log(sorted[len(sorted)-1].Load)
	case i == 0:
		return math.Log(sorted[0].Load)
	}
	return (math.Log(sorted[i-1].Load) + math.Log(sorted[i].Load)) / 2
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func crossOn(trials []Trial, goal, centre, from, to float64) Crossing {
	const places, slopes = 90, 25
	z := unitNormal.Quantile(goal)
	c := Crossing{goal: goal}
	best := math.Inf(-1)
	for i := range places {
		at := from + (to-from)*(float64(i)+0.5)/places
		for j := range slopes {
			turn := 3 * (2*float64(j)/(slopes-1) - 1)
			slope := usualSlope * math.Exp(slopeOff*turn)
			log := -turn * turn / 2
			for _, t := range trials {
				far := (math.Log(t.Load) - centre) / lineReach
				p := bounded(unitNormal.CDF(z - slope*(math.Log(t.Load)-at)))
				log += t.N / (1 + far*far) * (t.Share*math.Log(p) + (1-t.Share)*math.Log(1-p))
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
	sum, mean, squares := 0.0, 0.0, 0.0
	kept := c.belief[:0]
	for _, b := range c.belief {
		if b.weight = math.Exp(b.weight - best); b.weight > 1e-5 {
			kept = append(kept, b)
			sum, mean, squares = sum+b.weight, mean+b.weight*b.at, squares+b.weight*b.at*b.at
		}
	}
	c.belief = kept
	for i := range c.belief {
		c.belief[i].weight /= sum
	}
	mean /= sum
	c.Off = math.Sqrt(math.Max(squares/sum-mean*mean, 0))
	half := 0.0
	for _, b := range c.belief { // they lie in the order of their places
		if half += b.weight; half >= 0.5 {
			c.Load = math.Exp(b.at)
			break
		}
	}
}

// Share is what is expected at a load, and its 95 % interval over the lines that the trials leave.
func (c Crossing) Share(load float64) Interval {
	z := unitNormal.Quantile(c.goal)
	type weighed struct{ share, weight float64 }
	var all []weighed
	out := Interval{}
	for _, b := range c.belief {
		p := unitNormal.CDF(z - b.slope*(math.Log(load)-b.at))
		all = append(all, weighed{p, b.weight})
		out.Value += b.weight * p
	}
	slices.SortFunc(all, func(a, b weighed) int { return compare(a.share, b.share) })
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

// Proof is how likely so many independent requests at a load prove the goal: that Wilson's lower 95 % bound of their share lies at or above
// it.
func (c Crossing) Proof(load, n float64) float64 {
	need, z := leastShare(c.goal, n), unitNormal.Quantile(c.goal)
	sum := 0.0
	for _, b := range c.belief {
		p := unitNormal.CDF(z - b.slope*(math.Log(load)-b.at))
		off := math.Sqrt(math.Max(p*(1-p), 0.25/n) / n)
		sum += b.weight * unitNormal.CDF((p-need+0.5/n)/off)
	}
	return sum
}

// leastShare is the share whose lower bound is the goal.
func leastShare(goal, n float64) float64 {
	lo, hi := goal, 1.0
	for range 40 {
		if p := (lo + hi) / 2; wilson(p, n).Lo >= goal {
			hi = p
		} else {
			lo = p
		}
	}
	return hi
}

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

// ProofAsks is how many independent requests prove a goal at a load that keeps it by some margin: the margin is so much of the share's probit.
func ProofAsks(goal, margin float64) float64 {
	p := unitNormal.CDF(unitNormal.Quantile(goal) + margin)
	lo, hi := 1.0, 1e7
	for range 60 {
		if n := math.Sqrt(lo * hi); wilson(p, n).Lo >= goal {
			hi = n
		} else {
			lo = n
		}
	}
	return hi
}

// ProvenBy is the lower bound of a share of n independent answers of which some miss.
func ProvenBy(n, missed int) float64 { return wilson(1-float64(missed)/float64(n), float64(n)).Lo }
