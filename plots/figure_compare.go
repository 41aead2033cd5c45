package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"

	"loadgen/analysis"
	"loadgen/scenarios"
)

// Compare draws each compared target: per number, its ratio other ÷ base at every level, with interval and judgement. It is
// P12 of the method, laid along the levels.
func Compare(base, other *analysis.Study, comparisons []analysis.Comparison) ([]Picture, error) {
	t, err := newTypeface()
	if err != nil {
		return nil, err
	}
	var out []Picture
	f := Figure{Name: "compare", PerTarget: true}
	for _, c := range comparisons {
		page := comparison(base, other, c)
		if page == nil {
			continue
		}
		p, err := page.picture(f, c.Other, t)
		if err != nil {
			return nil, fmt.Errorf("figure %s: %w", p.Name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// comparison is nil when no level can be compared.
func comparison(base, other *analysis.Study, c analysis.Comparison) *Page {
	loop := scenarios.Closed
	if len(c.Other.Closed()) == 0 {
		loop = scenarios.Open
	}
	page := newPage(other, "Compared: "+ofTarget(c.Other), "against run "+runName(base), changed(c), loopWord(loop),
		"bars: 95 % interval of the ratio", fmt.Sprintf("grey band: ±%g %%, not material", 100*analysis.Material))
	for _, n := range numbers(c) {
		if p := ratioPanel(c, n, loop); !p.empty() {
			page.panels = append(page.panels, p)
		}
	}
	if len(page.panels) == 0 {
		return nil
	}
	for _, j := range judgements {
		page.keys = append(page.keys, series{name: string(j.says), colour: j.colour, glyph: j.glyph, radius: 3.8, hollow: j.hollow})
	}
	page.columns, page.width, page.height = min(3, len(page.panels)), 900, 560
	return page
}

// changed tells the first few settings that differ.
func changed(c analysis.Comparison) string {
	var out []string
	for i, d := range c.Differ {
		if i == 3 {
			out = append(out, fmt.Sprintf("%d more", len(c.Differ)-i))
			break
		}
		out = append(out, fmt.Sprintf("%s %s → %s", d.Name, d.Base, d.Other))
	}
	if len(out) == 0 {
		return "no setting differs"
	}
	return strings.Join(out, ", ")
}

// numbers are the names of what was compared, in the order in which levels have them.
func numbers(c analysis.Comparison) []string {
	var out []string
	seen := map[string]bool{}
	for _, l := range c.Levels {
		for _, r := range l.Ratios {
			if !seen[r.Name] {
				seen[r.Name] = true
				out = append(out, r.Name)
			}
		}
	}
	return out
}

// judgements are how each is drawn.
var judgements = []struct {
	says   analysis.Judgement
	colour color.Color
	glyph  glyph
	hollow bool
}{
	{analysis.Better, rgb(0x009E73), triangle, false},
	{analysis.Worse, rgb(0xD55E00), delta, false},
	{analysis.Equivalent, rgb(0x0072B2), square, false},
	{analysis.NoneShown, grey, disc, true},
}

func ratioPanel(c analysis.Comparison, name string, loop scenarios.Loop) *panel {
	x, label := levelAxis(loop)
	p := &panel{xLabel: label, x: x, y: newAxis(ratios()), tight: true, band: analysis.Material}
	for _, j := range judgements {
		one := series{colour: j.colour, glyph: j.glyph, radius: 3.8, bars: true}
		for _, l := range c.Levels {
			level, ok := levelOf(c.Other, l.Label, loop)
			for _, r := range l.Ratios {
				if ok && r.Name == name && r.Says == j.says {
					one.points = append(one.points, point{x: level, y: r.Ratio.Value, lo: r.Ratio.Lo, hi: r.Ratio.Hi, hollow: j.hollow})
					p.title = name + ": lower is better"
					if r.HigherGood {
						p.title = name + ": higher is better"
					}
				}
			}
		}
		p.add(one)
	}
	return p
}

func levelOf(t *analysis.TargetStudy, label string, loop scenarios.Loop) (float64, bool) {
	for _, p := range pointsOf(t, loop) {
		if p.Label == label {
			return p.Level, true
		}
	}
	return 0, false
}

// ratios lays ratios on a logarithmic axis that holds at least ×0.8 to ×1.25.
func ratios() scale {
	return scale{true, func(lo, hi float64) (float64, float64) {
		return math.Min(lo*0.97, 0.8), math.Max(hi*1.03, 1.25)
	}, func(lo, hi float64) []plot.Tick {
		marks := []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3}
		if hi > 6*lo {
			marks = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100}
		}
		var out []plot.Tick
		for _, v := range marks {
			if inside(v, lo, hi) {
				out = append(out, plot.Tick{Value: v, Label: "×" + short(v)})
			}
		}
		return out
	}}
}
