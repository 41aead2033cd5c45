package main

import (
	"testing"

	"loadgen/simulator"
)

// The coefficients that were fitted to the ladder of an 8B at a budget of 2048 (by simulate --fit, half of its requests) predict what
// other settings, loads and a smaller model did on that kind of machine, better than the profile that ships. Mean absolute errors of
// mean, p50 and the carried p90 and p99; docs/simulator.md has the table.
func TestFittedProfilePredicts(t *testing.T) {
	fitted, err := readProfile("../../simulator/machine/testdata/h100-qwen3-8b/fitted.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		run, model string
		limit      float64 // of the three errors' mean, fitted
	}{
		{"mixed-2048", "Qwen/Qwen3-8B", 1},
		{"kv-092", "Qwen/Qwen3-8B", 1},
		{"mixed-2048-seqs256", "Qwen/Qwen3-8B", 1},
		{"mixed-512", "Qwen/Qwen3-8B", 1},
		{"mixed-8192", "Qwen/Qwen3-8B", 1},
		{"kv-040", "Qwen/Qwen3-8B", 1},
		{"seqs-32", "Qwen/Qwen3-8B", 1},
		{"seqs-256", "Qwen/Qwen3-8B", 1},
		{"small-ladder", "Qwen/Qwen3-1.7B", 1},
	} {
		f, err := readFitting("../../testdata/gpu/"+c.run, "", simulator.Options{Model: c.model, GPU: "H100"})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range f.loads {
			l.Seeds = 1
			was, err := f.Errors(l.judged(l.cohort))
			if err != nil {
				t.Fatal(err)
			}
			m := f.Machine
			m.Profile = *fitted
			is, err := m.Errors(l.judged(l.cohort))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%-20s %-18s %4d  TTFT %5.1f → %5.1f  TPOT %5.1f → %5.1f  E2E %5.1f → %5.1f %%", c.run, l.name, len(l.cohort),
				100*was[0], 100*is[0], 100*was[1], 100*is[1], 100*was[2], 100*is[2])
		}
	}
}
