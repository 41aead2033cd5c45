package plots

import (
	"fmt"
	"math"

	"loadgen/analysis"
	"loadgen/scenarios"
)

// panels shows what a rising load does, quantity by quantity, for all targets: P3 and P4 of the method.
func panels(l scenarios.Loop) Figure {
	return Figure{ofLoop("panels", l), "Throughput, TTFT, TPOT and attainment over the level of load, all targets.", false,
		func(s *analysis.Study, _ *analysis.TargetStudy) (*Page, error) {
			page := newPage(s, "Load sweep: "+s.Scenario.Name, loopWord(l), "shaded: 95 % interval")
			quantities := []quantity{throughput, latency(0), latency(1), attainment}
			if !hasObjective(s.Scenario) {
				quantities[3] = latency(2)
			}
			for _, q := range quantities {
				if p := q.panel(s, l); !p.empty() {
					page.panels = append(page.panels, p)
				}
			}
			if len(page.panels) == 0 {
				return nil, nil
			}
			page.keys = keys(s, l)
			page.columns, page.width, page.height = 2, 900, 700
			page.grow(len(page.keys))
			return page.explained(), nil
		}}
}

// A quantity is what one panel shows of every target.
type quantity struct {
	title  string
	scale  func() scale
	lines  []line
	limits func(*scenarios.Scenario) []limit // nil: none
}

// A line is one number of a point.
type line struct {
	of     func(*analysis.Point) analysis.Estimate
	dashed bool
}

var throughput = quantity{"Output throughput (tokens/s)", amount, []line{{of: func(p *analysis.Point) analysis.Estimate { return p.OutputRate }}}, nil}

var attainment = quantity{"Attainment: share of requests that met their objective", share, []line{{of: func(p *analysis.Point) analysis.Estimate {
	a := p.Attainment
	a.Lo, a.Hi = math.Max(a.Lo, 0), math.Min(a.Hi, 1) // an interval of a mean does not know that a share ends there
	return a
}}}, func(s *scenarios.Scenario) []limit {
	if a := s.Objective.Attainment; a > 0 {
		return []limit{{at: a, below: true, shade: true, label: fmt.Sprintf("%g %% wanted", 100*a)}}
	}
	return nil
}}

// latency is one of the latencies: p99 solid, p50 dashed.
func latency(i int) quantity {
	m := latencies[i]
	at := func(q float64) func(*analysis.Point) analysis.Estimate {
		return func(p *analysis.Point) analysis.Estimate { return p.Metrics[m.metric].At(q) }
	}
	return quantity{m.title + ": p99 solid, p50 dashed", seconds, []line{{at(0.5), true}, {at(0.99), false}},
		func(s *scenarios.Scenario) []limit { return limits(s, m.clause, m.named) }}
}

func (q quantity) panel(s *analysis.Study, l scenarios.Loop) *panel {
	x, label := levelAxis(l)
	p := &panel{title: q.title, xLabel: label, x: x, y: newAxis(q.scale()), tight: true}
	for i, t := range s.Targets {
		for _, one := range q.lines {
			p.add(one.series(t, i, l))
		}
	}
	if q.limits != nil {
		for _, limit := range q.limits(s.Scenario) {
			p.limit(limit)
		}
	}
	return p
}

func (n line) series(t *analysis.TargetStudy, i int, l scenarios.Loop) series {
	out := series{colour: targetColour(i), glyph: targetGlyph(i), radius: 3.6, width: 1.8, band: true}
	if n.dashed {
		out.colour, out.radius, out.width, out.band, out.dashes = faded(out.colour, 0.7), 0, 1.2, false, dashes
	}
	for _, at := range pointsOf(t, l) {
		out.points = append(out.points, estimate(at, at.Level, n.of(at)))
	}
	return out
}

// keys explain colours and shapes of the targets.
func keys(s *analysis.Study, l scenarios.Loop) []series {
	var out []series
	for i, t := range s.Targets {
		if len(pointsOf(t, l)) > 0 {
			out = append(out, series{name: t.Target.Name + ": " + t.Target.Model + ", " + hardware(t), colour: targetColour(i), glyph: targetGlyph(i), radius: 3.6, width: 1.8})
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
