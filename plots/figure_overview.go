package plots

import (
	"fmt"
	"math"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// overview compares targets, such as tensor-parallel settings, at equal cost: throughput per GPU against the pace that one
// reader sees.
func overview(l scenarios.Loop) Figure {
	return Figure{ofLoop("overview", l), "All targets in one: output tokens/s per GPU against p90 TPOT.", false,
		func(s *analysis.Study, _ *analysis.TargetStudy) (*chart.Page, error) {
			return arms(s, s.Arms(), l), nil
		}}
}

// arms draws targets, of s or of several runs, in one panel; nil when there is no point to draw.
func arms(s *analysis.Study, all []*analysis.TargetStudy, l scenarios.Loop) *chart.Page {
	p := &chart.Panel{Title: "Time per output token (TPOT), p90", XLabel: "Output throughput per GPU (tokens/s)", X: chart.NewAxis(perGPUScale(all, l)), Y: chart.NewAxis(chart.Seconds())}
	page := newPage(s, "Pace against throughput per GPU: "+s.Scenario.Name)
	for i, t := range all {
		if one := perGPU(t, i, l); one.Last() >= 0 {
			p.Add(one)
			page.Subtitle = append(page.Subtitle, t.Target.Name+": "+t.Target.Model+", "+hardware(t))
		}
	}
	if p.Empty() {
		return nil
	}
	for _, limit := range limits(s.Scenario, latencies[1].clause, "TPOT") {
		p.Limit(limit)
	}
	page.Subtitle = append(page.Subtitle, loopOf(l), "bars: 95 % interval", "lower right is better")
	page.Panels = []*chart.Panel{p}
	page.Grow(len(all))
	return page.Explained()
}

// apart is how many times the targets' best throughputs differ for a logarithmic axis: on a linear one the slow targets would
// be a heap at its left end.
const apart = 5

func perGPUScale(all []*analysis.TargetStudy, l scenarios.Loop) chart.Scale {
	least, most := math.Inf(1), 0.0
	for _, t := range all {
		best := 0.0
		for _, p := range pointsOf(t, l) {
			best = math.Max(best, p.OutputRate.Value/float64(t.GPUs()))
		}
		if best > 0 {
			least, most = math.Min(least, best), math.Max(most, best)
		}
	}
	if most > apart*least {
		return chart.PerSecond()
	}
	return chart.Amount()
}

func perGPU(t *analysis.TargetStudy, i int, l scenarios.Loop) chart.Series {
	one := chart.Series{Name: fmt.Sprintf("%s (TP %d)", t.Target.Name, t.TP()), Colour: chart.TargetColour(i), Glyph: chart.TargetGlyph(i), Radius: 4, Width: 1.9, Bars: true}
	for _, at := range pointsOf(t, l) {
		q := estimate(at, at.OutputRate.Value/float64(t.GPUs()), at.Metrics["tpot"].At(0.9))
		q.Gap = q.Gap || !at.OutputRate.Known()
		q.Label = levelName(at)
		one.Points = append(one.Points, q)
	}
	return one
}
