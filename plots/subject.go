package plots

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/scenarios"
)

// A subject is what is drawn: a study, and the language of its words.
type subject struct {
	*analysis.Study
	*locale.Locale
}

// mostTargets is how many targets a figure of all of them shows: more series are not told apart.
const mostTargets = 6

// shown are the targets that a figure of all shows, and the names of those that it leaves out.
func shown(all []*analysis.TargetStudy, l scenarios.Loop) (in []*analysis.TargetStudy, out []string) {
	for _, t := range all {
		switch {
		case len(pointsOf(t, l)) == 0:
		case len(in) < mostTargets:
			in = append(in, t)
		default:
			out = append(out, t.Target.Name)
		}
	}
	return in, out
}

// leftOut says which targets are not drawn; empty: none.
func (s subject) leftOut(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return []string{s.Say("not drawn, see the tables: %s", strings.Join(names, ", "))}
}

// page begins a figure of a run.
func (s subject) page(title string, subtitle ...string) *chart.Page {
	m := s.Run.Manifest
	footer := s.Say("run %s", runName(s.Study)) +
		fmt.Sprintf("  ·  %s  ·  %s", m.Started.UTC().Format("2006-01-02 15:04 UTC"), m.Tool)
	if m.Simulated {
		footer = s.Say("SIMULATED, virtual time") + "  ·  " + footer
	}
	if s.Scenario.Sessions() {
		subtitle = append(subtitle, s.Say("sessions: levels are users, or sessions begun per second (partly open)"))
	}
	return &chart.Page{Title: title, Subtitle: subtitle, Footer: footer, Locale: s.Locale, Columns: 1, Width: 740,
		Height: 480}
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
func (s subject) loopWord(l scenarios.Loop) string {
	if l == scenarios.Open {
		return s.Say("open loop")
	}
	return s.Say("closed loop")
}

// loopOf says how the load was made and what the points' labels mean.
func (s subject) loopOf(l scenarios.Loop) string {
	if l == scenarios.Open {
		return s.Say("open loop, points labelled with requests/s")
	}
	return s.Say("closed loop, points labelled with requests in flight")
}

// levelAxis is the axis of a loop's levels and its label.
func (s subject) levelAxis(l scenarios.Loop) (chart.Axis, string) {
	if l == scenarios.Open {
		return chart.NewAxis(chart.PerSecond()), s.Say("Request rate (requests/s)")
	}
	return chart.NewAxis(chart.Doubling()), s.Say("Concurrency (requests in flight)")
}

// workload says what was asked: mean tokens in and out over all points, weighted by their requests.
func (s subject) workload(points []*analysis.Point) string {
	var in, out, n float64
	for _, p := range points {
		if c := float64(p.Cohort); !math.IsNaN(p.PromptMean) && !math.IsNaN(p.OutputMean) {
			in, out, n = in+c*p.PromptMean, out+c*p.OutputMean, n+c
		}
	}
	if n == 0 {
		return s.Say("token counts unknown")
	}
	return s.Say("mean %s tokens in, %s out", s.Number(in/n), s.Number(out/n))
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
func levelName(p *analysis.Point) string { return locale.Short(p.Level) }

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

// A timing is a metric of every curve.
type timing struct {
	metric, title string                            // title: a key of the catalogue
	clause        func(scenarios.Objective) float64 // seconds; 0: none; nil: no clause judges this statistic
	named         string                            // of the clause
}

var latencies = []timing{
	{"ttft", "Time to first token (TTFT)", func(o scenarios.Objective) float64 { return o.TTFT.Seconds() }, "TTFT"},
	{"tpot", "Time per output token (TPOT)", func(o scenarios.Objective) float64 { return o.TPOT.Seconds() }, "TPOT"},
	{"itl", "Inter-token latency (ITL)", nil, ""}, // all gaps pooled: the objective bounds each request's largest
}

// quantile is that of the objective: where 90 % of the requests must keep it, p90 is what it judges. Without an
// objective, or with one whose quantile is not estimated, it is p99.
func (s subject) quantile() float64 {
	if a := s.Scenario.Objective.Attainment; slices.Contains(analysis.Percentiles, a) {
		return a
	}
	return 0.99
}

// judges reports whether the drawn quantile is the one that the scenario's objective judges.
func (s subject) judges() bool {
	a := s.Scenario.Objective.Attainment
	return a == 0 || a == s.quantile()
}

// judgedLimits are the limits of a metric of which one quantile is drawn: none where the objective judges another.
func (s subject) judgedLimits(m timing) []chart.Limit {
	if !s.judges() {
		return nil
	}
	return s.limits(m)
}

// boundsGaps reports whether any objective bounds each request's largest gap, which no line of pooled ITL shows.
func (s subject) boundsGaps() bool {
	return s.Scenario.Objective.ITL > 0 || slices.ContainsFunc(s.Scenario.Prompts, func(c scenarios.PromptClass) bool {
		return c.Objective != nil && c.Objective.ITL > 0
	})
}

// unjudged says which limits of the objective are not drawn, and why; empty: none.
func (s subject) unjudged() (out []string) {
	if !s.judges() {
		out = append(out, s.Say("no limits: the objective judges %s of the requests, which has no quantile here",
			s.Share(s.Scenario.Objective.Attainment)))
	}
	if s.boundsGaps() {
		out = append(out, s.Say("ITL: all gaps pooled; the objective bounds each request's largest gap, see the figure "+
			"of missed requests"))
	}
	return out
}

// limits are the objectives of one metric: the scenario's, else those that classes have of their own, which are shaded
// only where the class is all there is.
func (s subject) limits(m timing) []chart.Limit {
	if m.clause == nil {
		return nil
	}
	if v := m.clause(s.Scenario.Objective); v > 0 {
		return []chart.Limit{{At: v, Shade: true, Label: s.objective(m.named, v, s.Scenario.Objective.Attainment)}}
	}
	byValue := map[float64][]string{}
	var order []float64
	for _, c := range s.Scenario.Prompts {
		if c.Objective == nil || m.clause(*c.Objective) == 0 {
			continue
		}
		v := m.clause(*c.Objective)
		if byValue[v] == nil {
			order = append(order, v)
		}
		byValue[v] = append(byValue[v], c.Name)
	}
	var out []chart.Limit
	for _, v := range order {
		out = append(out, chart.Limit{At: v, Shade: len(s.Scenario.Prompts) == 1, Label: s.classes(byValue[v]) + s.Say(": ") +
			s.objective(m.named, v, 0)})
	}
	return out
}

// classes names a few prompt classes, and counts more.
func (s subject) classes(names []string) string {
	if list := strings.Join(names, ", "); len(names) == 1 || len(list) <= 24 {
		return list
	}
	return s.Say("%s classes", s.Count(len(names)))
}

func (s subject) objective(named string, v, attainment float64) string {
	if attainment > 0 {
		return s.Say("%s ≤ %s for %s", s.Words(named), s.Limit(v), s.Share(attainment))
	}
	return s.Words(named) + " ≤ " + s.Limit(v)
}
