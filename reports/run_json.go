package reports

import (
	"math"
	"slices"
	"strconv"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/results"
)

// A told is `report --json`: a run's levels with every number that may be shown.
type told struct {
	Verdict   results.Verdict `json:"verdict"`
	Simulated bool            `json:"simulated"`
	Scenario  string          `json:"scenario"`
	Targets   []toldTarget    `json:"targets"`
	Clients   []toldClient    `json:"clients,omitempty"` // that shared the load
}

// A toldTarget is one target, or replicas as one.
type toldTarget struct {
	Name  string    `json:"name"`
	Model string    `json:"model"`
	GPUs  int       `json:"gpus"`
	Held  *toldHeld `json:"held,omitempty"` // of all requests; null without an objective
	// where there are several classes of prompts, of those that have an objective
	HeldByClass []toldHeld  `json:"held_by_class,omitempty"`
	Levels      []toldLevel `json:"levels"`
}

// A toldLevel is one level of load, its repetitions pooled, or one repetition of it.
type toldLevel struct {
	Level      string                `json:"level"`
	Phase      string                `json:"phase"`
	Loop       string                `json:"loop"`
	Steps      []string              `json:"steps"`    // their directories
	Requests   int                   `json:"requests"` // of the measuring windows
	Trusted    bool                  `json:"trusted"`
	OutputRate toldNumber            `json:"output_tokens_per_s"`
	Rate       toldNumber            `json:"requests_per_s"`
	Attainment toldNumber            `json:"attainment"`
	Metrics    map[string]toldMetric `json:"metrics"`
	// where there are several classes of prompts
	Classes     map[string]map[string]toldMetric `json:"classes,omitempty"`
	Repetitions []toldLevel                      `json:"repetitions,omitempty"` // where there are several
}

// A toldMetric is a metric's mean and percentiles, in its unit.
type toldMetric struct {
	Unit        string                `json:"unit"`
	N           int                   `json:"n"`
	Mean        toldNumber            `json:"mean"`
	Percentiles map[string]toldNumber `json:"percentiles,omitempty"` // "50", "99.9"
}

// A toldNumber is a value with its 95 % bounds; null is withheld, and why says what it would need.
type toldNumber struct {
	Value *float64 `json:"value"`
	Lo    *float64 `json:"lo"`
	Hi    *float64 `json:"hi"`
	Soft  bool     `json:"soft,omitempty"`
	Why   string   `json:"why,omitempty"`
}

// RunJSON puts a study into its JSON shape.
func RunJSON(s *analysis.Study, all []*advice.Advice) told {
	out := told{Verdict: s.Verdict, Simulated: s.Run.Manifest.Simulated, Scenario: s.Scenario.Name,
		Targets: []toldTarget{}, Clients: tellClients(s)}
	for _, t := range slices.Concat(s.Targets, s.Replicas) {
		told := toldTarget{Name: t.Target.Name, Model: t.Target.Model, GPUs: t.GPUs(), Levels: []toldLevel{}}
		if a := adviceOn(t, all); a != nil {
			told.Held, told.HeldByClass = tellHeld(t, a.Held), heldByClass(s, a)
		}
		for _, p := range slices.Concat(t.Each, t.Points) {
			level := tellLevel(p)
			for _, rep := range p.Repetitions {
				level.Repetitions = append(level.Repetitions, tellLevel(rep))
			}
			told.Levels = append(told.Levels, level)
		}
		out.Targets = append(out.Targets, told)
	}
	return out
}

func tellLevel(p *analysis.Point) toldLevel {
	l := toldLevel{Level: p.Label, Phase: p.Phase, Loop: string(p.Loop), Steps: []string{}, Requests: p.Cohort,
		Trusted:    p.Trusted(),
		OutputRate: tellNumber(p.OutputRate), Rate: tellNumber(p.RequestRate), Attainment: tellNumber(p.Attainment),
		Metrics: toldMetrics(p.Metrics)}
	for _, st := range p.Steps {
		l.Steps = append(l.Steps, st.Step.Name)
	}
	if len(p.Classes) > 1 {
		l.Classes = map[string]map[string]toldMetric{}
		for name, c := range p.Classes {
			l.Classes[name] = toldMetrics(c.Metrics)
		}
	}
	return l
}

func toldMetrics(metrics map[string]analysis.Spread) map[string]toldMetric {
	out := map[string]toldMetric{}
	for name, s := range metrics {
		if s.N == 0 {
			continue
		}
		m := toldMetric{Unit: s.Unit, N: s.N, Mean: tellNumber(s.Mean), Percentiles: map[string]toldNumber{}}
		for q, e := range s.Quantiles {
			m.Percentiles[strconv.FormatFloat(100*q, 'g', 4, 64)] = tellNumber(e)
		}
		out[name] = m
	}
	return out
}

func tellNumber(e analysis.Estimate) toldNumber {
	if !e.Known() {
		return toldNumber{Why: e.Why}
	}
	return toldNumber{jsonNumber(e.Value), jsonNumber(e.Lo), jsonNumber(e.Hi), e.Show == analysis.Soft, e.Why}
}

// jsonNumber is a value or null: JSON has no NaN and no infinity.
func jsonNumber(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
