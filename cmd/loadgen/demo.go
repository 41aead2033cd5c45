package main

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/rehearsal"
	"loadgen/reports"
	"loadgen/scenarios"
	"loadgen/stat"
)

func newDemo(t *terminal) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "demo",
		Short: "The whole job on simulated servers in virtual time: run --simulated, report, recommend",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return t.demo(c.Context(), out) },
	}
	c.Flags().StringVar(&out, "out", "", "run `directory`; default runs/demo-TIME")
	return c
}

// demo is run --simulated of the embedded scenario, then report and recommend on its directory.
func (t *terminal) demo(ctx context.Context, out string) error {
	data, _ := scenarios.Shipped("demo")
	sc, err := scenarios.Parse("demo.yaml", data)
	if err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	f := file{name: "demo.yaml", data: data, Scenario: sc}
	if out == "" {
		out = filepath.Join("runs", "demo-"+time.Now().UTC().Format("20060102-150405"))
	}
	dir, err := t.play(ctx, f, runFlags{out: out, simulated: true})
	if err != nil {
		return err
	}
	s, err := study(dir)
	if err != nil {
		return err
	}
	all := advice.Kept(s)
	if _, err := t.report(locale.English, s, all); err != nil {
		return err
	}
	t.summary(s)
	if err := t.socket(ctx, sc.Targets[1]); err != nil {
		return err
	}
	t.say("\nreport:  %s\nfigures: %s\nadvice:  loadgen recommend %s\n", filepath.Join(dir, "report.html"),
		filepath.Join(dir, "figures"), dir)
	for _, a := range all {
		t.say("%s\n%s", reports.HeldLine(locale.English, a), reports.AdviceLine(locale.English, a))
	}
	return nil
}

// summary is the verdict and each target's curve in a table.
func (t *terminal) summary(s *analysis.Study) {
	doc := reports.Document{Verdict: reports.VerdictLine(locale.English, s)}
	for _, target := range s.Targets {
		doc.Sections = append(doc.Sections, reports.Levels(locale.English, target))
	}
	_ = t.print(doc)
}

// socket tells what a short load over a real socket adds.
func (t *terminal) socket(ctx context.Context, target scenarios.Target) error {
	added, err := rehearsal.Socket(ctx, target)
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	t.say("\nover a real socket, speed 1, %d streams for %v (%d requests): measured − true", rehearsal.SocketStreams,
		rehearsal.SocketTime, len(added.TTFT))
	t.say("  TTFT %s   ITL %s", offsets(added.TTFT), offsets(added.ITL))
	return nil
}

// offsets is the middle and the largest of signed differences in seconds: too few for a p99.
func offsets(v []float64) string {
	if len(v) == 0 {
		return "not told"
	}
	slices.Sort(v)
	us := func(p float64) string { return strconv.FormatFloat(stat.Quantile(v, p)*1e3, 'f', 3, 64) + " ms" }
	return "p50 " + us(0.5) + ", largest " + us(1) + " (n = " + strconv.Itoa(len(v)) + ")"
}
