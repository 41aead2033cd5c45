package plots

import (
	"math"

	"loadgen/analysis"
	"loadgen/scenarios"
)

// server shows what the server said of itself, so that one sees what binds: slots, memory or neither.
func server(l scenarios.Loop) Figure {
	return Figure{ofLoop("server", l), "Running and waiting requests and KV cache use over the level of load, by the server's own gauges.", true,
		func(s *analysis.Study, t *analysis.TargetStudy) (*Page, error) {
			points := told(pointsOf(t, l))
			if len(points) < 2 {
				return nil, nil
			}
			page := newPage(s, "Inside the server: "+ofTarget(t), hardware(t), loopWord(l), workload(points), "means over the measuring window, from /metrics")
			page.panels = []*panel{queuePanel(points, l)}
			if m := memoryPanel(points, l); m != nil {
				page.panels = append(page.panels, m)
			}
			page.columns, page.width, page.height = 2, 900, 440
			return page.explained(), nil
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

func queuePanel(points []*analysis.Point, l scenarios.Loop) *panel {
	x, label := levelAxis(l)
	p := &panel{title: "Requests in the server", xLabel: label, x: x, y: newAxis(amount())}
	p.add(gauge("running", 0, points, func(f analysis.ServerFacts) float64 { return f.Running }))
	p.add(gauge("waiting", 1, points, func(f analysis.ServerFacts) float64 { return f.Waiting }))
	return p
}

// memoryPanel is nil when the server tells nothing of its KV cache: live requests always hold some of it.
func memoryPanel(points []*analysis.Point, l scenarios.Loop) *panel {
	x, label := levelAxis(l)
	p := &panel{title: "KV cache use: mean solid, max dashed", xLabel: label, x: x, y: newAxis(share())}
	mean := gauge("", 2, points, func(f analysis.ServerFacts) float64 { return f.KV })
	most := gauge("", 2, points, func(f analysis.ServerFacts) float64 { return f.KVMax })
	most.radius, most.dashes, most.width = 0, dashes, 1.2
	preempted, held := false, 0.0
	for i, at := range points {
		held = max(held, at.Server.KVMax)
		if n := at.Server.Preemptions; n > 0 {
			preempted, mean.points[i].label = true, short(n)
		}
	}
	if held == 0 {
		return nil
	}
	if preempted {
		p.title += "; numbers: preemptions"
	}
	p.add(most)
	p.add(mean)
	return p
}

func gauge(name string, i int, points []*analysis.Point, of func(analysis.ServerFacts) float64) series {
	out := series{name: name, colour: targetColour(i), glyph: targetGlyph(i), radius: 3.6, width: 1.8}
	for _, at := range points {
		out.points = append(out.points, point{x: at.Level, y: of(at.Server), lo: math.NaN(), hi: math.NaN(), crossed: !at.Trusted()})
	}
	return out
}
