package rehearsal

import (
	"testing"
	"time"

	"loadgen/results"
	"loadgen/vllm"
)

// A log whose lines are read three at a time is cut between bursts, so that each stretch lasts as long as its steps
// did; none reaches over lines that are missing.
func TestStretchesOfALog(t *testing.T) {
	var samples []results.Sample
	for i := range 1000 {
		if i == 500 {
			continue
		}
		at := time.Duration(i/3*3+3) * 10 * time.Millisecond
		for j, name := range []string{vllm.StepIndex, vllm.StepContextRequests, vllm.StepContextTokens,
			vllm.StepGenerationRequests, vllm.StepGenerationTokens} {
			samples = append(samples, results.Sample{At: at, Source: results.Engine, Name: name, Label: "0",
				Value: []float64{float64(i), 2, 100, 8, 8}[j]})
		}
	}
	got := stretchesOf(logged(samples, 600))
	if len(got) < 6 {
		t.Fatalf("%d stretches", len(got))
	}
	last := -1
	for _, s := range got {
		first := s.Steps[0]
		if want := time.Duration(len(s.Steps)) * 10 * time.Millisecond; s.Took != want {
			t.Errorf("%d steps of 10 ms took %v", len(s.Steps), s.Took)
		}
		if n := len(s.Steps); s.Steps[n-1].Index-first.Index != n-1 || first.Index <= last {
			t.Errorf("steps %d to %d in a stretch of %d, after %d", first.Index, s.Steps[n-1].Index, n, last)
		}
		last = s.Steps[len(s.Steps)-1].Index
		if first.Tokens != 108 || first.Sampled != 10 || first.Context != 4800 || first.Attended != 100*25.5 {
			t.Errorf("%+v", first)
		}
	}
}
