package sweep_test

import (
	"testing"
	"time"

	"loadgen/results"
	"loadgen/sweep"
)

// Beside real servers, what nobody judges is cut off when the last window's requests have ended, and no sooner: not
// with a level below, and not in virtual time.
func TestTheLastLoadIsNotWaitedFor(t *testing.T) {
	for _, simulated := range []bool{true, false} {
		run, err := play(t, scenario("concurrency: [4, 8], measure: 20s"), func(e *sweep.Env) { e.Simulated = simulated })
		if err != nil || len(run.Steps) != 2 {
			t.Fatal(err)
		}
		for k, step := range run.Steps {
			cut := 0
			records, err := step.Records()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if r.OK() {
					continue
				}
				if cut++; r.Fault != results.FaultCancelled || r.Phase != results.Chase || r.End != step.Meta.Window.Chased {
					t.Errorf("%s: %v at %v, due %v, of %+v", step.Meta.Step.Name, r.Fault, r.End, r.Due, step.Meta.Window)
				}
			}
			c := step.Meta.Counts
			if last := k == 1 && !simulated; cut > 0 != last || cut != step.Meta.Evidence.Unjudged || c.Sent != c.OK+cut {
				t.Errorf("%s, simulated %v: %d cut off, %+v, %+v", step.Meta.Step.Name, simulated, cut, c, step.Meta.Evidence)
			}
		}
	}
}

// The quick test asks real servers for a part of a long answer; the ramp is still as long as the whole one.
func TestTheQuickTestAsksForAPart(t *testing.T) {
	yaml := `version: 1
targets: {mini: {url: http://mini, model: m}}
prompts: {chat: {input: {fixed: 20}, output: {fixed: 200}}}
load: {concurrency: [4], measure: 20s}
`
	var ramps, begins [2]time.Duration
	for i, simulated := range []bool{true, false} {
		run, err := play(t, yaml, func(e *sweep.Env) { e.Simulated = simulated })
		if err != nil {
			t.Fatal(err)
		}
		ramps[i], begins[i] = run.Steps[0].Meta.Window.RampEnd, run.Steps[0].Meta.Began
	}
	if ramps[0] != ramps[1] || begins[0]-begins[1] < ramps[0]/2 {
		t.Errorf("ramps of %v, begun after %v", ramps, begins)
	}
}
