package plots

import (
	"os"
	"path/filepath"
	"testing"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/scenarios"
	"loadgen/stat"
)

// compared is mini with another budget: more tokens/s from 16 in flight on, a longer TTFT, ITL p99 a third.
func compared() (base, other *analysis.Study, c []analysis.Comparison) {
	b, o := plain.sweep("mini", doubled(64)...), plain.sweep("mini", doubled(64)...)
	ratio := func(name string, higher bool, v, half float64, says analysis.Judgement) analysis.MetricRatio {
		return analysis.MetricRatio{Name: name, HigherGood: higher, Base: 1, Other: v,
			Ratio: stat.Interval{Value: v, Lo: v * (1 - half), Hi: v * (1 + half)}, Says: says}
	}
	one := analysis.Comparison{Target: "mini", Base: b, Other: o,
		Differ: []analysis.Difference{{Name: "max-num-batched-tokens", Base: "65536", Other: "2048"}}}
	for i, p := range o.Points {
		l := analysis.LevelComparison{Label: p.Label, Blocks: 5, Grade: analysis.GradeA}
		f := float64(i)
		l.Ratios = []analysis.MetricRatio{
			ratio("tok/s", true, 1+0.02*f, 0.02, []analysis.Judgement{analysis.Equivalent, analysis.NoneShown,
				analysis.Better}[min(2, i/2)]),
			ratio("tok/s per GPU", true, 1+0.02*f, 0.02, analysis.NoneShown),
			ratio("TTFT p50", false, 1.02+0.03*f, 0.03, []analysis.Judgement{analysis.NoneShown, analysis.Worse}[min(1, i/3)]),
			ratio("TTFT p90", false, 1.1+0.04*f, 0.05, analysis.Worse),
			ratio("TPOT p50", false, 1.001, 0.01, analysis.Equivalent),
			ratio("ITL p99", false, 0.9/(1+0.4*f), 0.08, analysis.Better),
		}
		one.Levels = append(one.Levels, l)
	}
	one.Levels[6] = analysis.LevelComparison{Label: "n64", Not: "an INVALID step on one side"}
	base, other = study(scenarios.Objective{}, b), study(scenarios.Objective{}, o)
	base.Run.Dir = "runs/before"
	return base, other, []analysis.Comparison{one}
}

func TestCompare(t *testing.T) {
	base, other, c := compared()
	pictures, err := Compare(locale.English, base, other, c)
	if err != nil || len(pictures) != 2 || pictures[0].Name != "forest-mini" || pictures[1].Name != "compare-mini" {
		t.Fatal(len(pictures), err)
	}
	for _, p := range pictures {
		sound(t, p)
		if dir := os.Getenv("LOOK"); dir != "" {
			write(t, filepath.Join(dir, p.Name+".png"), p.PNG)
		}
		compare(t, filepath.Join("testdata", "gallery", p.Name+".png"), p.PNG)
	}
	better := judgements[0].series(subject{other, locale.English}, c[0], "ITL p99: lower is better",
		scenarios.Closed).Points
	if len(better) != 6 || better[1].X != 2 || better[1].Y != c[0].Levels[1].Ratios[5].Ratio.Value {
		t.Errorf("%+v", better)
	}
	c[0].Levels = c[0].Levels[6:]
	if pictures, err := Compare(locale.English, base, other, c); len(pictures) != 0 || err != nil {
		t.Error("drew what cannot be compared:", len(pictures), err)
	}
}
