package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"loadgen/reports"
	"loadgen/sweep"
)

func newQuick(t *terminal) *cobra.Command {
	var wait time.Duration
	c := &cobra.Command{
		Use:   "quick SCENARIO",
		Short: "Ask every endpoint: reachable, authorised, model served, one generation",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := readScenario(args[0])
			if err != nil {
				return err
			}
			if err := needKeys(f); err != nil {
				return err
			}
			return t.quick(c.Context(), f, wait)
		},
	}
	waitFlag(c, &wait)
	return c
}

// waitFlag is for servers that are starting.
func waitFlag(c *cobra.Command, into *time.Duration) {
	c.Flags().DurationVar(into, "wait", 0, "wait up to so `long` for servers that are starting, such as 10m")
}

func (t *terminal) quick(ctx context.Context, f file, wait time.Duration) error {
	env := wallEnv(t, true, nil)
	env.Wait = wait
	bad := &sweep.QuickError{}
	var all []sweep.QuickResult
	err := env.Clock.Run("quick", func() {
		for _, target := range f.Targets {
			q := sweep.Quick(ctx, env, f.Scenario, target)
			if all = append(all, q); !q.OK() {
				bad.Results = append(bad.Results, q)
			}
		}
	})
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	if err := t.print(reports.Document{Verdict: "quick test of " + f.Name,
		Sections: []reports.Section{quickSection(all)}}); err != nil {
		return err
	}
	if len(bad.Results) > 0 {
		return fail(exitFailed, "", "%w", bad)
	}
	return nil
}

func quickSection(all []sweep.QuickResult) reports.Section {
	tab := &reports.Table{Columns: []reports.Column{{Head: "target"}, {Head: "question"}, {Head: "answer"},
		{Head: "time", Right: true}, {Head: ""}}}
	for _, q := range all {
		for _, c := range q.Checks {
			word := "ok"
			switch {
			case !c.OK:
				word = "FAILED"
			case c.Warn:
				word = "warning"
			}
			tab.Rows = append(tab.Rows, []string{q.Target, c.Name, word, milliseconds(c.Took.Seconds()), c.Says})
		}
	}
	return reports.Section{Title: "Endpoints", Table: tab}
}
