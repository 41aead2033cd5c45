package plots

import (
	"math"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// mostClasses is how many classes of prompts have a panel of their own.
const mostClasses = 5

// missed shows the share of requests outside their objective over the load, for all requests and for each class: near a
// goal of 99 % all that matters lies between 0.1 and 10 %.
func missed(l scenarios.Loop) figure {
	return figure{ofLoop("missed", l), "Share of requests that missed their objective over the level of load, all " +
		"requests and each class.", false,
		func(s subject, _ *analysis.TargetStudy) (*chart.Page, error) {
			in, out := shown(s.Targets, l)
			page := s.page(s.Say("Requests that missed their objective: %s", s.Scenario.Name), s.loopWord(l),
				s.Say("shaded: 95 %% interval"))
			var undrawn []string
			for i, class := range append([]string{""}, s.Scenario.Classes()...) {
				if i > mostClasses {
					undrawn = append(undrawn, class)
				} else if p := s.missedPanel(in, class, l); !p.Empty() {
					page.Panels = append(page.Panels, p)
				}
			}
			if len(page.Panels) == 0 {
				return nil, nil
			}
			page.Subtitle = append(page.Subtitle, s.leftOut(append(out, undrawn...))...)
			page.Keys = s.keys(in, l)
			page.Columns = min(3, len(page.Panels))
			rows := (len(page.Panels) + page.Columns - 1) / page.Columns
			page.Width, page.Height = 900, chart.Length(160+260*rows)
			page.Grow(len(page.Keys))
			return page.Bottom(s.Say("at the bottom: none missed")).Explained(), nil
		}}
}

func (s subject) missedPanel(all []*analysis.TargetStudy, class string, l scenarios.Loop) *chart.Panel {
	x, label := s.levelAxis(l)
	p := &chart.Panel{Title: s.Say("All requests"), XLabel: label, X: x, Y: chart.NewAxis(chart.Shares()), Tight: true,
		Zeros: true}
	if class != "" {
		p.Title = class
	}
	for i, t := range all {
		one := chart.Series{Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 3.6, Width: 1.8, Band: true}
		for _, at := range pointsOf(t, l) {
			q := missedPoint(at, at.Attainment)
			if class != "" {
				c, asked := at.Classes[class]
				q = missedPoint(at, c.Attainment)
				q.Gap = q.Gap || !asked
			}
			one.Points = append(one.Points, q)
		}
		p.Add(one)
	}
	if goal := s.goal(class); goal > 0 && goal < 1 {
		p.Limit(chart.Limit{At: 1 - goal, Shade: true, Label: s.Say("goal: %s may miss", s.Share(1-goal))})
	}
	return p
}

// goal is the share that must keep the objective: the class's own, else the scenario's.
func (s subject) goal(class string) float64 {
	if own := s.Scenario.ObjectiveOf(class).Attainment; own > 0 {
		return own
	}
	return s.Scenario.Objective.Attainment
}

// missedPoint is 1 − the share within the objective, up to what the sample cannot exclude; 0 where none missed.
func missedPoint(at *analysis.Point, e analysis.Estimate) chart.Point {
	q := estimate(at, at.Level, e)
	if q.Gap {
		return q
	}
	q.Y, q.Lo, q.Hi = math.Max(1-q.Y, 0), math.Max(1-q.Hi, 0), math.Min(1-q.Lo, 1)
	return q
}
