package main

import (
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"loadgen/analysis"
	"loadgen/results"
)

// A listed is one run as `ls` shows it.
type listed struct {
	Dir       string    `json:"dir"`
	Started   time.Time `json:"started"`
	Scenario  string    `json:"scenario"`
	Simulated bool      `json:"simulated"`
	Steps     int       `json:"steps"` // measured
	Planned   int       `json:"planned"`
	Verdict   string    `json:"verdict"`
}

func newLs(t *terminal) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "ls [DIR]",
		Short: "List the run directories in DIR, default runs",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "runs"
			if len(args) > 0 {
				dir = args[0]
			}
			runs, err := listRuns(dir)
			if err != nil {
				return err
			}
			if asJSON {
				return t.json(runs)
			}
			return t.list(runs)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// listRuns opens every run in dir. What is no run is passed over; a run that cannot be read says so as its verdict.
func listRuns(dir string) ([]listed, error) {
	manifests, err := filepath.Glob(filepath.Join(dir, "*", "manifest.json"))
	if _, missing := os.Stat(dir); err != nil || missing != nil {
		return nil, fail(exitUsage, "loadgen ls DIR", "%s: no such directory", dir)
	}
	runs := []listed{}
	for _, m := range manifests {
		l := listed{Dir: filepath.Dir(m)}
		run, err := results.Open(l.Dir)
		switch {
		case err != nil:
			l.Verdict = "unreadable: " + err.Error()
		case run.Manifest.Parsed == nil:
			l.Verdict = "unreadable: its manifest holds no scenario"
		default:
			l.Started, l.Scenario, l.Simulated = run.Manifest.Started, run.Manifest.Scenario, run.Manifest.Simulated
			l.Steps, l.Planned, l.Verdict = measured(run), len(run.Manifest.Plan.Steps), string(analysis.RunVerdict(run).State)
		}
		runs = append(runs, l)
	}
	return runs, nil
}

// measured counts the steps of the plan that were; a search is one, however many steps it took.
func measured(run *results.Run) int {
	played := map[int]bool{}
	for _, st := range run.Steps {
		played[st.Meta.Step.Index] = true
	}
	return len(played)
}

func (t *terminal) list(runs []listed) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "run\tstarted\tscenario\tsteps\tverdict")
	for _, l := range runs {
		if l.Simulated {
			l.Verdict += ", simulated"
		}
		started := "not told"
		if !l.Started.IsZero() {
			started = l.Started.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d of %d\t%s\n", l.Dir, started, l.Scenario, l.Steps, l.Planned, l.Verdict)
	}
	return w.Flush()
}
