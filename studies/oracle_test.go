package studies

import (
	"os"
	"path/filepath"
	"testing"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// fromFile is a scenario of testdata in a world equal to the tool's coefficients.
func fromFile(t *testing.T, name string) deployment {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/oracle", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenarios.Parse(name+".yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return deployment{Name: name, Scenario: sc, YAML: string(data), Shipped: true}
}

// Scenarios that were judged wrongly before are judged as brute force has it (testdata/oracle/README.md).
func TestOracle(t *testing.T) {
	moves := func(flags ...string) func(map[string]bool) bool {
		return func(got map[string]bool) bool {
			for _, f := range flags {
				if got[f] {
					return true
				}
			}
			return len(flags) == 0 && len(got) == 0
		}
	}
	for name, c := range map[string]struct {
		long  bool // its search takes seconds: make studies plays it
		right func(map[string]bool) bool
	}{
		"01-inf-effect-json-fails":            {false, moves()},
		"02-effect-certainly-worse":           {true, moves(vllm.MaxNumBatchedTokens + " down")},
		"02-as-published":                     {false, moves()},
		"04-budget-advice-no-objective":       {false, moves()},
		"05-budget-too-small-missed":          {false, moves(vllm.MaxNumBatchedTokens+" up", vllm.MaxNumSeqs+" up")},
		"06-objective-on-itl-ignored":         {true, moves(vllm.MaxNumBatchedTokens+" down", vllm.MaxNumSeqs+" up")},
		"08-seqs-gain-understated":            {false, moves(vllm.MaxNumSeqs + " up")},
		"10-seqs-called-bandwidth":            {false, moves(vllm.MaxNumSeqs + " up")},
		"13-stall-factor-hides-the-objective": {true, moves(vllm.MaxNumBatchedTokens + " down")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.long {
				asked(t)
			}
			s, err := fromFile(t, name).play(t.TempDir(), 0)
			if err != nil {
				t.Fatal(err)
			}
			a := advice.Of(s)[0]
			got := map[string]bool{}
			for _, c := range a.Changes {
				got[direction(c.Flag, c.From, c.To)] = true
			}
			if !c.right(got) {
				t.Errorf("%s: %v", a.Says, a.Changes)
			}
		})
	}
}

// A budget that keeps the objective better is never called worse, and two plays of one server are never called
// different.
func TestOracleOfComparison(t *testing.T) {
	play := func(name string, seed uint64) *analysis.Study {
		s, err := fromFile(t, name).play(t.TempDir(), seed)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range [][2]*analysis.Study{
		{play("17-compare-base", 0), play("17-compare-other", 0)},
		{play("20-aa-not-comparable-seed1", 0), play("20-aa-not-comparable-seed1", 1)},
	} {
		all, err := analysis.Compare(c[0], c[1])
		if err != nil || all[0].Verdict != analysis.Inconclusive {
			t.Errorf("%v: %s, %s", err, all[0].Verdict, all[0].Why)
		}
		for _, l := range all[0].Levels {
			if l.Not != "" {
				t.Errorf("%s is not comparable: %s", l.Label, l.Not)
			}
		}
	}
}
