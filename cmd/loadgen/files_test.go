package main

import (
	"testing"

	"loadgen/scenarios"
)

func TestStreamsOfAPlan(t *testing.T) {
	for _, c := range []struct {
		steps []scenarios.Step
		want  int
	}{
		{nil, 0},
		{[]scenarios.Step{{Concurrency: 4}, {Concurrency: 64}, {Rate: 100}}, 64},
		{[]scenarios.Step{{Concurrency: 40, Beside: []string{"b", "c"}}}, 120},
		{[]scenarios.Step{{Rate: 9, Cap: 500}}, 500},
	} {
		if got := mostStreams(scenarios.Plan{Steps: c.steps}); got != c.want {
			t.Errorf("%+v: %d, want %d", c.steps, got, c.want)
		}
	}
	if err := needFiles(scenarios.Plan{Steps: []scenarios.Step{{Concurrency: 1 << 40}}}); err == nil {
		t.Error("more streams than any system has files are not refused")
	}
}
