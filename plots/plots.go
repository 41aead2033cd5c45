// Package plots answers what a run looks like: each figure is one value in one file, drawn with gonum/plot as PNG and
// SVG. The same run gives the same bytes.
package plots

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// A figure is one kind of picture of a run.
type figure struct {
	Name string // a word: the picture's file is named for it
	Doc  string // one sentence: what it shows
	// PerTarget asks for one picture per target; else there is one of the run, and Draw gets no target.
	PerTarget bool
	// Draw lays the page out; nil when the run has not enough points for it. An error is one of reading the run's files.
	Draw func(s subject, t *analysis.TargetStudy) (*chart.Page, error)
}

// figures are all kinds of pictures, in the order of a report.
var figures = []figure{
	curve(scenarios.Closed), curve(scenarios.Open),
	overview(scenarios.Closed), overview(scenarios.Open),
	missed(scenarios.Closed), missed(scenarios.Open),
	held(scenarios.Closed), held(scenarios.Open),
	panels(scenarios.Closed), panels(scenarios.Open),
	classes(scenarios.Closed), classes(scenarios.Open),
	spectrum(scenarios.Closed), spectrum(scenarios.Open),
	server(scenarios.Closed), server(scenarios.Open),
}

// A Picture is one figure of one run, drawn.
type Picture struct {
	Name    string // unique in a run: "curve-mini", "overview"
	Figure  string // the figure's name
	Target  string // empty: of the whole run
	Caption string // its title and subtitle as text
	PNG     []byte
	SVG     []byte
}

// Draw draws every figure that the run has points for, as many at a time as there are cores.
func Draw(l *locale.Locale, s *analysis.Study) ([]Picture, error) {
	all := planned(s)
	var drawing sync.WaitGroup
	var next atomic.Int64
	for range min(len(all), runtime.GOMAXPROCS(0)) {
		drawing.Go(func() {
			t, err := chart.NewTypeface()
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				if all[i].err = err; err == nil {
					all[i].draw(subject{s, l}, t)
				}
			}
		})
	}
	drawing.Wait()
	var out []Picture
	for _, d := range all {
		if d.err != nil {
			return nil, fmt.Errorf("figure %s: %w", d.of.Name, d.err)
		}
		if d.picture != nil {
			out = append(out, *d.picture)
		}
	}
	return out, nil
}

// A drawing is one figure of a run, or of one of its targets.
type drawing struct {
	of      figure
	target  *analysis.TargetStudy // nil: of the run
	picture *Picture              // nil: there are not enough points for it
	err     error
}

// planned are the drawings of a run, in the order of a report.
func planned(s *analysis.Study) (out []drawing) {
	for _, f := range figures {
		targets := []*analysis.TargetStudy{nil}
		if f.PerTarget {
			targets = s.Targets
		}
		for _, t := range targets {
			out = append(out, drawing{of: f, target: t})
		}
	}
	return out
}

func (d *drawing) draw(s subject, t *chart.Typeface) {
	page, err := d.of.Draw(s, d.target)
	if err != nil || page == nil {
		d.err = err
		return
	}
	drawn, err := picture(page, d.of, d.target, t)
	d.picture, d.err = &drawn, err
}

// Paint draws a page that another room laid out.
func Paint(name string, p *chart.Page) (Picture, error) {
	t, err := chart.NewTypeface()
	if err != nil {
		return Picture{}, err
	}
	return picture(p, figure{Name: name}, nil, t)
}

// picture draws a page in both forms.
func picture(p *chart.Page, f figure, target *analysis.TargetStudy, t *chart.Typeface) (Picture, error) {
	out := Picture{Name: f.Name, Figure: f.Name, Caption: p.Caption()}
	if target != nil {
		out.Target = target.Target.Name
		out.Name += "-" + out.Target
	}
	var err error
	if out.PNG, err = p.PNG(t); err != nil {
		return out, err
	}
	out.SVG = p.SVG(t)
	return out, err
}

// ofLoop names a figure and says what its points are, by loop.
func ofLoop(name string, l scenarios.Loop) string {
	if l == scenarios.Open {
		return name + "-open"
	}
	return name
}
