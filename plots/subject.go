package plots

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"loadgen/analysis"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// newPage begins a figure of a run.
func newPage(s *analysis.Study, title string, subtitle ...string) *chart.Page {
	m := s.Run.Manifest
	footer := fmt.Sprintf("run %s  ·  %s  ·  %s", runName(s), m.Started.UTC().Format("2006-01-02 15:04 UTC"), m.Tool)
	if m.Simulated {
		footer = "SIMULATED, virtual time  ·  " + footer
	}
	if s.Scenario.Sessions() {
		subtitle = append(subtitle, "sessions: levels are users, or sessions begun per second (partly open)")
	}
	return &chart.Page{Title: title, Subtitle: subtitle, Footer: footer, Columns: 1, Width: 740, Height: 480}
}

// runName is the run directory's own name.
func runName(s *analysis.Study) string { return filepath.Base(s.Run.Dir) }

// hardware says what a target runs on: "2 × NVIDIA L40S, TP 2".
func hardware(t *analysis.TargetStudy) string {
	name := t.Target.Card
	if len(t.Info.GPUs) > 0 {
		name = t.Info.GPUs[0].Name
	}
	if name == "" {
		name = "GPU"
	}
	return fmt.Sprintf("%d × %s, TP %d", t.GPUs(), name, t.TP())
}

// loopWord says how the load was made.
func loopWord(l scenarios.Loop) string {
	if l == scenarios.Open {
		return "open loop"
	}
	return "closed loop"
}

// loopOf says how the load was made and what the points' labels mean.
func loopOf(l scenarios.Loop) string {
	if l == scenarios.Open {
		return loopWord(l) + ", points labelled with requests/s"
	}
	return loopWord(l) + ", points labelled with requests in flight"
}

// levelAxis is the axis of a loop's levels and its label.
func levelAxis(l scenarios.Loop) (chart.Axis, string) {
	if l == scenarios.Open {
		return chart.NewAxis(chart.PerSecond()), "Request rate (requests/s)"
	}
	return chart.NewAxis(chart.Doubling()), "Concurrency (requests in flight)"
}

// workload says what was asked: mean tokens in and out over all points, weighted by their requests.
func workload(points []*analysis.Point) string {
	var in, out, n float64
	for _, p := range points {
		if c := float64(p.Cohort); !math.IsNaN(p.PromptMean) && !math.IsNaN(p.OutputMean) {
			in, out, n = in+c*p.PromptMean, out+c*p.OutputMean, n+c
		}
	}
	if n == 0 {
		return "token counts not told"
	}
	return fmt.Sprintf("mean %s tokens in, %s out", chart.Short(in/n), chart.Short(out/n))
}

// pointsOf are a target's points of one loop.
func pointsOf(t *analysis.TargetStudy, l scenarios.Loop) []*analysis.Point {
	if l == scenarios.Open {
		return t.Open()
	}
	return t.Closed()
}

// ofTarget names a target and its model.
func ofTarget(t *analysis.TargetStudy) string { return t.Target.Name + ", " + t.Target.Model }

// levelName is a point's level as a number: "16".
func levelName(p *analysis.Point) string { return chart.Short(p.Level) }

// levelMark is a point's level with its unit: "N = 16", "4/s".
func levelMark(p *analysis.Point) string {
	if p.Loop == scenarios.Open {
		return levelName(p) + "/s"
	}
	return "N = " + levelName(p)
}

// estimate makes a point of an estimate at x.
func estimate(p *analysis.Point, x float64, e analysis.Estimate) chart.Point {
	if !e.Known() {
		return chart.Point{Gap: true}
	}
	return chart.Point{X: x, Y: e.Value, Lo: e.Lo, Hi: e.Hi, Hollow: e.Show == analysis.Soft, Crossed: !p.Trusted()}
}

// latencies are the metrics of every curve.
var latencies = []struct {
	metric, title string
	clause        func(scenarios.Objective) float64 // seconds; 0: none
	named         string                            // of the clause
}{
	{"ttft", "Time to first token (TTFT)", func(o scenarios.Objective) float64 { return o.TTFT.Seconds() }, "TTFT"},
	{"tpot", "Time per output token (TPOT)", func(o scenarios.Objective) float64 { return o.TPOT.Seconds() }, "TPOT"},
	{"itl", "Inter-token latency (ITL)", func(o scenarios.Objective) float64 { return o.ITL.Seconds() }, "largest gap"},
}

// limits are the objectives of one metric: the scenario's, else those that classes have of their own.
func limits(s *scenarios.Scenario, clause func(scenarios.Objective) float64, named string) []chart.Limit {
	if v := clause(s.Objective); v > 0 {
		return []chart.Limit{{At: v, Shade: true, Label: objective(named, v, s.Objective.Attainment)}}
	}
	byValue := map[float64][]string{}
	var order []float64
	for _, c := range s.Prompts {
		if c.Objective == nil || clause(*c.Objective) == 0 {
			continue
		}
		v := clause(*c.Objective)
		if byValue[v] == nil {
			order = append(order, v)
		}
		byValue[v] = append(byValue[v], c.Name)
	}
	var out []chart.Limit
	for _, v := range order {
		out = append(out, chart.Limit{At: v, Shade: len(order) == 1, Label: classes(byValue[v]) + ": " + objective(named, v, 0)})
	}
	return out
}

// classes names a few prompt classes, and counts more.
func classes(names []string) string {
	if s := strings.Join(names, ", "); len(names) == 1 || len(s) <= 24 {
		return s
	}
	return fmt.Sprintf("%d classes", len(names))
}

func objective(named string, v, attainment float64) string {
	s := named + " ≤ " + chart.FormatSeconds(v)
	if attainment > 0 {
		s += fmt.Sprintf(" for %g %%", 100*attainment)
	}
	return s
}
