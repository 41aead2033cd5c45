package advice

import (
	"math"
	"slices"
	"testing"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
)

// keeping are answers that keep what is asked of them.
func keeping(n int) []judged { return slices.Repeat([]judged{{asked: true}}, n) }

// Requests that miss together tell less than as many that miss by themselves.
func TestBunchesTellLess(t *testing.T) {
	bunched, spread := outcome{answers: keeping(400)}, outcome{answers: keeping(400)}
	for i := range 40 {
		bunched.answers[100+i].worst, spread.answers[10*i].worst = 2, 2
	}
	x, y := bunched.uncertain(10, 0.9), spread.uncertain(10, 0.9)
	if x < 2*y {
		t.Errorf("bunched ± %.4f, spread ± %.4f", x, y)
	}
	if none := (outcome{answers: keeping(400)}).uncertain(40, 0.9); none < 0.04 {
		t.Errorf("± %.4f: a replay of 400 without a miss does not tell how bunches of 40 come", none)
	}
}

// vLLM does not start with a budget below max-num-seqs: both are lowered, and only where the load still fits.
func TestABudgetBelowMaxNumSeqsTakesBoth(t *testing.T) {
	m := &model{machine: machine.Machine{Budget: 2048, MaxSeqs: 1024}, most: 48}
	c, ok := m.fitting(&analysis.TargetStudy{}, 512)
	if !ok || len(c.changes) != 2 || c.changes[0].To != 512. || c.changes[1].To != 256. {
		t.Errorf("%v, %+v", ok, c.changes)
	}
	if changed := c.apply(m); changed.machine.Budget != 512 || changed.machine.MaxSeqs != 256 {
		t.Errorf("%+v", changed.machine)
	}
	m.most = 257
	if _, ok := m.fitting(&analysis.TargetStudy{}, 512); ok {
		t.Error("256 at once would hold back a load of 257")
	}
	if _, ok := m.fitting(&analysis.TargetStudy{}, 4); ok {
		t.Error("no max-num-seqs fits a budget of 4")
	}
}

// A crossing is read where two loads are within a fifth, or in a closed loop one apart, on the probit of the share.
func TestWhereACrossingIsRead(t *testing.T) {
	closed, open := &model{loop: scenarios.Closed}, &model{loop: scenarios.Open}
	for _, c := range []struct {
		m      *model
		lo, hi float64
		want   bool
	}{{closed, 10, 12, true}, {closed, 10, 13, false}, {closed, 3, 4, true}, {closed, 3, 5, false}, {open, 3, 4, false},
		{open, 3, 3.6, true}, {open, 3, 3.61, false}} {
		if got := c.m.narrow(c.lo, c.hi); got != c.want {
			t.Errorf("%s %v to %v: %v", c.m.loop, c.lo, c.hi, got)
		}
	}
	at := func(load, met float64) bracket {
		return bracket{load, outcome{met: met, requests: 2 * load, output: 30 * load}, true}
	}
	for met, want := range map[[2]float64]float64{{0.9, 0.5}: 10, {0.95, 0.9}: 14, {0.95, 0.85}: 12.39, {0.95, 0.91}: 14,
		{0.8, 0.5}: 10} {
		got := between(at(10, met[0]), at(14, met[1]), 0.9)
		if !(math.Abs(got.load-want) < 0.06) || !(math.Abs(got.requests-2*got.load) < 1e-9) ||
			!(math.Abs(got.output-30*got.load) < 1e-9) {
			t.Errorf("%v: %+v, want %v", met, got, want)
		}
	}
}

// More than 95 % is asked of twice as many requests.
func TestHowManyAreJudged(t *testing.T) {
	if mostJudged(0.95) != 4800 || mostJudged(0.951) != 9600 {
		t.Error(mostJudged(0.95), mostJudged(0.951))
	}
}

// How far a share is off, by hand: between batches of the load, ten at least, and never below what bunches of a quarter
// of it would give.
func TestHowFarAShareIsOff(t *testing.T) {
	answers := func(n int, misses ...int) outcome {
		o := outcome{answers: keeping(n)}
		for _, i := range misses {
			o.answers[i].worst = 1.1
		}
		o.answers[0].worst = 1 // kept
		return o
	}
	halves := answers(40, 20, 21, 22, 23, 24, 30, 31, 32, 33, 34) // batches of ten: all, all, half, half
	for _, c := range []struct {
		of          outcome
		level, want float64
	}{
		{halves, 10, math.Sqrt(0.25 / 3 / 4)}, {halves, 2, math.Sqrt(0.25 / 3 / 4)}, {halves, 20, math.Sqrt(0.125 / 1 / 2)},
		{answers(39), 20, math.Sqrt(0.09 * 5 / 39)}, {answers(400), 2, math.Sqrt(0.09 / 400)},
		{answers(400), 40, math.Sqrt(0.09 * 10 / 400)},
	} {
		if got := c.of.uncertain(c.level, 0.9); !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("of %d at %v: %v, want %v", len(c.of.answers), c.level, got, c.want)
		}
	}
}
