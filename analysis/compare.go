package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"loadgen/scenarios"
	"loadgen/stat"
)

// Material is δ: a ratio within 1 ± δ is no difference that matters (R3.7).
const Material = 0.05

// A Comparison is one target of one run against the same target of another.
type Comparison struct {
	Target        string
	Base, Other   *TargetStudy
	Differ        []Difference // settings, version, GPUs, prompts, load, objective
	Decisive      []MetricRatio
	Levels        []LevelComparison // trade-offs: they never decide
	Verdict       Judgement
	Why           string   // what the verdict rests on; of an open one first why it is open, and what would decide
	BaseEvidence  Evidence // starts and repetitions of base
	OtherEvidence Evidence // … and of other
}

// Evidence is how often a side was measured: starts of its server, and repetitions over all of them.
type Evidence struct{ Starts, Repetitions int }

// A Difference is a setting that is not the same on both sides.
type Difference struct {
	Name  string `json:"name"`
	Base  string `json:"base"`
	Other string `json:"other"`
}

// A LevelComparison is one level on both sides.
type LevelComparison struct {
	Label  string
	Blocks int    // repetitions that both sides have
	Grade  Grade  // A where both sides have enough repetitions for a verdict, else C
	Not    string // not empty: "not comparable", with why
	Ratios []MetricRatio
}

// A MetricRatio is other ÷ base of one number, as both are printed.
type MetricRatio struct {
	Name        string
	HigherGood  bool
	Base, Other float64
	Ratio       stat.Interval
	Says        Judgement
	Bound       string // not empty: one side is a bound only, such as "variant is a lower bound"

	deviation float64 // of the ratio's logarithm
}

// A Judgement is what a ratio, or all of a comparison, shows.
type Judgement string

// The judgements.
const (
	Better       Judgement = "better"
	Worse        Judgement = "worse"
	Equivalent   Judgement = "equivalent"
	Mixed        Judgement = "mixed"               // what decides disagrees
	Inconclusive Judgement = "inconclusive"        // too few starts or repetitions to decide
	NoneShown    Judgement = "no difference shown" // of one number
)

// Compare sets every target of other against the target of the same name in base or, when each run has one target only,
// against that. The verdict is the ratio of the held loads, in tokens/s per GPU; where there is no objective, or none
// that breaks on either side, that of the peak tokens/s per GPU and of TPOT p50 at the highest load in common.
func Compare(base, other *Study) ([]Comparison, error) {
	var out []Comparison
	for _, o := range slices.Concat(other.Targets, other.Replicas) {
		b := counterpart(base, other, o)
		if b == nil {
			continue
		}
		c := Comparison{Target: o.Target.Name, Base: b, Other: o, Differ: differences(base, other, b, o)}
		c.BaseEvidence, c.OtherEvidence = evidence(b), evidence(o)
		c.levels()
		c.decide(base.Scenario, other.Scenario)
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the runs have no target in common")
	}
	judgeAll(out)
	return out, nil
}

func counterpart(base, other *Study, o *TargetStudy) *TargetStudy {
	for _, b := range slices.Concat(base.Targets, base.Replicas) {
		if b.Target.Name == o.Target.Name {
			return b
		}
	}
	if len(base.Targets) == 1 && len(other.Targets) == 1 {
		return base.Targets[0]
	}
	return nil
}

// evidence counts a side's starts and repetitions: the fewest repetitions of a level that can be trusted, and the
// starts that its server tells of, one where it tells none.
func evidence(t *TargetStudy) Evidence {
	var e Evidence
	starts := map[float64]bool{}
	for _, p := range t.Points {
		if !p.Trusted() {
			continue
		}
		reps := repetitions(p)
		if e.Repetitions == 0 || len(reps) < e.Repetitions {
			e.Repetitions = len(reps)
		}
		for _, r := range reps {
			if at := r.Server.Start; at > 0 {
				starts[at] = true
			}
		}
	}
	e.Starts = max(1, len(starts))
	return e
}

// repetitions are the points of each repetition by itself.
func repetitions(p *Point) []*Point {
	if len(p.Repetitions) == 0 {
		return []*Point{p}
	}
	return p.Repetitions
}

// A repetition is levels that were played once, and the server's start that they stand on.
type repetition struct {
	points []*Point
	start  float64
}

// apart are the repetitions that all trusted levels have, of some of a target's points.
func (t *TargetStudy) apart(points []*Point) []repetition {
	out := make([]repetition, evidence(t).Repetitions)
	for i := range out {
		for _, p := range points {
			if reps := repetitions(p); p.Trusted() && i < len(reps) {
				out[i].points = append(out[i].points, reps[i])
				out[i].start = cmp.Or(out[i].start, reps[i].Server.Start)
			}
		}
	}
	return out
}

func differences(base, other *Study, b, o *TargetStudy) []Difference {
	var out []Difference
	add := func(name, x, y string) {
		if x != y {
			out = append(out, Difference{name, x, y})
		}
	}
	add("model", b.Target.Model, o.Target.Model)
	add("version", b.Info.Version, o.Info.Version)
	add("GPUs", fmt.Sprint(b.GPUs()), fmt.Sprint(o.GPUs()))
	add("card", cardName(b), cardName(o))
	flags := maps.Clone(b.Settings)
	if flags == nil {
		flags = map[string]any{}
	}
	maps.Copy(flags, o.Settings)
	for _, f := range slices.Sorted(maps.Keys(flags)) {
		add(f, Value(b.Settings[f]), Value(o.Settings[f]))
	}
	x, known := b.Pool()
	y, also := o.Pool()
	if known && also {
		add("KV pool, tokens", fmt.Sprintf("%.0f", x), fmt.Sprintf("%.0f", y))
	}
	add("objective", objectiveWords(base.Scenario), objectiveWords(other.Scenario))
	add("prompts", promptWords(base.Scenario), promptWords(other.Scenario))
	add("load", levelWords(b), levelWords(o))
	return out
}

func cardName(t *TargetStudy) string {
	c, _ := t.Card()
	return c.Name
}

func objectiveWords(sc *scenarios.Scenario) string {
	words := clauseWords(sc.Objective)
	for _, c := range sc.Prompts {
		if c.Objective != nil {
			words += "; " + c.Name + ": " + clauseWords(*c.Objective)
		}
	}
	return words
}

func clauseWords(o scenarios.Objective) string {
	if o.IsZero() {
		return "none"
	}
	var parts []string
	for _, c := range []struct {
		says  string
		limit fmt.Stringer
	}{{"TTFT %s", o.TTFT}, {"TTFO %s", o.TTFO}, {"TPOT %s", o.TPOT}, {"largest gap %s", o.ITL}, {"E2E %s", o.E2E}} {
		if text := c.limit.String(); text != "0s" {
			parts = append(parts, fmt.Sprintf(c.says, text))
		}
	}
	return fmt.Sprintf("%s for %g %% of the requests", strings.Join(parts, ", "), 100*o.Attainment)
}

// promptWords tell the classes by their weights and laws of length.
func promptWords(sc *scenarios.Scenario) string {
	var parts []string
	for _, c := range sc.Prompts {
		words := fmt.Sprintf("%s %g", c.Name, c.Weight)
		if c.Input != nil {
			words += fmt.Sprintf(", prompts %s %g", c.Input.Law, c.Input.Mean)
		}
		if c.Output.Length != nil {
			words += fmt.Sprintf(", answers %s %g", c.Output.Length.Law, c.Output.Length.Mean)
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, ", ")
}

// levelWords are the levels that were asked for; which of them a search asks for is what it finds.
func levelWords(t *TargetStudy) string {
	var parts, searches []string
	for _, p := range t.Points {
		find := "find rate"
		if p.Loop == scenarios.Closed {
			find = "find concurrency"
		}
		switch {
		case !p.Sought():
			parts = append(parts, p.Label)
		case !slices.Contains(searches, find):
			searches = append(searches, find)
		}
	}
	if len(parts) > 0 {
		searches = slices.Insert(searches, 0, strings.Join(parts, " "))
	}
	return strings.Join(searches, "; ")
}
