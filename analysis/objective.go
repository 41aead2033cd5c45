package analysis

import (
	"cmp"
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// attainment is the share of the cohort that met every clause of its objective; a failed request misses it (R5.1). Its
// interval is Wilson's with the number of independent requests; goodput is that share in requests/s.
// near is the quantile of the margin beyond which requests are looked at for how much they hang together.
func attainment(sc *scenarios.Scenario, cohort requests, window time.Duration, near float64) (share,
	goodput Estimate) {
	met, margins := make([]bool, 0, cohort.n), make([]float64, 0, cohort.n)
	for _, r := range cohort.all() {
		if o := sc.ObjectiveOf(r.Class); !o.IsZero() {
			met, margins = append(met, Meets(r, o)), append(margins, margin(r, o))
		}
	}
	if len(met) == 0 {
		h := hidden(0, "no objective is given")
		return h, h
	}
	share = Estimate{Interval: stat.ShareNear(met, margins, near), N: len(met)}
	goodput = share
	scale := float64(len(met)) / window.Seconds()
	goodput.Value, goodput.Lo, goodput.Hi = share.Value*scale, share.Lo*scale, share.Hi*scale
	return share, goodput
}

// margin is how much of the objective's tightest clause a request used: above 1 it misses.
func margin(r *results.Record, o scenarios.Objective) float64 {
	if !r.OK() {
		return math.Inf(1)
	}
	most := 0.0
	use := func(limit, v time.Duration, ok bool) {
		if limit > 0 && ok {
			most = math.Max(most, v.Seconds()/limit.Seconds())
		}
	}
	ttft, ok1 := r.TTFT()
	ttfo, ok2 := r.TTFO()
	tpot, ok3 := r.TPOT()
	e2e, ok4 := r.E2E()
	use(o.TTFT, ttft, ok1)
	use(o.TTFO, ttfo, ok2)
	use(o.TPOT, tpot, ok3)
	use(o.E2E, e2e, ok4)
	use(o.ITL, r.LargestGap(), true)
	return most
}

// Meets reports whether a request kept every clause of an objective.
func Meets(r *results.Record, o scenarios.Objective) bool {
	within := func(limit time.Duration, v time.Duration, ok bool) bool { return limit == 0 || ok && v <= limit }
	ttft, ok1 := r.TTFT()
	ttfo, ok2 := r.TTFO()
	tpot, ok3 := r.TPOT()
	e2e, ok4 := r.E2E()
	return r.OK() && within(o.TTFT, ttft, ok1) && within(o.TTFO, ttfo, ok2) &&
		within(o.TPOT, tpot, ok3 || r.OutputTokens == 1) &&
		within(o.E2E, e2e, ok4) && within(o.ITL, r.LargestGap(), true)
}

// A Miss is how many of a point's requests broke one clause of their objective, failed ones apart.
type Miss struct {
	Clause string // TTFT, TTFO, TPOT, the largest gap, E2E
	Share  float64
}

// clauses part an objective.
var clauses = []struct {
	name string
	only func(scenarios.Objective) scenarios.Objective
}{
	{"TTFT", func(o scenarios.Objective) scenarios.Objective { return scenarios.Objective{TTFT: o.TTFT} }},
	{"TTFO", func(o scenarios.Objective) scenarios.Objective { return scenarios.Objective{TTFO: o.TTFO} }},
	{"TPOT", func(o scenarios.Objective) scenarios.Objective { return scenarios.Objective{TPOT: o.TPOT} }},
	{"the largest gap", func(o scenarios.Objective) scenarios.Objective { return scenarios.Objective{ITL: o.ITL} }},
	{"E2E", func(o scenarios.Objective) scenarios.Objective { return scenarios.Objective{E2E: o.E2E} }},
}

// Together reports whether no clause by itself is missed by more than a goal lets miss, so that they break it together.
func Together(missed []Miss, goal float64) bool { return len(missed) > 1 && missed[0].Share <= 1-goal }

func missed(sc *scenarios.Scenario, cohort requests) []Miss {
	n, miss := 0, make([]int, len(clauses))
	for _, r := range cohort.all() {
		if !r.OK() {
			continue
		}
		n++
		o := sc.ObjectiveOf(r.Class)
		for k, c := range clauses {
			if !Meets(r, c.only(o)) {
				miss[k]++
			}
		}
	}
	var out []Miss
	for k, c := range clauses {
		if miss[k] > 0 {
			out = append(out, Miss{c.name, float64(miss[k]) / float64(n)})
		}
	}
	slices.SortStableFunc(out, func(a, b Miss) int { return -cmp.Compare(a.Share, b.Share) })
	return out
}
