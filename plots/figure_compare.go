package plots

import (
	"fmt"
	"image/color"
	"slices"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// Compare draws each compared target: per number, its ratio other ÷ base at every level, with interval and judgement.
// It is P12 of the method, laid along the levels.
func Compare(l *locale.Locale, before, after *analysis.Study, comparisons []analysis.Comparison) ([]Picture, error) {
	t, err := chart.NewTypeface()
	if err != nil {
		return nil, err
	}
	base, other := subject{before, l}, subject{after, l}
	var out []Picture
	for _, c := range comparisons {
		for _, draw := range []struct {
			name string
			page *chart.Page
		}{{"forest", forest(base, other, c)}, {"compare", comparison(base, other, c)}} {
			if draw.page == nil {
				continue
			}
			p, err := picture(draw.page, figure{Name: draw.name, PerTarget: true}, c.Other, t)
			if err != nil {
				return nil, fmt.Errorf("figure %s: %w", p.Name, err)
			}
			out = append(out, p)
		}
		pair, err := compareArms(other, c, t)
		if err != nil {
			return nil, err
		}
		out = append(out, pair...)
	}
	return out, nil
}

// compareArms draws base and other as arms in one panel: what a GPU carries at the pace that a reader sees.
func compareArms(other subject, c analysis.Comparison, t *chart.Typeface) ([]Picture, error) {
	if len(c.PerGPU()) == 0 {
		return nil, nil
	}
	page := arms(other, []*analysis.TargetStudy{c.Base, c.Other}, scenarios.Closed)
	if page == nil {
		return nil, nil
	}
	p, err := picture(page, figure{Name: "arms", PerTarget: true}, c.Other, t)
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", p.Name, err)
	}
	return []Picture{p}, nil
}

// comparison is nil when no level can be compared.
func comparison(base, other subject, c analysis.Comparison) *chart.Page {
	loop := scenarios.Closed
	if len(c.Other.Closed()) == 0 {
		loop = scenarios.Open
	}
	page := other.page(other.Say("Compared: %s", ofTarget(c.Other)), other.Say("against run %s", runName(base.Study)),
		other.changed(c), other.loopWord(loop),
		other.Say("bars: 95 %% interval of the ratio"),
		other.Say("grey band: ±%s, not material", other.Share(analysis.Material)))
	for _, n := range other.numbers(c) {
		if p := other.ratioPanel(c, n, loop); !p.Empty() {
			page.Panels = append(page.Panels, p)
		}
	}
	if len(page.Panels) == 0 {
		return nil
	}
	for _, j := range judgements {
		page.Keys = append(page.Keys, chart.Series{Name: other.Words(string(j.says)), Colour: j.colour, Glyph: j.glyph,
			Radius: 3.8, Hollow: j.hollow})
	}
	page.Columns, page.Width, page.Height = min(3, len(page.Panels)), 900, 560
	return page
}

// changed tells the first few settings that differ.
func (s subject) changed(c analysis.Comparison) string {
	var out []string
	for _, d := range c.Differ {
		out = append(out, fmt.Sprintf("%s %s → %s", s.Words(d.Name), d.Base, d.Other))
	}
	if len(out) == 0 {
		return s.Say("no setting differs")
	}
	return s.FirstFew(out, 3)
}

// title names a number and says which way is better.
func (s subject) title(r analysis.MetricRatio) string {
	if r.HigherGood {
		return s.Say("%s: higher is better", s.Words(r.Name))
	}
	return s.Say("%s: lower is better", s.Words(r.Name))
}

// numbers are the titles of what was compared, in the order in which levels have them.
func (s subject) numbers(c analysis.Comparison) []string {
	var out []string
	for _, l := range c.Levels {
		for _, r := range l.Ratios {
			if !slices.Contains(out, s.title(r)) {
				out = append(out, s.title(r))
			}
		}
	}
	return out
}

// A judgement is how one is drawn.
type judgement struct {
	says   analysis.Judgement
	colour color.Color
	glyph  chart.Glyph
	hollow bool
}

var judgements = []judgement{
	{analysis.Better, chart.Green, chart.Triangle, false},
	{analysis.Worse, chart.Vermilion, chart.Delta, false},
	{analysis.Equivalent, chart.Blue, chart.Square, false},
	{analysis.NoneShown, chart.Grey, chart.Disc, true},
}

func (s subject) ratioPanel(c analysis.Comparison, name string, loop scenarios.Loop) *chart.Panel {
	x, label := s.levelAxis(loop)
	p := &chart.Panel{Title: name, XLabel: label, X: x, Y: chart.NewAxis(chart.Ratios()), Tight: true,
		Band: analysis.Material}
	for _, j := range judgements {
		p.Add(j.series(s, c, name, loop))
	}
	return p
}

// series are the ratios of one number that got the judgement.
func (j judgement) series(s subject, c analysis.Comparison, name string, loop scenarios.Loop) chart.Series {
	out := chart.Series{Colour: j.colour, Glyph: j.glyph, Radius: 3.8, Bars: true}
	for _, l := range c.Levels {
		level, ok := levelOf(c.Other, l.Label, loop)
		for _, r := range l.Ratios {
			if ok && s.title(r) == name && r.Says == j.says {
				out.Points = append(out.Points, chart.Point{X: level, Y: r.Ratio.Value, Lo: r.Ratio.Lo, Hi: r.Ratio.Hi,
					Hollow: j.hollow})
			}
		}
	}
	return out
}

func levelOf(t *analysis.TargetStudy, label string, loop scenarios.Loop) (float64, bool) {
	for _, p := range pointsOf(t, loop) {
		if p.Label == label {
			return p.Level, true
		}
	}
	return 0, false
}
