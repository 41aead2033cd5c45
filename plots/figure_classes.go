package plots

import (
	"fmt"
	"slices"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// classes shows each class of prompts by itself, at the quantile and against the bounds that its own objective names:
// pooled latencies hide that documents may wait longer than greetings.
func classes(l scenarios.Loop) figure {
	return figure{ofLoop("classes", l), "TTFT and TPOT of each class of prompts over the level of load, against its own " +
		"objective.", false,
		func(s subject, _ *analysis.TargetStudy) (*chart.Page, error) {
			if len(s.Scenario.Prompts) < 2 {
				return nil, nil
			}
			in, out := shown(s.Targets, l)
			page := s.page(s.Say("Latency by class of prompts: %s", s.Scenario.Name), s.loopWord(l),
				s.Say("shaded: 95 %% interval"))
			for i, c := range s.Scenario.Prompts {
				if i >= mostClasses {
					out = append(out, c.Name)
					continue
				}
				for _, m := range latencies[:2] {
					if p := s.classPanel(in, c.Name, m, l); !p.Empty() {
						page.Panels = append(page.Panels, p)
					}
				}
			}
			if len(page.Panels) == 0 {
				return nil, nil
			}
			page.Subtitle = append(page.Subtitle, s.leftOut(out)...)
			page.Keys = s.keys(in, l)
			page.Columns = 2
			page.Width, page.Height = 900, chart.Length(160+230*((len(page.Panels)+1)/2))
			page.Grow(len(page.Keys))
			return page.Explained(), nil
		}}
}

// classPanel is one latency of one class; empty where its objective does not bound it.
func (s subject) classPanel(all []*analysis.TargetStudy, class string, m timing, l scenarios.Loop) *chart.Panel {
	x, label := s.levelAxis(l)
	o := s.Scenario.ObjectiveOf(class)
	judged := s.goal(class)
	if !slices.Contains(analysis.Percentiles, judged) {
		judged = 0.99
	}
	p := &chart.Panel{Title: fmt.Sprintf("%s, %s p%g", class, m.named, 100*judged), XLabel: label, X: x,
		Y: chart.NewAxis(chart.Seconds()), Tight: true}
	if m.clause(o) == 0 {
		return p
	}
	for i, t := range all {
		one := chart.Series{Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 3.6, Width: 1.8, Band: true}
		for _, at := range pointsOf(t, l) {
			one.Points = append(one.Points, estimate(at, at.Level, at.Classes[class].Metrics[m.metric].At(judged)))
		}
		p.Add(one)
	}
	p.Limit(chart.Limit{At: m.clause(o), Shade: true, Label: s.objective(m.named, m.clause(o), s.goal(class))})
	return p
}
