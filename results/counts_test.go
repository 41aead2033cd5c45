package results

import (
	"reflect"
	"testing"

	"loadgen/scenarios"
)

// A condemned step's requests are counted like any other's: nothing that was sent leaves the books.
func TestCountsAreOfEveryStep(t *testing.T) {
	step := func(target string, state State, c Counts) *Step {
		return &Step{Meta: StepMeta{Step: scenarios.Step{Target: target}, Verdict: Verdict{State: state}, Counts: c}}
	}
	r := &Run{Steps: []*Step{
		step("a", Trusted, Counts{Sent: 10, OK: 10, Cohort: 8}),
		step("a", Invalid, Counts{Sent: 7, OK: 2, Cohort: 5, Faults: map[Fault]int{FaultTimeout: 4, FaultReset: 1}}),
		step("b", Trusted, Counts{Sent: 3, OK: 2, Cohort: 3, Faults: map[Fault]int{FaultReset: 1}}),
	}}
	a := r.Counts("a")
	if a.Sent != 17 || a.OK != 12 || a.Cohort != 13 || a.Sent != a.OK+a.Failed() {
		t.Errorf("%+v", a)
	}
	if got, want := a.ByFault(), []string{"1 reset", "4 timeout"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if all := r.Counts(""); all.Sent != 20 || all.Failed() != 6 {
		t.Errorf("%+v", all)
	}
}
