package plots

import (
	"fmt"
	"math"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// panels shows what a rising load does, quantity by quantity, for all targets: P3 and P4 of the method.
func panels(l scenarios.Loop) Figure {
	return Figure{ofLoop("panels", l), "Throughput, TTFT, TPOT and attainment over the level of load, all targets.", false,
		func(s *analysis.Study, _ *analysis.TargetStudy) (*chart.Page, error) {
			page := newPage(s, "Load sweep: "+s.Scenario.Name, loopWord(l), "shaded: 95 % interval")
			quantities := []quantity{throughput, latency(0), latency(1), attainment}
			if !hasObjective(s.Scenario) {
				quantities[3] = latency(2)
			}
			for _, q := range quantities {
				if p := q.panel(s, l); !p.Empty() {
					page.Panels = append(page.Panels, p)
				}
			}
			if len(page.Panels) == 0 {
				return nil, nil
			}
			page.Keys = keys(s, l)
			page.Columns, page.Width, page.Height = 2, 900, 700
			page.Grow(len(page.Keys))
			return page.Explained(), nil
		}}
}

// A quantity is what one panel shows of every target.
type quantity struct {
	title  string
	scale  func() chart.Scale
	lines  []line
	limits func(*scenarios.Scenario) []chart.Limit // nil: none
}

// A line is one number of a point.
type line struct {
	of     func(*analysis.Point) analysis.Estimate
	dashed bool
}

var throughput = quantity{"Output throughput (tokens/s)", chart.Amount, []line{{of: func(p *analysis.Point) analysis.Estimate { return p.OutputRate }}}, nil}

var attainment = quantity{"Attainment: share of requests that met their objective", chart.Share, []line{{of: func(p *analysis.Point) analysis.Estimate {
	a := p.Attainment
	a.Lo, a.Hi = math.Max(a.Lo, 0), math.Min(a.Hi, 1) // an interval of a mean does not know that a share ends there
	return a
}}}, func(s *scenarios.Scenario) []chart.Limit {
	if a := s.Objective.Attainment; a > 0 {
		return []chart.Limit{{At: a, Below: true, Shade: true, Label: fmt.Sprintf("%g %% wanted", 100*a)}}
	}
	return nil
}}

// latency is one of the latencies: p99 solid, p50 dashed.
func latency(i int) quantity {
	m := latencies[i]
	at := func(q float64) func(*analysis.Point) analysis.Estimate {
		return func(p *analysis.Point) analysis.Estimate { return p.Metrics[m.metric].At(q) }
	}
	return quantity{m.title + ": p99 solid, p50 dashed", chart.Seconds, []line{{at(0.5), true}, {at(0.99), false}},
		func(s *scenarios.Scenario) []chart.Limit { return limits(s, m.clause, m.named) }}
}

func (q quantity) panel(s *analysis.Study, l scenarios.Loop) *chart.Panel {
	x, label := levelAxis(l)
	p := &chart.Panel{Title: q.title, XLabel: label, X: x, Y: chart.NewAxis(q.scale()), Tight: true}
	for i, t := range s.Targets {
		for _, one := range q.lines {
			p.Add(one.series(t, i, l))
		}
	}
	if q.limits != nil {
		for _, limit := range q.limits(s.Scenario) {
			p.Limit(limit)
		}
	}
	return p
}

func (n line) series(t *analysis.TargetStudy, i int, l scenarios.Loop) chart.Series {
	out := chart.Series{Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 3.6, Width: 1.8, Band: true}
	if n.dashed {
		out.Colour, out.Radius, out.Width, out.Band, out.Dashes = chart.Faded(out.Colour, 0.7), 0, 1.2, false, chart.Dashes
	}
	for _, at := range pointsOf(t, l) {
		out.Points = append(out.Points, estimate(at, at.Level, n.of(at)))
	}
	return out
}

// keys explain colours and shapes of the targets.
func keys(s *analysis.Study, l scenarios.Loop) []chart.Series {
	var out []chart.Series
	for i, t := range s.Targets {
		if len(pointsOf(t, l)) > 0 {
			out = append(out, chart.Series{Name: t.Target.Name + ": " + t.Target.Model + ", " + hardware(t), Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 3.6, Width: 1.8})
		}
	}
	return out
}

func hasObjective(s *scenarios.Scenario) bool {
	for _, c := range s.Prompts {
		if !s.ObjectiveOf(c.Name).IsZero() {
			return true
		}
	}
	return false
}
