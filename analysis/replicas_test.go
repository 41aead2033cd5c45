package analysis

import (
	"math"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// Two replicas of 4 requests in flight each, one begun 7 ms later: as one they are 8 in flight with twice the tokens/s
// and the same latencies, whatever the offset.
func TestReplicasAddUp(t *testing.T) {
	sc := &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat"}}}
	a, b := steady(4, 50, 100*ms, 10*ms, 60*time.Second), steady(4, 50, 100*ms, 10*ms, 60*time.Second)
	b.Meta.Began = 7 * ms
	b.Meta.Verdict = results.Verdict{State: results.Warnings,
		Reasons: []results.Reason{{Check: "V3", Level: results.Warn}}}
	one := Pool(sc, scenarios.Target{}, []*StepData{a})
	both := alongside([]*StepData{a, b})
	two := Pool(sc, scenarios.Target{}, []*StepData{both})
	if two.Label != "n8" || both.Meta.Verdict.State != results.Warnings || both.Meta.Evidence.MeanInFlight != 8 {
		t.Errorf("%s, %s, %v in flight", two.Label, both.Meta.Verdict.State, both.Meta.Evidence.MeanInFlight)
	}
	if r := two.OutputRate.Value / one.OutputRate.Value; math.Abs(r-2) > 0.01 {
		t.Errorf("tokens/s × %v, want × 2", r)
	}
	for _, m := range []string{"ttft", "itl", "tpot", "e2e"} {
		if x, y := one.Metrics[m].At(0.5).Value, two.Metrics[m].At(0.5).Value; x != y {
			t.Errorf("%s %v alone and %v together", m, x, y)
		}
	}
	if len(both.Records) != len(a.Records)+len(b.Records) || a.Records[0].Due == both.Records[len(a.Records)].Due {
		t.Error("records were lost, or not shifted")
	}
	starts := func(of float64, d *StepData) {
		d.Samples = []results.Sample{{At: 10 * time.Second, Source: results.Server, Name: vllm.ProcessStart, Value: of}}
	}
	starts(100, a)
	starts(200, b)
	first := Pool(sc, scenarios.Target{}, []*StepData{alongside([]*StepData{a, b})}).Server.Start
	starts(150, a)
	if again := Pool(sc, scenarios.Target{}, []*StepData{alongside([]*StepData{a, b})}).Server.Start; first != 300 ||
		again != 350 {
		t.Errorf("starts %v and %v: another start of the first server is another of both", first, again)
	}
	if b.Meta.Began = 40 * time.Second; alongside([]*StepData{a, b}) != nil {
		t.Error("windows that share a third are no set")
	}
}
