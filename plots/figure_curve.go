package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// curve is what every run is made for: latency against throughput, level by level. It is P1 of the method.
func curve(l scenarios.Loop) figure {
	return figure{ofLoop("curve", l), "TTFT, TPOT and ITL (p50, p90, p99) over output throughput, one point per level, " +
		"with objective and knee.", true,
		func(s subject, t *analysis.TargetStudy) (*chart.Page, error) {
			points := pointsOf(t, l)
			judged := s.quantile()
			page := s.page(s.Say("Latency against throughput: %s", ofTarget(t)), hardware(t), s.loopOf(l), s.workload(points),
				s.thick(fmt.Sprintf("p%g", 100*judged)))
			for _, m := range latencies {
				p := &chart.Panel{Title: s.Say(m.title), XLabel: s.Say("Output throughput (tokens/s)"),
					X: chart.NewAxis(chart.Amount()), Y: chart.NewAxis(chart.Seconds())}
				lines := quantileLines(points, m.metric, judged)
				for _, one := range lines {
					p.Add(one)
				}
				for _, limit := range s.judgedLimits(m) {
					p.Limit(limit)
				}
				if at, ok := knee(t.Knee, points, lines); ok && l == scenarios.Closed {
					p.Mark(at)
				}
				if !p.Empty() {
					page.Panels = append(page.Panels, p)
				}
			}
			if len(page.Panels) == 0 {
				return nil, nil
			}
			if at := withheld(points, "ttft", 0.99); at != "" {
				page.Subtitle = append(page.Subtitle, s.Say("p99 of TTFT withheld at %s: too little evidence", at))
			}
			page.Subtitle = append(page.Subtitle, s.unjudged()...)
			page.Columns, page.Width, page.Height = len(page.Panels), 900, 480
			return page.Explained(), nil
		}}
}

// thick says which line is the thick one.
func (s subject) thick(quantile string) string {
	if s.judges() {
		return s.Say("thick, with 95 %% bars: %s, which the objective judges", quantile)
	}
	return s.Say("thick, with 95 %% bars: %s", quantile)
}

// quantileLines are a metric's quantiles over throughput, one line each, the largest last.
func quantileLines(points []*analysis.Point, metric string, judged float64) []chart.Series {
	var out []chart.Series
	top := highest(points, metric, drawn(judged))
	for i, q := range drawn(judged) {
		one := chart.Series{Name: fmt.Sprintf("p%g", q*100), Colour: chart.QuantileColours[i], Radius: 3.2, Width: 1.5,
			Bars: q == judged}
		if q == judged {
			one.Width = 2.4
		}
		for k, at := range points {
			v := estimate(at, at.OutputRate.Value, at.Metrics[metric].At(q))
			v.Gap = v.Gap || !at.OutputRate.Known()
			if top[k] == q {
				v.Label = levelName(at)
			}
			one.Points = append(one.Points, v)
		}
		out = append(out, one)
	}
	return out
}

// drawn are p50, p99 and between them the quantile of the objective, or p90.
func drawn(judged float64) []float64 {
	if judged > 0.5 && judged < 0.99 {
		return []float64{0.5, judged, 0.99}
	}
	return analysis.Probabilities
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
func highest(points []*analysis.Point, metric string, quantiles []float64) []float64 {
	out := make([]float64, len(points))
	for i, p := range points {
		for _, q := range quantiles {
			if p.Metrics[metric].At(q).Known() {
				out[i] = q
			}
		}
	}
	return out
}

// knee is the knee's place on the line of the largest quantile that is known round it.
func knee(k analysis.Knee, points []*analysis.Point, lines []chart.Series) (chart.Mark, bool) {
	if !k.Known {
		return chart.Mark{}, false
	}
	for _, one := range slices.Backward(lines) {
		if m, ok := between(k.N, points, one.Points); ok {
			m.Name = fmt.Sprintf("%s = %s", k.Name, locale.Short(k.N))
			return m, true
		}
	}
	return chart.Mark{}, false
}

// between is the place on a drawn line that belongs to a level between two neighbours, linear in the level.
func between(n float64, levels []*analysis.Point, line []chart.Point) (chart.Mark, bool) {
	for i := range line {
		if levels[i].Level == n && !line[i].Gap {
			return chart.Mark{X: line[i].X, Y: line[i].Y}, true
		}
		if i == 0 || !chart.Joined(line[i-1], line[i]) || n < levels[i-1].Level || n > levels[i].Level {
			continue
		}
		f := (n - levels[i-1].Level) / (levels[i].Level - levels[i-1].Level)
		a, b := line[i-1], line[i]
		return chart.Mark{X: a.X + f*(b.X-a.X), Y: a.Y * math.Pow(b.Y/a.Y, f)}, true
	}
	return chart.Mark{}, false
}
