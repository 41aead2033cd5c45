package rehearsal

import (
	"slices"
	"strings"
	"testing"

	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// Coefficients that were fitted to half of the ladder of an 8B at a budget of 2048 alone (simulate --fit) predict what
// other settings, other loads and a smaller model did on that kind of machine. Errors are those of mean, p50 and the
// carried p90 and p99; docs/simulator.md has the table. On the 1.7B the API server is at its limit from 128 in flight
// on, and its TTFT is not predicted.
func TestFittedProfilePredicts(t *testing.T) {
	fitted, err := ReadProfile("../simulator/machine/testdata/h100-qwen3-8b/fitted.json")
	if err != nil {
		t.Fatal(err)
	}
	var all [3][]float64 // of the 8B: TTFT, TPOT, E2E
	for _, run := range []string{"mixed-2048", "kv-092", "mixed-2048-seqs256", "mixed-512", "mixed-8192", "kv-040",
		"seqs-32", "seqs-256", "small-ladder", "small-api2"} {
		o := simulator.Options{Model: "Qwen/Qwen3-8B", GPU: "H100"}
		small := strings.HasPrefix(run, "small")
		if small {
			o.Model = "Qwen/Qwen3-1.7B"
		}
		if run == "small-api2" {
			o.Flags = map[string]any{vllm.APIServerCount: 2}
		}
		for i, by := range scored(t, run, o, *fitted) {
			if !small {
				all[i%3] = append(all[i%3], by)
			}
		}
	}
	for i, limit := range []float64{.18, .05, .05} {
		slices.Sort(all[i])
		median := all[i][len(all[i])/2]
		t.Logf("8B, %s: median %.1f %% of %d levels", [...]string{"TTFT", "TPOT", "E2E"}[i], 100*median, len(all[i]))
		if median > limit {
			t.Errorf("median %.1f %%, was below %.0f", 100*median, 100*limit)
		}
	}
}

// scored is how far the levels of a run are from replays with a profile: TTFT, TPOT and E2E of each, one after the
// other.
func scored(t *testing.T, run string, o simulator.Options, p machine.Profile) (errors []float64) {
	f, err := ReadFitting("../testdata/gpu/"+run, "", o)
	if err != nil {
		t.Fatal(err)
	}
	fitted := f.Machine
	fitted.Profile = p
	for _, l := range f.loads {
		was, err := f.Errors(l.judged(l.cohort))
		if err != nil {
			t.Fatal(err)
		}
		is, err := fitted.Errors(l.judged(l.cohort))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-18s %-16s %4d requests: TTFT %5.1f → %5.1f, TPOT %4.1f → %4.1f, E2E %4.1f → %4.1f %%", run, l.name,
			len(l.cohort),
			100*was[0], 100*is[0], 100*was[1], 100*is[1], 100*was[2], 100*is[2])
		errors = append(errors, is[:]...)
	}
	return errors
}
