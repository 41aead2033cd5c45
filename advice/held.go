package advice

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/scenarios"
	"loadgen/stat"
)

// A capacity is what a model holds: the load, and what it serves there.
type capacity struct {
	load     float64
	requests float64 // per second
	output   float64 // tokens/s
	open     bool    // the goal is still met at the highest load that is asked about
	met      float64 // and by which share there
	none     bool    // not even the lowest load meets it
}

// fine is to which factor a crossing is bracketed; inside it is read on the probit of the share, which is nearly a line
// there.
const fine = 1.2

// held searches the load at which the share within the objective falls below the goal, beginning at a guess.
func (m *model) held(goal, guess float64) capacity {
	lowest := 1.0
	if m.loop == scenarios.Open {
		lowest = m.most / 200
	}
	lo, hi := bracket{}, bracket{}
	for at := clamp(guess, lowest, m.most); ; {
		o := m.decided(at, goal)
		if o.met >= goal {
			lo = bracket{at, o, true}
		} else {
			hi = bracket{at, o, true}
		}
		switch {
		case lo.known && lo.at >= m.most:
			return capacity{load: m.most, requests: o.requests, output: o.output, open: true, met: o.met}
		case hi.known && hi.at <= lowest:
			return capacity{none: true}
		case !hi.known:
			at = math.Min(m.most, at*1.3)
		case !lo.known:
			at = math.Max(lowest, at/1.3)
		case m.narrow(lo.at, hi.at):
			return between(lo, hi, goal)
		default:
			at = lo.at * math.Pow(hi.at/lo.at, clamp(crossed(lo, hi, goal), 0.2, 0.8))
		}
		if m.loop != scenarios.Open {
			at = math.Round(at)
			if hi.known && lo.known && (at <= lo.at || at >= hi.at) {
				return between(lo, hi, goal)
			}
			if !lo.known && hi.known && at >= hi.at {
				at = hi.at - 1
			}
			if lo.known && !hi.known && at <= lo.at {
				at = lo.at + 1
			}
		}
	}
}

// mostJudged is how many requests a share is asked of at most; a goal near 1 asks for more.
func mostJudged(goal float64) int {
	if goal > 0.95 {
		return 9600
	}
	return 4800
}

// decided plays a load, and where its share is not clearly on one side of the goal again with as many requests as would
// tell.
func (m *model) decided(level, goal float64) outcome {
	o := m.playThese(level, m.seen, searched)
	apart := math.Abs(o.met-goal) / 2.5
	more := float64(searched) * math.Pow(o.uncertain(level, goal)/math.Max(apart, 1e-3), 2)
	if more <= searched {
		return o
	}
	return m.playThese(level, m.seen, min(mostJudged(goal), int(more)))
}

// uncertain is the standard deviation of the share within the objective. Requests that are in flight together miss
// together, when a long prompt stops them all: so it is taken between batches as long as the load, and never below what
// bunches of a quarter of the load at the goal would give, since a replay without a miss tells nothing of how they
// come.
func (o outcome) uncertain(level, goal float64) float64 {
	asked := o.asked()
	size := max(10, int(level))
	var shares []float64
	for i := 0; i+size <= len(asked); i += size {
		shares = append(shares, within(asked[i:i+size]))
	}
	least := math.Sqrt(goal * (1 - goal) * math.Max(1, level/4) / float64(max(1, len(asked))))
	if len(shares) < 2 {
		return least
	}
	mean, sum := stat.Mean(shares), 0.0
	for _, v := range shares {
		sum += (v - mean) * (v - mean)
	}
	return math.Max(least, math.Sqrt(sum/float64(len(shares)-1)/float64(len(shares))))
}

type bracket struct {
	at    float64
	o     outcome
	known bool
}

func (m *model) narrow(lo, hi float64) bool {
	return hi/lo <= fine || m.loop != scenarios.Open && hi-lo <= 1
}

// between interpolates the crossing.
func between(lo, hi bracket, goal float64) capacity {
	share := crossed(lo, hi, goal)
	mix := func(a, b float64) float64 { return a + share*(b-a) }
	return capacity{load: mix(lo.at, hi.at), requests: mix(lo.o.requests, hi.o.requests),
		output: mix(lo.o.output, hi.o.output)}
}

// crossed is where between two loads the share falls to the goal, 0 to 1.
func crossed(lo, hi bracket, goal float64) float64 {
	a, b := probit(lo.o.met), probit(hi.o.met)
	return clamp((a-distuv.UnitNormal.Quantile(goal))/math.Max(a-b, 1e-9), 0, 1)
}

func clamp(v, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, v)) }
