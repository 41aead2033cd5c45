// Package plots answers what a run looks like: each figure is one value in one file, drawn with gonum/plot as PNG and
// SVG. The same run gives the same bytes.
package plots

import (
	"fmt"

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

// Draw draws every figure that the run has points for.
func Draw(l *locale.Locale, s *analysis.Study) ([]Picture, error) {
	t, err := chart.NewTypeface()
	if err != nil {
		return nil, err
	}
	var out []Picture
	for _, f := range figures {
		targets := []*analysis.TargetStudy{nil}
		if f.PerTarget {
			targets = s.Targets
		}
		for _, target := range targets {
			page, err := f.Draw(subject{s, l}, target)
			if err != nil {
				return nil, fmt.Errorf("figure %s: %w", f.Name, err)
			}
			if page == nil {
				continue
			}
			picture, err := picture(page, f, target, t)
			if err != nil {
				return nil, fmt.Errorf("figure %s: %w", picture.Name, err)
			}
			out = append(out, picture)
		}
	}
	return out, nil
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
