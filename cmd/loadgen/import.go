package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

func newImport(t *terminal) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "import FILE…",
		Short: "Make a run directory of results of `vllm bench serve --save-result`, one step each; --save-detailed " +
			"tells more",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				out = filepath.Join("runs", "imported-"+time.Now().UTC().Format("20060102-150405"))
			}
			if err := importBench(out, args); err != nil {
				return err
			}
			t.say("run directory: %s (%s)\nnext: loadgen report %s", out, results.Imported, out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "run `directory`; default runs/imported-TIME")
	return c
}

func importBench(dir string, files []string) error {
	var all []results.Bench
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return fail(exitUsage, "", "%w", err)
		}
		benches, err := results.ReadBench(data)
		if err != nil {
			return fail(exitUsage, "vllm bench serve --save-result --save-detailed writes what can be imported", "%s: %w", name,
				err)
		}
		all = append(all, benches...)
	}
	man := results.Manifest{Tool: "loadgen " + version(), Go: runtime.Version()}
	if err := results.Import(dir, man, all, judgeImported); err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	return nil
}

// judgeImported gives each step the verdict that its records allow, and says that nobody can verify it.
func judgeImported(dir string) error {
	run, err := openRun(dir)
	if err != nil {
		return err
	}
	for _, s := range run.Steps {
		if s.Meta.Summary != nil {
			if err := s.Judge(results.Verdict{State: results.Warnings, Reasons: append(cappedRate(s.Meta.Step), results.Reason{
				Check: "V18", Level: results.Warn, Says: results.Imported + "; " + s.Meta.Summary.String()})}); err != nil {
				return fail(exitFailed, "", "%w", err)
			}
			continue
		}
		data, err := analysis.ReadStep(s)
		if err != nil {
			return fail(exitFailed, "", "%w", err)
		}
		v := analysis.Judge(data)
		for i, r := range v.Reasons {
			if r.Check == "V3" { // it judges our own sending
				v.Reasons[i] = results.Reason{Check: "V3", Level: results.NotChecked, Says: "another tool sent"}
			}
		}
		v.Reasons = append(append(v.Reasons, cappedRate(s.Meta.Step)...), results.Reason{Check: "V18", Level: results.Warn,
			Says: results.Imported})
		if v.State == results.Trusted {
			v.State = results.Warnings
		}
		if err := s.Judge(v); err != nil {
			return fail(exitFailed, "", "%w", fmt.Errorf("%s: %w", s.Dir, err))
		}
	}
	return nil
}

// cappedRate is what V1 can say of a rate with a cap that another tool sent: nobody told whether the cap bound.
func cappedRate(st scenarios.Step) []results.Reason {
	if st.Cap == 0 {
		return nil
	}
	return []results.Reason{{Check: "V1", Level: results.Warn,
		Says: fmt.Sprintf("a cap of %d in flight stood beside the rate, and whether it bound is not told: this may be no "+
			"open loop", st.Cap)}}
}
