package plots

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"

	"loadgen/analysis"
	"loadgen/scenarios"
)

// curve is what every run is made for: latency against throughput, level by level. It is P1 of the method.
func curve(l scenarios.Loop) Figure {
	return Figure{ofLoop("curve", l), "TTFT, TPOT and ITL (p50, p90, p99) over output throughput, one point per level, with objective and knee.", true,
		func(s *analysis.Study, t *analysis.TargetStudy) (*Page, error) {
			points := pointsOf(t, l)
			page := newPage(s, "Latency against throughput: "+ofTarget(t), hardware(t), loopOf(l), workload(points),
				"bars: 95 % interval of p99")
			for _, m := range latencies {
				p := curvePanel(points, m.metric)
				p.title = m.title
				for _, limit := range limits(s.Scenario, m.clause, m.named) {
					p.limit(limit)
				}
				if l == scenarios.Closed {
					p.knee(t.Knee, points, m.metric)
				}
				if !p.empty() {
					page.panels = append(page.panels, p)
				}
			}
			if len(page.panels) == 0 {
				return nil, nil
			}
			if at := withheld(points, "ttft", 0.99); at != "" {
				page.subtitle = append(page.subtitle, "p99 of TTFT withheld at "+at+": too little evidence")
			}
			page.columns, page.width, page.height = len(page.panels), 900, 480
			return page.explained(), nil
		}}
}

func curvePanel(points []*analysis.Point, metric string) *panel {
	p := &panel{xLabel: "Output throughput (tokens/s)", x: newAxis(amount()), y: newAxis(seconds())}
	top := highest(points, metric)
	for i, q := range analysis.Probabilities {
		one := series{name: fmt.Sprintf("p%g", q*100), colour: quantileColours[i], radius: 3.2, width: 1.4 + 0.4*vg.Length(i), bars: q == 0.99}
		for k, at := range points {
			v := estimate(at, at.OutputRate.Value, at.Metrics[metric].At(q))
			v.gap = v.gap || !at.OutputRate.Known()
			if top[k] == q {
				v.label = levelName(at)
			}
			one.points = append(one.points, v)
		}
		p.add(one)
	}
	return p
}

// withheld names the levels at which a quantile may not be shown.
func withheld(points []*analysis.Point, metric string, q float64) string {
	var out []string
	for _, p := range points {
		if !p.Metrics[metric].At(q).Known() {
			out = append(out, levelName(p))
		}
	}
	return strings.Join(out, ", ")
}

// highest is, per point, the largest quantile that may be shown: it carries the level's label.
func highest(points []*analysis.Point, metric string) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		for _, q := range analysis.Probabilities {
			if p.Metrics[metric].At(q).Known() {
				out[i] = q
			}
		}
	}
	return out
}

// knee marks the knee on the curve of the largest quantile, between the two levels that enclose it.
func (p *panel) knee(k analysis.Knee, points []*analysis.Point, metric string) {
	if !k.Known {
		return
	}
	name := fmt.Sprintf("%s = %s", k.Name, short(k.N))
	for q := len(analysis.Probabilities) - 1; q >= 0; q-- {
		if m, ok := between(k.N, points, p.series[q].points); ok {
			m.name = name
			p.marks = append(p.marks, m)
			return
		}
	}
}

// between is the place on a drawn line that belongs to a level between two neighbours, linear in the level.
func between(n float64, levels []*analysis.Point, line []point) (mark, bool) {
	for i := range line {
		if levels[i].Level == n && !line[i].gap {
			return mark{x: line[i].x, y: line[i].y}, true
		}
		if i == 0 || !joined(line[i-1], line[i]) || n < levels[i-1].Level || n > levels[i].Level {
			continue
		}
		f := (n - levels[i-1].Level) / (levels[i].Level - levels[i-1].Level)
		a, b := line[i-1], line[i]
		return mark{x: a.x + f*(b.x-a.x), y: a.y * math.Pow(b.y/a.y, f)}, true
	}
	return mark{}, false
}
