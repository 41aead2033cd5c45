package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"loadgen/analysis"
	"loadgen/reports"
)

func newCompare(t *terminal) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "compare BASE RUN…",
		Short: "Set runs against a base: settings that differ, ratios per level; exit 4 when something got worse",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			base, err := study(args[0])
			if err != nil {
				return err
			}
			worse := false
			for _, dir := range args[1:] {
				w, err := t.compare(base, dir, asJSON)
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
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (t *terminal) compare(base *analysis.Study, dir string, asJSON bool) (worse bool, err error) {
	other, err := study(dir)
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
	if asJSON {
		return worse, t.json(analysis.ComparisonJSON(all))
	}
	defer fmt.Fprintln(t.out)
	return worse, reports.Terminal(t.out, reports.Comparison(base, other, all), isTerminal(t.out))
}
