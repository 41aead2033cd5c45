package plots

import (
	"fmt"
	"math"
	"slices"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// mostSpectra is how many levels one spectrum shows.
const mostSpectra = 6

// spectrum is the whole distribution of TTFT per level, the tail spread out: P5 of the method.
func spectrum(l scenarios.Loop) figure {
	return figure{ofLoop("spectrum", l), "TTFT by percentile, one line per level, from the HDR histograms.", true,
		func(s subject, t *analysis.TargetStudy) (*chart.Page, error) {
			p := &chart.Panel{Title: s.Say("Time to first token (TTFT)"), XLabel: s.Say("Percentile of requests"),
				X: chart.NewAxis(chart.Nines()), Y: chart.NewAxis(chart.Seconds())}
			chosen := spread(trusted(pointsOf(t, l)), mostSpectra)
			for i, at := range chosen {
				log, err := histogram(s.Run, at, "ttft")
				if err != nil {
					return nil, err
				}
				p.Add(spectrumOf(at, log, i, len(chosen)))
			}
			if p.Empty() {
				return nil, nil
			}
			for _, limit := range s.limits(latencies[0]) {
				p.Limit(limit)
			}
			page := s.page(s.Say("TTFT by percentile: %s", ofTarget(t)), hardware(t), s.loopWord(l), s.workload(chosen),
				s.Say("lines end where fewer than 5 requests lie beyond"), s.Say("HDR histogram, 3 digits"))
			page.Subtitle = append(page.Subtitle, s.leftOut(namesBut(pointsOf(t, l), chosen))...)
			page.Panels = []*chart.Panel{p}
			return page, nil
		}}
}

// spectrumOf is one level's distribution up to where five requests lie beyond it.
func spectrumOf(at *analysis.Point, log *results.Recorder, i, of int) chart.Series {
	out := chart.Series{Name: levelMark(at), Colour: chart.Ramp(i, of), Width: 2}
	if log == nil {
		return out
	}
	n := float64(log.N())
	for x := 0.0; ; x += 0.02 {
		p := 1 - math.Pow(10, -x)
		if n*(1-p) < stat.SoftBeyond {
			return out
		}
		if v, ok := log.Quantile(max(p, 1/n)); ok {
			out.Points = append(out.Points, chart.Point{X: x, Y: v.Seconds(), Lo: math.NaN(), Hi: math.NaN()})
		}
	}
}

// histogram is the metric's histogram of a point, its repetitions merged; nil when the point has none.
func histogram(run *results.Run, at *analysis.Point, metric string) (*results.Recorder, error) {
	var whole *results.Recorder
	for _, m := range at.Steps {
		for _, st := range run.Steps {
			if st.Meta.Step.Name != m.Step.Name {
				continue
			}
			log, err := st.Log(metric)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.Step.Name, err)
			}
			if whole == nil {
				whole = results.NewRecorder(metric)
			}
			if len(log) > 0 {
				whole.Merge(log[0])
			}
		}
	}
	return whole, nil
}

// namesBut are the levels of the points that were not chosen.
func namesBut(points, chosen []*analysis.Point) []string {
	var out []string
	for _, p := range points {
		if !slices.Contains(chosen, p) {
			out = append(out, levelMark(p))
		}
	}
	return out
}

func trusted(points []*analysis.Point) []*analysis.Point {
	var out []*analysis.Point
	for _, p := range points {
		if p.Trusted() {
			out = append(out, p)
		}
	}
	return out
}

// spread picks at most n of the points, first and last among them.
func spread(points []*analysis.Point, n int) []*analysis.Point {
	if len(points) <= n {
		return points
	}
	var out []*analysis.Point
	for i := range n {
		out = append(out, points[int(math.Round(float64(i)*float64(len(points)-1)/float64(n-1)))])
	}
	return out
}
