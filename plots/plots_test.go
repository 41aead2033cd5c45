package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// TestFigures walks the slice: each has a name of its own and one sentence, draws nothing of nothing, and bears a
// target whose one point knows nothing.
func TestFigures(t *testing.T) {
	seen := map[string]bool{}
	blank := &analysis.TargetStudy{Points: []*analysis.Point{{Loop: scenarios.Closed, Level: 1, OutputRate: concealed(),
		Attainment: concealed()},
		{Loop: scenarios.Open, Level: 1, OutputRate: concealed(), Attainment: concealed()}}}
	for _, f := range figures {
		if seen[f.Name] || !regexp.MustCompile(`^[a-z]+(-open)?$`).MatchString(f.Name) || !strings.HasSuffix(f.Doc, ".") ||
			strings.Count(f.Doc, ". ") > 0 {
			t.Errorf("%q: %q", f.Name, f.Doc)
		}
		seen[f.Name] = true
		for _, target := range []*analysis.TargetStudy{{}, blank} {
			if page, err := f.Draw(in(study(scenarios.Objective{}, target)), target); page != nil || err != nil {
				t.Errorf("%s drew nothing as %v, %v", f.Name, page, err)
			}
		}
	}
	if pictures, err := Draw(locale.English, study(scenarios.Objective{})); len(pictures) != 0 || err != nil {
		t.Error(len(pictures), err)
	}
}

// TestPictures draws a whole run: which pictures there are, and that both forms are sound.
func TestPictures(t *testing.T) {
	s := recorded(t, 600, 1, 16, 64)
	s.Targets = append(s.Targets, plain.sweep("lone", 4))
	s.Run.Steps[0].Meta.Step.Name = "mini-n1"
	pictures, err := Draw(locale.English, s)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range pictures {
		names = append(names, p.Name)
		sound(t, p)
	}
	if got := strings.Join(names, " "); got != "curve-mini curve-lone overview missed panels spectrum-mini server-mini" {
		t.Error(got)
	}
}

func sound(t *testing.T, p Picture) {
	t.Helper()
	if _, err := png.Decode(bytes.NewReader(p.PNG)); err != nil || len(p.PNG) > 150_000 {
		t.Errorf("%s: %d bytes, %v", p.Name, len(p.PNG), err)
	}
	d := xml.NewDecoder(bytes.NewReader(p.SVG))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
	}
	if s := string(p.SVG); !strings.HasPrefix(s, "<svg") || strings.Contains(s, "NaN") || strings.Contains(s, "Inf") ||
		!strings.Contains(s, "<text") || len(s) > 60_000 {
		t.Errorf("%s: %d bytes of unsound SVG", p.Name, len(s))
	}
	if p.Caption == "" || strings.Contains(p.Caption, "NaN") {
		t.Errorf("%s: %q", p.Name, p.Caption)
	}
}

func TestTheSameRunGivesTheSameBytes(t *testing.T) {
	draw := func() []Picture {
		p, err := Draw(locale.English, study(goal(time.Second, 50*time.Millisecond), plain.sweep("mini", doubled(128)...)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := draw(), draw()
	for i := range a {
		if !bytes.Equal(a[i].PNG, b[i].PNG) || !bytes.Equal(a[i].SVG, b[i].SVG) {
			t.Error(a[i].Name)
		}
	}
}

// TestMissedPoint: none missed is 0, however many the sample cannot exclude; hollow is few samples alone.
func TestMissedPoint(t *testing.T) {
	all := analysis.Estimate{Interval: stat.Interval{Value: 1, Lo: 0.88, Hi: 1}, N: 1286}
	if q := missedPoint(plain.at("mini", 4), all); q.Y != 0 || q.Lo != 0 || math.Abs(q.Hi-0.12) > 1e-9 || q.Hollow ||
		q.Gap {
		t.Errorf("%+v", q)
	}
	all.Show = analysis.Soft
	if q := missedPoint(plain.at("mini", 4), all); q.Y != 0 || !q.Hollow {
		t.Errorf("%+v", q)
	}
}

// TestEstimate keeps what must not be shown off the page, and says of the rest how far to believe it.
func TestEstimate(t *testing.T) {
	p := plain.at("mini", 4)
	e := about(1, 0.1, 9)
	if q := estimate(p, 2, e); q.Gap || q.Hollow || q.Crossed || q.X != 2 || q.Y != 1 || q.Lo != 0.9 || q.Hi != 1.1 {
		t.Errorf("%+v", q)
	}
	e.Show = analysis.Soft
	if q := estimate(p, 2, e); !q.Hollow || q.Gap {
		t.Errorf("%+v", q)
	}
	e.Show = analysis.Hidden
	if q := estimate(p, 2, e); !q.Gap {
		t.Errorf("%+v", q)
	}
	p.Steps[0].Verdict.State = "invalid"
	if q := estimate(p, 2, about(1, 0.1, 9)); !q.Crossed || chart.Joined(q, chart.Point{}) {
		t.Errorf("%+v", q)
	}
}

// TestTheKneeLiesOnTheCurve: half way from 32 to 64 in flight lies half way along the drawn line, whose y is
// logarithmic.
func TestTheKneeLiesOnTheCurve(t *testing.T) {
	levels := []*analysis.Point{{Level: 16}, {Level: 32}, {Level: 64}}
	line := []chart.Point{{X: 1, Y: 1}, {X: 10, Y: 2}, {X: 20, Y: 8}}
	if m, ok := between(48, levels, line); !ok || m.X != 15 || math.Abs(m.Y-4) > 1e-12 {
		t.Error(m, ok)
	}
	if m, ok := between(16, levels, line); !ok || m.X != 1 || m.Y != 1 {
		t.Error(m, ok)
	}
	for _, n := range []float64{8, 65} {
		if m, ok := between(n, levels, line); ok {
			t.Error(n, m)
		}
	}
	line[1].Gap = true
	if m, ok := between(48, levels, line); ok {
		t.Error("on a broken line:", m)
	}
}

func TestWithheldQuantilesAreNamed(t *testing.T) {
	target := plain.sweep("mini", 1, 2, 4)
	for _, p := range target.Points[:2] {
		p.Metrics["ttft"].Quantiles[0.99] = concealed()
	}
	page, err := curve(scenarios.Closed).Draw(in(study(scenarios.Objective{}, target)), target)
	if err != nil || !strings.Contains(page.Caption(), "p99 of TTFT withheld at 1, 2: ") {
		t.Error(page.Caption(), err)
	}
	for _, q := range quantileLines(target.Points, "ttft", 0.99)[2].Points[:2] {
		if !q.Gap {
			t.Errorf("drawn all the same: %+v", q)
		}
	}
}

// TestClasses draws each class against its own objective, at its own quantile, and not one that its objective does not
// bound.
func TestClasses(t *testing.T) {
	target := plain.sweep("mini", doubled(32)...)
	for _, p := range target.Points {
		p.Classes = map[string]analysis.Class{"chat": {N: 500, Metrics: p.Metrics}, "rag": {N: 500, Metrics: p.Metrics}}
	}
	s := study(goal(time.Second, 50*time.Millisecond), target)
	rag := scenarios.Objective{TTFT: 3 * time.Second, Attainment: 0.9}
	s.Scenario.Prompts = []scenarios.PromptClass{{Name: "chat"}, {Name: "rag", Objective: &rag}}
	page, err := classes(scenarios.Closed).Draw(in(s), nil)
	if err != nil || len(page.Panels) != 3 {
		t.Fatal(page, err)
	}
	for i, want := range []string{"chat, TTFT p99", "chat, TPOT p99", "rag, TTFT p90"} {
		if page.Panels[i].Title != want {
			t.Errorf("%q, want %q", page.Panels[i].Title, want)
		}
	}
}

// TestPerGPU divides by the GPUs that the server itself says it has.
func TestPerGPU(t *testing.T) {
	target := plain.sweep("mini", 1)
	target.Settings = scenarios.Settings{"tensor-parallel-size": 2}
	want := target.Points[0].OutputRate.Value / 2
	if got := perGPU(target, 0, scenarios.Closed).Points[0].Y; got != want {
		t.Errorf("%g, want %g", got, want)
	}
}

func TestLimits(t *testing.T) {
	s := in(&analysis.Study{Scenario: &scenarios.Scenario{Objective: goal(time.Second, 0)}})
	ttft, tpot := latencies[0], latencies[1]
	if l := s.limits(ttft); len(l) != 1 || l[0].At != 1 || !l[0].Shade || l[0].Label != "TTFT ≤ 1 s for 99 %" {
		t.Errorf("%+v", l)
	}
	if l := s.limits(tpot); len(l) != 0 {
		t.Errorf("%+v", l)
	}
	chat, rag := goal(500*time.Millisecond, 0), goal(2*time.Second, 0)
	s.Scenario = &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat", Objective: &chat},
		{Name: "rag", Objective: &rag}, {Name: "short", Objective: &chat}, {Name: "free"}}}
	l := s.limits(ttft)
	if len(l) != 2 || l[0].Label != "chat, short: TTFT ≤ 500 ms" || l[1].At != 2 || l[0].Shade || l[1].Shade {
		t.Errorf("%+v", l)
	}
}

// TestWideIntervals: an interval that ends at 0 or beyond measure is cut at the axis.
func TestWideIntervals(t *testing.T) {
	target := plain.sweep("mini", 1, 2, 4)
	for _, m := range []string{"ttft", "tpot", "itl"} {
		for i, p := range target.Points {
			e := p.Metrics[m].Quantiles[0.99]
			e.Lo, e.Hi = []float64{0, -1, 1e-9}[i], []float64{math.Inf(1), 1e9, e.Value}[i]
			p.Metrics[m].Quantiles[0.99] = e
		}
	}
	pictures, err := Draw(locale.English, study(scenarios.Objective{}, target))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		sound(t, p)
	}
}

// TestNoLimitOnAnotherStatistic: a limit stands only over the statistic that its clause judges.
func TestNoLimitOnAnotherStatistic(t *testing.T) {
	o := goal(time.Second, 0)
	o.ITL, o.Attainment = 500*time.Millisecond, 0.9
	other := o
	other.Attainment = 0.97 // p99 is drawn
	for _, c := range []struct {
		objective     scenarios.Objective
		limits        int
		says, doesNot string
	}{
		{o, 1, "each request's largest gap", "no limits"},
		{other, 0, "judges 97 % of the requests", "which the objective judges"},
	} {
		pictures, err := Draw(locale.English, study(c.objective, plain.sweep("mini", 1, 2, 4)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pictures {
			if p.Figure != "panels" && p.Figure != "curve" {
				continue
			}
			drawn, ttft := strings.Count(string(p.SVG), "≤"), strings.Count(string(p.SVG), "TTFT ≤ 1 s")
			if drawn != c.limits || ttft != c.limits {
				t.Errorf("%s: %d limits, %d of TTFT, want %d", p.Name, drawn, ttft, c.limits)
			}
			if !strings.Contains(p.Caption, c.says) || strings.Contains(p.Caption, c.doesNot) {
				t.Errorf("%s: %s", p.Name, p.Caption)
			}
		}
	}
}

// TestSpectrumNamesWhatItLeavesOut: levels that are too many, or that a check condemned, are named.
func TestSpectrumNamesWhatItLeavesOut(t *testing.T) {
	s := recorded(t, 2000, 1, 2, 4, 8, 16, 32, 64, 128)
	s.Targets[0].Points[7].Steps[0].Verdict.State = results.Invalid
	page, err := spectrum(scenarios.Closed).Draw(in(s), s.Targets[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := "not drawn, see the tables: N = 8, N = 128"; !strings.Contains(page.Caption(), want) {
		t.Errorf("want %q in %q", want, page.Caption())
	}
}
