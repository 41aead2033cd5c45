package plots

import (
	"fmt"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// panels shows what a rising load does, quantity by quantity, for all targets: P3 and P4 of the method. What becomes of
// the objective is in missed.
func panels(l scenarios.Loop) figure {
	return figure{ofLoop("panels", l), "Throughput, TTFT, TPOT and ITL over the level of load, all targets.", false,
		func(s subject, _ *analysis.TargetStudy) (*chart.Page, error) {
			in, out := shown(s.Targets, l)
			page := s.page(s.Say("Load sweep: %s", s.Scenario.Name), s.loopWord(l), s.Say("shaded: 95 %% interval"))
			for _, q := range []quantity{s.throughput(), s.latency(0), s.latency(1), s.latency(2)} {
				if p := s.panel(q, in, l); !p.Empty() {
					page.Panels = append(page.Panels, p)
				}
			}
			if len(page.Panels) == 0 {
				return nil, nil
			}
			page.Subtitle = append(append(page.Subtitle, s.unjudged()...), s.leftOut(out)...)
			page.Keys = s.keys(in, l)
			page.Columns, page.Width = min(2, len(page.Panels)), 900
			page.Height = chart.Length(100 + 300*((len(page.Panels)+1)/2))
			page.Grow(len(page.Keys))
			return page.Explained(), nil
		}}
}

// A quantity is what one panel shows of every target.
type quantity struct {
	title  string
	scale  chart.Scale
	lines  []line
	limits []chart.Limit
}

// A line is one number of a point.
type line struct {
	of     func(*analysis.Point) analysis.Estimate
	dashed bool
}

func (s subject) throughput() quantity {
	return quantity{s.Say("Output throughput (tokens/s)"), chart.Amount(),
		[]line{{of: func(p *analysis.Point) analysis.Estimate { return p.OutputRate }}}, nil}
}

// latency is one of the latencies: the quantile of the objective solid, p50 dashed.
func (s subject) latency(i int) quantity {
	m, judged := latencies[i], s.quantile()
	at := func(q float64) func(*analysis.Point) analysis.Estimate {
		return func(p *analysis.Point) analysis.Estimate { return p.Metrics[m.metric].At(q) }
	}
	lines := []line{{at(judged), false}}
	title := fmt.Sprintf("%s, p%g", s.Say(m.title), 100*judged)
	if judged > 0.5 {
		lines = append([]line{{at(0.5), true}}, lines...)
		title = s.Say("%s: %s solid, p50 dashed", s.Say(m.title), fmt.Sprintf("p%g", 100*judged))
	}
	return quantity{title, chart.Seconds(), lines, s.judgedLimits(m)}
}

func (s subject) panel(q quantity, all []*analysis.TargetStudy, l scenarios.Loop) *chart.Panel {
	x, label := s.levelAxis(l)
	p := &chart.Panel{Title: q.title, XLabel: label, X: x, Y: chart.NewAxis(q.scale), Tight: true}
	for i, t := range all {
		for _, one := range q.lines {
			p.Add(one.series(t, i, l))
		}
	}
	for _, limit := range q.limits {
		p.Limit(limit)
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
func (s subject) keys(all []*analysis.TargetStudy, l scenarios.Loop) []chart.Series {
	var out []chart.Series
	for i, t := range all {
		if len(pointsOf(t, l)) > 0 {
			out = append(out, chart.Series{Name: t.Target.Name + s.Say(": ") + t.Target.Model + ", " + hardware(t),
				Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 3.6, Width: 1.8})
		}
	}
	return out
}
