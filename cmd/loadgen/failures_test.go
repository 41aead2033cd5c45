package main

import (
	"testing"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

func TestSharesAreRead(t *testing.T) {
	for text, want := range map[string]float64{"1%": .01, "0.5 %": .005, " 0%": 0, "100%": 1} {
		if got, err := parseShare("--max-failed", text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "-1%", "101%", "x%", "NaN%"} {
		if _, err := parseShare("--max-failed", text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// Beyond the held load a server may refuse; up to it, and where nothing is asked, failures count.
func TestFailuresCountUpToTheHeldLoad(t *testing.T) {
	step := func(n int) scenarios.Step { return scenarios.Step{Loop: scenarios.Closed, Concurrency: n} }
	held := analysis.HeldLoad{Loop: scenarios.Closed, State: analysis.Held, Value: 16}
	for _, c := range []struct {
		h    analysis.HeldLoad
		n    int
		want bool
	}{{held, 16, true}, {held, 17, false}, {analysis.HeldLoad{}, 64, true},
		{analysis.HeldLoad{Loop: scenarios.Closed, State: analysis.HeldNone}, 1, false},
		{analysis.HeldLoad{Loop: scenarios.Open, State: analysis.Held, Value: 16}, 8, false}} {
		if got := within(c.h, step(c.n)); got != c.want {
			t.Errorf("%+v at %d: %v", c.h, c.n, got)
		}
	}
	s := &results.Step{Meta: results.StepMeta{Counts: results.Counts{Sent: 200, OK: 197}}}
	if failedShare(s) != 0.015 || failedShare(&results.Step{}) != 0 {
		t.Error("shares of failures are wrong")
	}
}
