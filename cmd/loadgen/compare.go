package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots"
	"loadgen/reports"
)

// A compareFlags is what `compare` was asked.
type compareFlags struct {
	telling
	out   string
	gates string
	alone bool // one run beside the baseline: out is its directory
}

func newCompare(t *terminal) *cobra.Command {
	var o compareFlags
	c := &cobra.Command{
		Use: "compare BASE RUN…",
		Short: "Compare runs with a baseline: verdict by held load, settings that differ, ratios per level; exit 4 on a " +
			"regression, 5 if inconclusive",
		Long: "Compares runs with a baseline. The verdict is the ratio of the held loads in tokens/s per GPU; without an " +
			"objective that breaks, of the\npeak tokens/s per GPU and of TPOT p50. It needs four repetitions a side, and " +
			"knows what two starts of one server differ by. All other\nnumbers are trade-offs.\n" +
			"A run is a directory, or DIR:TARGET for one target of it: compare run:mini-tp1 run:mini-tp2 sets two variants of " +
			"one run side by side;\nrun:r1+r2 is two targets that were loaded together, as one. If GPU counts differ, " +
			"throughput per GPU at equal TPOT is shown as well.",
		Args: cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := o.check()
			if err != nil {
				return err
			}
			base, err := arm(args[0])
			if err != nil {
				return err
			}
			o.alone = len(args) == 2
			gates, err := parseGates(o.gates)
			if err != nil {
				return err
			}
			var all []analysis.Comparison
			for _, dir := range args[1:] {
				found, err := t.compare(l, base, dir, o)
				if err != nil {
					return err
				}
				all = append(all, found...)
			}
			return compared(args[0], all, gates)
		},
	}
	c.Flags().StringVar(&o.gates, "gate", "", "exit 4 too where one of these got worse by more at any level, beyond "+
		"chance: `NUMBER=PERCENT%,…`, such as ttft_p99=5%")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().StringVar(&o.out, "out", "", "write report.html, report.md and figures into this `directory`")
	o.flags(c, true)
	return c
}

// compared turns verdicts into an exit code.
func compared(base string, all []analysis.Comparison, gates []gate) error {
	verdicts := map[analysis.Judgement]bool{}
	for _, c := range all {
		verdicts[c.Verdict] = true
	}
	if beyond := broken(all, gates); len(beyond) > 0 {
		return fail(exitWorse, "", "%s", strings.Join(beyond, "\n"))
	}
	switch {
	case verdicts[analysis.Worse]:
		return fail(exitWorse, "", "a regression against %s", base)
	case verdicts[analysis.Inconclusive]:
		return fail(exitOpen, "", "inconclusive against %s", base)
	}
	return nil
}

// arm is a run, or DIR:TARGET, one target of it, with the held loads that report tells.
func arm(name string) (*analysis.Study, error) {
	s, err := side(name)
	if err == nil {
		advice.Read(s)
	}
	return s, err
}

func side(name string) (*analysis.Study, error) {
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

func (t *terminal) compare(l *locale.Locale, base *analysis.Study, dir string, o compareFlags) ([]analysis.Comparison,
	error) {
	other, err := arm(dir)
	if err != nil {
		return nil, err
	}
	t.warn(base.Run, other.Run)
	all, err := analysis.Compare(base, other)
	if err != nil {
		return nil, fail(exitUsage, "", "%s and %s: %w", base.Run.Dir, dir, err)
	}
	if o.json {
		return all, t.json(reports.ComparisonJSON(all))
	}
	doc := reports.Comparison(l, base, other, all, nil)
	if o.markdown() {
		return all, reports.Brief(t.out, doc, o.figureURL)
	}
	if o.out != "" {
		pictures, err := plots.Compare(l, base, other, all)
		if err != nil {
			return nil, fail(exitFailed, "", "%w", err)
		}
		into := o.out
		if !o.alone {
			into = filepath.Join(o.out, strings.ReplaceAll(filepath.Base(dir), ":", "-"))
		}
		if err := write(into, pictures, func(f []reports.Figure) reports.Document {
			return reports.Comparison(l, base, other, all, f)
		}); err != nil {
			return nil, err
		}
		defer t.say("%s", l.Say("\nreport: %s", filepath.Join(into, "report.html")))
	}
	return all, t.print(o.screen(doc))
}
