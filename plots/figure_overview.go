package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// overview compares targets, such as tensor-parallel settings, at equal cost: throughput per GPU against the pace that
// one user sees.
func overview(l scenarios.Loop) figure {
	return figure{ofLoop("overview", l), "All targets in one: output tokens/s per GPU against tokens/s of one user.",
		false,
		func(s subject, _ *analysis.TargetStudy) (*chart.Page, error) {
			return arms(s, s.Arms(), l), nil
		}}
}

// arms draws targets, of s or of several runs, in one panel; nil when there is no point to draw.
func arms(s subject, all []*analysis.TargetStudy, l scenarios.Loop) *chart.Page {
	in, out := shown(all, l)
	p := &chart.Panel{Title: s.Say("Output tokens/s per GPU"), XLabel: s.Say("Tokens/s of one user (1 ÷ TPOT p50)"),
		X: chart.NewAxis(paceScale(in, l)), Y: chart.NewAxis(perGPUScale(in, l))}
	page := s.page(s.Say("Throughput per GPU against pace: %s", s.Scenario.Name))
	colours, byTP := tpColours(in)
	dominated := false
	for i, t := range in {
		one := perGPU(t, i, l)
		one.Colour = colours[i]
		if one.Last() < 0 {
			continue
		}
		dominated = greyed(&one, t, in, l) || dominated
		p.Add(one)
		page.Subtitle = append(page.Subtitle, t.Target.Name+s.Say(": ")+t.Target.Model+", "+hardware(t))
	}
	if p.Empty() {
		return nil
	}
	page.Subtitle = append(page.Subtitle, s.loopOf(l), s.Say("bars: 95 %% interval"), s.Say("upper right is better"))
	if byTP {
		page.Subtitle = append(page.Subtitle, s.Say("colour: tensor-parallel size"))
	}
	if dominated {
		page.Subtitle = append(page.Subtitle, s.Say("grey: another point of the same model is better in both"))
	}
	page.Subtitle = append(page.Subtitle, s.leftOut(out)...)
	page.Panels = []*chart.Panel{p}
	page.Grow(len(in))
	return page.Explained()
}

// tpColours are a colour per target: by tensor-parallel size where targets differ in it, else each its own.
func tpColours(all []*analysis.TargetStudy) (out []color.Color, byTP bool) {
	var sizes []int
	for _, t := range all {
		if !slices.Contains(sizes, t.TP()) {
			sizes = append(sizes, t.TP())
		}
	}
	slices.Sort(sizes)
	for i, t := range all {
		if len(sizes) > 1 {
			i = slices.Index(sizes, t.TP())
		}
		out = append(out, chart.TargetColour(i))
	}
	return out, len(sizes) > 1
}

// greyed marks the points that another one of the same model beats in both, and reports whether there are any.
func greyed(one *chart.Series, t *analysis.TargetStudy, all []*analysis.TargetStudy, l scenarios.Loop) (some bool) {
	var rivals []chart.Point
	for _, r := range all {
		if r.Target.Model == t.Target.Model {
			rivals = append(rivals, perGPU(r, 0, l).Points...)
		}
	}
	for i, q := range one.Points {
		one.Points[i].Grey = slices.ContainsFunc(rivals, func(r chart.Point) bool {
			return !r.Gap && !q.Gap && !r.Crossed && r.X > q.X && r.Y > q.Y
		})
		some = some || one.Points[i].Grey
	}
	return some
}

// apart is how many times the targets' best values differ for a logarithmic axis: on a linear one the slow targets
// would be a heap at its end.
const apart = 5

func perGPUScale(all []*analysis.TargetStudy, l scenarios.Loop) chart.Scale {
	return scaleFor(all, l, func(q chart.Point) float64 { return q.Y })
}

func paceScale(all []*analysis.TargetStudy, l scenarios.Loop) chart.Scale {
	return scaleFor(all, l, func(q chart.Point) float64 { return q.X })
}

func scaleFor(all []*analysis.TargetStudy, l scenarios.Loop, of func(chart.Point) float64) chart.Scale {
	least, most := math.Inf(1), 0.0
	for _, t := range all {
		best := 0.0
		for _, q := range perGPU(t, 0, l).Points {
			if !q.Gap {
				best = math.Max(best, of(q))
			}
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

// perGPU is a target's throughput per GPU over the pace of one user.
func perGPU(t *analysis.TargetStudy, i int, l scenarios.Loop) chart.Series {
	one := chart.Series{Name: fmt.Sprintf("%s (TP %d)", t.Target.Name, t.TP()), Colour: chart.TargetColour(i),
		Glyph: chart.TargetGlyph(i), Radius: 4, Width: 1.9, Bars: true}
	gpus := float64(t.GPUs())
	for _, at := range pointsOf(t, l) {
		q := estimate(at, 1/at.Metrics["tpot"].At(0.5).Value, at.OutputRate)
		q.Y, q.Lo, q.Hi = q.Y/gpus, q.Lo/gpus, q.Hi/gpus
		q.Gap = q.Gap || !at.Metrics["tpot"].At(0.5).Known()
		q.Label = levelName(at)
		one.Points = append(one.Points, q)
	}
	return one
}
