package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots"
	"loadgen/rehearsal"
	"loadgen/reports"
	"loadgen/results"
)

func newReport(t *terminal) *cobra.Command {
	var o telling
	var asserted []string
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Report on a run: prints a summary and tables, writes Markdown, HTML, PNG and SVG into the run directory",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := o.check()
			if err != nil {
				return err
			}
			done := t.busy("reading the run and working out advice …")
			s, err := study(args[0])
			if err != nil {
				done()
				return err
			}
			all := advice.Kept(s)
			done()
			switch {
			case o.json:
				return errors.Join(t.json(reports.RunJSON(s, all)), assert(all, asserted))
			case o.markdown():
				return errors.Join(reports.Brief(t.out, reports.Run(l, s, all, nil), o.figureURL), assert(all, asserted))
			}
			doc, err := t.report(l, s, all)
			if err == nil {
				err = rehearsal.DrawTruth(s)
			}
			if told := t.print(o.screen(doc)); told != nil { // also where nothing can be written
				return told
			}
			if err != nil {
				return fail(exitFailed, "", "the report's files could not be written: %w", err)
			}
			t.say("%s", l.Say("\nreport:  %s (tables here: --full)\nfigures: %s", filepath.Join(s.Run.Dir, "report.html"),
				filepath.Join(s.Run.Dir, "figures")))
			return assert(all, asserted)
		},
	}
	c.Flags().BoolVar(&o.json, "json", false, "print every level's numbers as JSON, and write nothing")
	assertFlag(c, &asserted)
	o.flags(c, true)
	return c
}

// study opens and analyses a run.
func study(dir string) (*analysis.Study, error) {
	run, err := openRun(dir)
	if err != nil {
		return nil, err
	}
	if run.Manifest.Parsed == nil {
		return nil, fail(exitUsage, "", "%s: its manifest holds no scenario", dir)
	}
	if n := len(run.Manifest.Plan.Steps); len(run.Steps) == 0 {
		return nil, fail(exitUsage, "loadgen run --resume goes on with it",
			"%s: none of its %d planned steps is there, so there is nothing to tell", dir, n)
	}
	defer sparing(10)()
	s, err := analysis.AnalyzeKept(run)
	if err != nil {
		return nil, fail(exitFailed, "", "%w", err)
	}
	return s, nil
}

// sparing has the collector hold less garbage, in percent of what is alive, until it is ended: what is read back of a
// run is numbers, which cost it nothing to look through. GOGC of the environment wins.
func sparing(percent int) (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	was := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(was) }
}

// report writes report.md, report.html and figures/ into the run directory.
func (t *terminal) report(l *locale.Locale, s *analysis.Study, all []*advice.Advice) (reports.Document, error) {
	defer sparing(25)() // a figure is megabytes of pixels for a moment
	draw := func() ([]plots.Picture, error) { return plots.Draw(l, s) }
	pictures, err := results.Through(s.Run.Kept(), "figures-"+l.Name, s.Run.Inputs(), draw)
	if err != nil {
		return reports.Document{}, fail(exitFailed, "", "%w", err)
	}
	var doc reports.Document
	err = write(s.Run.Dir, pictures, func(f []reports.Figure) reports.Document {
		doc = reports.Run(l, s, all, f)
		return doc
	})
	return doc, err
}

// write puts pictures into dir/figures, and the document that tells them beside, as Markdown and HTML.
func write(dir string, pictures []plots.Picture, tell func([]reports.Figure) reports.Document) error {
	var figures []reports.Figure
	files := map[string][]byte{}
	for _, p := range pictures {
		files[filepath.Join("figures", p.Name+".png")] = p.PNG
		files[filepath.Join("figures", p.Name+".svg")] = p.SVG
		figures = append(figures, reports.Figure{Name: p.Name, Target: p.Target, Caption: p.Caption, SVG: p.SVG})
	}
	doc := tell(figures)
	var html, md bytes.Buffer
	if err := errors.Join(reports.HTML(&html, doc), reports.Markdown(&md, doc),
		os.MkdirAll(filepath.Join(dir, "figures"), 0o777)); err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	files["report.html"], files["report.md"] = html.Bytes(), md.Bytes()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return fail(exitFailed, "", "%w", err)
		}
	}
	return nil
}
