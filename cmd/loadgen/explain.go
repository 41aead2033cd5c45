package main

import (
	"strings"

	"github.com/spf13/cobra"

	"loadgen/reports"
)

func newExplain(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a check, bottleneck, metric or word: V13, kv-memory, TTFT, goodput, …",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			e, ok := reports.Explain(args[0])
			if !ok {
				return fail(exitUsage, "known: "+strings.Join(reports.Explained(), ", "), "no help for %q", args[0])
			}
			t.say("%s: %s", e.ID, e.Name)
			for _, part := range [][2]string{{"", e.Doc}, {"formula: ", e.Formula}, {"source:  ", e.Source},
				{"remedy:  ", e.Remedy}} {
				if part[1] != "" {
					t.say("  %s%s", part[0], part[1])
				}
			}
			return nil
		},
	}
}
