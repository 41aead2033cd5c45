package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loadgen/scenarios"
	"loadgen/sweep"
)

// A finished step's line fits the terminal, and keeps its latencies.
func TestAFinishedStepFitsTheTerminal(t *testing.T) {
	o := sweep.Outcome{Steps: 12, Took: 63 * time.Second,
		Step: scenarios.Step{Index: 10, Target: "mini", Loop: scenarios.Closed, Concurrency: 16}}
	o.Meta.Counts.Sent, o.Meta.Counts.OK = 1204, 1200
	o.Point.OutputRate, o.Point.TTFTp50, o.Point.TTFTp99 = 1234, 0.0804, 0.112
	if got := finished(o, 0); !strings.Contains(got, "1204 sent, 1200 ok, 0 failed in 1m3s") {
		t.Error(got)
	}
	if got := finished(o, 80); utf8.RuneCountInString(got) >= 80 || !strings.Contains(got, "1200/1204 ok, 1m3s") ||
		!strings.Contains(got, "p99 112 ms") {
		t.Errorf("%d columns: %s", utf8.RuneCountInString(got), got)
	}
}
