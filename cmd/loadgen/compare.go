package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/analysis"
	"loadgen/plots"
	"loadgen/reports"
)

// A compareFlags is what `compare` was asked.
type compareFlags struct {
	json bool
	out  string
}

func newCompare(t *terminal) *cobra.Command {
	var o compareFlags
	c := &cobra.Command{
		Use:   "compare BASE RUN…",
		Short: "Set runs against a base: settings that differ, ratios per level; exit 4 when something got worse",
		Long: "Sets runs against a base: the settings that differ, then per level the ratio of tokens/s (per GPU too), TTFT, TPOT and ITL.\n" +
			"A run is a directory, or DIR:TARGET for one target of it: compare run:mini-tp1 run:mini-tp2 sets two arms of one run side by side;\nrun:r1+r2 is two targets that were loaded together, as one. Arms on different numbers of GPUs are told per GPU at equal TPOT too.",
		Args: cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			base, err := arm(args[0])
			if err != nil {
				return err
			}
			worse := false
			for _, dir := range args[1:] {
				w, err := t.compare(base, dir, o)
				if err != nil {
					return err
				}
				worse = worse || w
			}
			if worse {
				return fail(exitWorse, "", "a regression against %s", args[0])
			}
			return nil
		},
	}
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().StringVar(&o.out, "out", "", "write report.html, report.md and figures into this `directory`")
	return c
}

// arm is a run, or DIR:TARGET, one target of it.
func arm(name string) (*analysis.Study, error) {
	i := strings.LastIndex(name, ":")
	if _, err := os.Stat(name); err == nil || i < 0 {
		return study(name)
	}
	s, err := study(name[:i])
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range slices.Concat(s.Targets, s.Replicas) {
		if t.Target.Name == name[i+1:] {
			s.Targets, s.Replicas = []*analysis.TargetStudy{t}, nil
			return s, nil
		}
		names = append(names, t.Target.Name)
	}
	return nil, fail(exitUsage, "its targets: "+strings.Join(names, ", "), "%s has no target %q", name[:i], name[i+1:])
}

func (t *terminal) compare(base *analysis.Study, dir string, o compareFlags) (worse bool, err error) {
	other, err := arm(dir)
	if err != nil {
		return false, err
	}
	all, err := analysis.Compare(base, other)
	if err != nil {
		return false, fail(exitUsage, "", "%s and %s: %w", base.Run.Dir, dir, err)
	}
	for _, c := range all {
		worse = worse || c.Verdict == analysis.Worse
	}
	if o.json {
		return worse, t.json(reports.ComparisonJSON(all))
	}
	doc := reports.Comparison(base, other, all, nil)
	if o.out != "" {
		pictures, err := plots.Compare(base, other, all)
		if err != nil {
			return worse, fail(exitFailed, "", "%w", err)
		}
		into := filepath.Join(o.out, strings.ReplaceAll(filepath.Base(dir), ":", "-"))
		if err := write(into, pictures, func(f []reports.Figure) reports.Document { return reports.Comparison(base, other, all, f) }); err != nil {
			return worse, err
		}
		doc.Footer = "report: " + filepath.Join(into, "report.html")
	}
	defer fmt.Fprintln(t.out)
	return worse, reports.Terminal(t.out, doc, isTerminal(t.out))
}
