package advice

import (
	"testing"

	"loadgen/analysis"
	"loadgen/simulator/machine"
)

// Requests that miss together tell less than as many that miss by themselves.
func TestBunchesTellLess(t *testing.T) {
	bunched, spread := outcome{answers: make([]judged, 400)}, outcome{answers: make([]judged, 400)}
	for i := range 40 {
		bunched.answers[100+i].worst, spread.answers[10*i].worst = 2, 2
	}
	x, y := bunched.uncertain(10, 0.9), spread.uncertain(10, 0.9)
	if x < 2*y {
		t.Errorf("bunched ± %.4f, spread ± %.4f", x, y)
	}
	if none := (outcome{answers: make([]judged, 400)}).uncertain(40, 0.9); none < 0.04 {
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
