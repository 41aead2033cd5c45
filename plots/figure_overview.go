package plots

import (
	"fmt"
	"math"

	"loadgen/analysis"
	"loadgen/scenarios"
)

// overview compares targets, such as tensor-parallel settings, at equal cost: throughput per GPU against the pace that one
// reader sees.
func overview(l scenarios.Loop) Figure {
	return Figure{ofLoop("overview", l), "All targets in one: output tokens/s per GPU against p90 TPOT.", false,
		func(s *analysis.Study, _ *analysis.TargetStudy) (*Page, error) {
			p := &panel{title: "Time per output token (TPOT), p90", xLabel: "Output throughput per GPU (tokens/s)", x: newAxis(perGPUScale(s, l)), y: newAxis(seconds())}
			page := newPage(s, "Pace against throughput per GPU: "+s.Scenario.Name)
			for i, t := range s.Targets {
				if one := perGPU(t, i, l); one.last() >= 0 {
					p.add(one)
					page.subtitle = append(page.subtitle, t.Target.Name+": "+t.Target.Model+", "+hardware(t))
				}
			}
			if p.empty() {
				return nil, nil
			}
			for _, limit := range limits(s.Scenario, latencies[1].clause, "TPOT") {
				p.limit(limit)
			}
			page.subtitle = append(page.subtitle, loopOf(l), "bars: 95 % interval", "lower right is better")
			page.panels = []*panel{p}
			page.grow(len(p.series))
			return page.explained(), nil
		}}
}

// apart is how many times the targets' best throughputs differ for a logarithmic axis: on a linear one the slow targets would
// be a heap at its left end.
const apart = 5

func perGPUScale(s *analysis.Study, l scenarios.Loop) scale {
	least, most := math.Inf(1), 0.0
	for _, t := range s.Targets {
		best := 0.0
		for _, p := range pointsOf(t, l) {
			best = math.Max(best, p.OutputRate.Value/float64(gpus(t)))
		}
		if best > 0 {
			least, most = math.Min(least, best), math.Max(most, best)
		}
	}
	if most > apart*least {
		return perSecond()
	}
	return amount()
}

func perGPU(t *analysis.TargetStudy, i int, l scenarios.Loop) series {
	one := series{name: fmt.Sprintf("%s (TP %d)", t.Target.Name, tp(t)), colour: targetColour(i), glyph: targetGlyph(i), radius: 4, width: 1.9, bars: true}
	for _, at := range pointsOf(t, l) {
		q := estimate(at, at.OutputRate.Value/float64(gpus(t)), at.Metrics["tpot"].At(0.9))
		q.gap = q.gap || !at.OutputRate.Known()
		q.label = levelName(at)
		one.points = append(one.points, q)
	}
	return one
}
