package plots

import (
	"math"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// server shows what the server said of itself, so that one sees the bottleneck: slots, memory or neither.
func server(l scenarios.Loop) figure {
	return figure{ofLoop("server", l), "Running and waiting requests and KV cache use over the level of load, by the " +
		"server's own gauges.", true,
		func(s subject, t *analysis.TargetStudy) (*chart.Page, error) {
			points := told(pointsOf(t, l))
			if len(points) < 2 {
				return nil, nil
			}
			page := s.page(s.Say("Inside the server: %s", ofTarget(t)), hardware(t), s.loopWord(l), s.workload(points),
				s.Say("means over the measuring window, from /metrics"))
			page.Panels = []*chart.Panel{s.queuePanel(points, l)}
			if m := s.memoryPanel(points, l); m != nil {
				page.Panels = append(page.Panels, m)
			}
			page.Columns, page.Width, page.Height = 2, 900, 440
			return page.Explained(), nil
		}}
}

func told(points []*analysis.Point) []*analysis.Point {
	var out []*analysis.Point
	for _, p := range points {
		if p.Server.Known {
			out = append(out, p)
		}
	}
	return out
}

func (s subject) queuePanel(points []*analysis.Point, l scenarios.Loop) *chart.Panel {
	x, label := s.levelAxis(l)
	p := &chart.Panel{Title: s.Say("Requests in the server"), XLabel: label, X: x, Y: chart.NewAxis(chart.Amount())}
	p.Add(gauge(s.Say("running"), 0, points, func(f analysis.ServerFacts) float64 { return f.Running }))
	p.Add(gauge(s.Say("waiting"), 1, points, func(f analysis.ServerFacts) float64 { return f.Waiting }))
	return p
}

// memoryPanel is nil when the server tells nothing of its KV cache: live requests always hold some of it.
func (s subject) memoryPanel(points []*analysis.Point, l scenarios.Loop) *chart.Panel {
	x, label := s.levelAxis(l)
	p := &chart.Panel{Title: s.Say("KV cache use: mean solid, max dashed"), XLabel: label, X: x,
		Y: chart.NewAxis(chart.Share())}
	mean := gauge("", 2, points, func(f analysis.ServerFacts) float64 { return f.KV })
	most := gauge("", 2, points, func(f analysis.ServerFacts) float64 { return f.KVMax })
	most.Radius, most.Dashes, most.Width = 0, chart.Dashes, 1.2
	preempted, held := false, 0.0
	for i, at := range points {
		if at.Server.KVMax > held {
			held = at.Server.KVMax
		}
		if n := at.Server.Preemptions; n > 0 {
			preempted, mean.Points[i].Label = true, locale.Short(n)
		}
	}
	if held == 0 {
		return nil
	}
	if preempted {
		p.Title += s.Say("; numbers: preemptions")
	}
	p.Add(most)
	p.Add(mean)
	return p
}

func gauge(name string, i int, points []*analysis.Point, of func(analysis.ServerFacts) float64) chart.Series {
	out := chart.Series{Name: name, Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 3.6, Width: 1.8}
	for _, at := range points {
		out.Points = append(out.Points, chart.Point{X: at.Level, Y: of(at.Server), Lo: math.NaN(), Hi: math.NaN(),
			Crossed: !at.Trusted()})
	}
	return out
}
