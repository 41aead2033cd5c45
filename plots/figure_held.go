package plots

import (
	"cmp"
	"math"
	"slices"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// held shows what a search of the held load saw, and the levels that it began with: the share of requests outside the
// objective over the load, with the goal, the load that is held and what a fresh step confirmed.
func held(l scenarios.Loop) figure {
	return figure{ofLoop("held", l), "Share of requests that missed their objective at every load that a search tried, " +
		"with the goal, the load held and the load confirmed.", true,
		func(s subject, t *analysis.TargetStudy) (*chart.Page, error) {
			h := t.Held(s.Scenario)
			if h.Loop != l {
				h = t.HeldIn(s.Scenario, l, "")
			}
			if !h.Searched || !(h.Value > 0) {
				return nil, nil
			}
			x, label := s.levelAxis(l)
			p := &chart.Panel{Title: s.Say("All requests"), XLabel: label, X: x, Y: chart.NewAxis(chart.Shares()), Tight: true,
				Zeros: true}
			seen := chart.Series{Name: s.Say("steps of the search"), Colour: chart.TargetColour(0), Glyph: chart.TargetGlyph(0),
				Radius: 3.6, Bars: true}
			given := chart.Series{Name: s.Say("levels played before it"), Colour: chart.TargetColour(2),
				Glyph: chart.TargetGlyph(2), Radius: 3.6, Bars: true}
			for _, at := range pointsOf(t, l) {
				switch {
				case at.Sought():
					seen.Points = append(seen.Points, missedPoint(at, at.Attainment))
				case at.Tells(""):
					given.Points = append(given.Points, missedPoint(at, at.Attainment))
				}
			}
			if len(given.Points) > 0 {
				p.Add(given)
			}
			p.Add(seen)
			if line := s.fitted(h, slices.Concat(given.Points, seen.Points)); len(line.Points) > 0 {
				p.Add(line)
			}
			if h.Goal < 1 {
				p.Limit(chart.Limit{At: 1 - h.Goal, Shade: true, Label: s.Say("goal: %s may miss", s.Share(1-h.Goal))})
			}
			p.Mark(chart.Mark{X: h.Value, Y: math.Max(1-h.Goal, 1e-5), Name: s.Say("held: %s", s.Load(h.Value))})
			if c := h.Confirmed; c != nil {
				p.Mark(chart.Mark{X: c.Level, Y: missedPoint(c, c.Attainment).Y,
					Name: s.Say("%s confirms %s", s.Load(c.Level), s.Load(h.Lower))})
			}
			if p.Empty() {
				return nil, nil
			}
			page := s.page(s.Say("Search of the held load: %s", ofTarget(t)), hardware(t), s.loopOf(l),
				s.Say("shaded and bars: 95 %% interval"))
			page.Panels = []*chart.Panel{p}
			page.Columns, page.Width, page.Height = 1, 900, 480
			return page.Bottom(s.Say("at the bottom: none missed")).Explained(), nil
		}}
}

// fitted is the line that a held load is read from, near the goal, with its interval.
func (s subject) fitted(h analysis.HeldLoad, seen []chart.Point) chart.Series {
	out := chart.Series{Name: s.Say("line through all"), Colour: chart.TargetColour(1), Width: 1.8, Band: true}
	if h.Line == nil {
		return out
	}
	least, most := slices.MinFunc(seen, byLoad).X, slices.MaxFunc(seen, byLoad).X
	for k := range 41 {
		load := h.Value * math.Pow(1.6, float64(k-20)/20)
		e := h.Line.Share(load)
		if load < least || load > most || 1-e.Value < 1e-4 {
			continue
		}
		out.Points = append(out.Points, chart.Point{X: load, Y: 1 - e.Value, Lo: math.Max(1-e.Hi, 1e-5), Hi: 1 - e.Lo})
	}
	return out
}

func byLoad(a, b chart.Point) int { return cmp.Compare(a.X, b.X) }
