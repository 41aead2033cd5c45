package plots

import (
	"math"

	"loadgen/analysis"
	"loadgen/plots/chart"
)

// forest is before and after in one look: what decides, then the other numbers at the common level where the baseline
// first breaks its objective, each as a ratio with its interval. nil when there is none.
func forest(base, other subject, c analysis.Comparison) *chart.Page {
	rows, ratios := other.forestRows(c)
	if len(rows) == 0 {
		return nil
	}
	page := other.page(other.Say("Before and after: %s", ofTarget(c.Other)),
		other.Say("run %s against run %s", runName(other.Study), runName(base.Study)), other.changed(c),
		other.Say("bars: 95 %% interval of the ratio"),
		other.Say("grey band: ±%s, not material", other.Share(analysis.Material)))
	p := &chart.Panel{Title: other.Say("Variant ÷ baseline"), XLabel: other.Say("ratio"), X: chart.NewAxis(chart.Ratios()),
		Y: chart.NewAxis(chart.List(rows)), Tight: true, Across: true, Band: analysis.Material}
	for _, j := range judgements {
		one := chart.Series{Colour: j.colour, Glyph: j.glyph, Radius: 4}
		for i, r := range ratios {
			if r.Says == j.says {
				one.Points = append(one.Points, chart.Point{X: r.Ratio.Value, Y: -float64(i + 1), Lo: r.Ratio.Lo, Hi: r.Ratio.Hi,
					Hollow: j.hollow})
			}
		}
		if len(one.Points) > 0 {
			page.Keys = append(page.Keys, chart.Series{Name: other.Words(string(j.says)), Colour: j.colour, Glyph: j.glyph,
				Radius: 4, Hollow: j.hollow})
		}
		p.Add(one)
	}
	if p.Empty() {
		return nil
	}
	page.Panels = []*chart.Panel{p}
	page.Width, page.Height = 740, chart.Length(190+26*len(rows))
	return page
}

// forestRows are the ratios that can be drawn, what decides first, with what each is of.
func (s subject) forestRows(c analysis.Comparison) (rows []string, ratios []analysis.MetricRatio) {
	add := func(name string, r analysis.MetricRatio) {
		if !math.IsNaN(r.Ratio.Value) && r.Ratio.Value > 0 {
			better := s.Say("lower is better")
			if r.HigherGood {
				better = s.Say("higher is better")
			}
			rows, ratios = append(rows, name+" ("+better+")"), append(ratios, r)
		}
	}
	for _, r := range c.Decisive {
		add(s.Words(r.Name), r)
	}
	if best, ok := c.AtHeld(s.Scenario); ok {
		for _, r := range best.Ratios {
			add(s.Say("%s at %s", s.Words(r.Name), s.Words(best.Label)), r)
		}
	}
	return rows, ratios
}
