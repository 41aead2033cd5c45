package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"loadgen/results"
)

func newMerge(t *terminal) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "merge RUN RUN…",
		Short: "Merge repeats of one scenario against the same servers, or shards of one load, into one run",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			var runs []*results.Run
			for _, dir := range args {
				run, err := openRun(dir)
				if err != nil {
					return err
				}
				runs = append(runs, run)
			}
			t.warn(runs...)
			if out == "" {
				out = filepath.Join("runs", "merged-"+time.Now().UTC().Format("20060102-150405"))
			}
			if err := results.Merge(out, runs); err != nil {
				return fail(exitUsage, "", "%w", err)
			}
			t.say("run directory: %s\nnext: loadgen report %s", out, out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "run `directory`; default runs/merged-TIME")
	return c
}
