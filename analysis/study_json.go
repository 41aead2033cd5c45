package analysis

import (
	"slices"
	"strconv"

	"loadgen/results"
)

// A Told is `report --json`: a run's levels with every number that may be shown.
type Told struct {
	Verdict   results.Verdict `json:"verdict"`
	Simulated bool            `json:"simulated"`
	Scenario  string          `json:"scenario"`
	Targets   []ToldTarget    `json:"targets"`
}

// A ToldTarget is one target, or replicas as one.
type ToldTarget struct {
	Name    string      `json:"name"`
	Model   string      `json:"model"`
	GPUs    int         `json:"gpus"`
	Binding string      `json:"binding,omitempty"`
	Levels  []ToldLevel `json:"levels"`
}

// A ToldLevel is one level of load, its repetitions pooled, or one repetition of it.
type ToldLevel struct {
	Level       string                           `json:"level"`
	Phase       string                           `json:"phase"`
	Loop        string                           `json:"loop"`
	Steps       []string                         `json:"steps"`    // their directories
	Requests    int                              `json:"requests"` // of the measuring windows
	Trusted     bool                             `json:"trusted"`
	OutputRate  ToldNumber                       `json:"output_tokens_per_s"`
	Rate        ToldNumber                       `json:"requests_per_s"`
	Attainment  ToldNumber                       `json:"attainment"`
	Metrics     map[string]ToldMetric            `json:"metrics"`
	Classes     map[string]map[string]ToldMetric `json:"classes,omitempty"`     // where there are several classes of prompts
	Repetitions []ToldLevel                      `json:"repetitions,omitempty"` // where there are several
}

// A ToldMetric is a metric's mean and percentiles, in its unit.
type ToldMetric struct {
	Unit        string                `json:"unit"`
	N           int                   `json:"n"`
	Mean        ToldNumber            `json:"mean"`
	Percentiles map[string]ToldNumber `json:"percentiles,omitempty"` // "50", "99.9"
}

// A ToldNumber is a value with its 95 % bounds; null is withheld, and why says what it would need.
type ToldNumber struct {
	Value *float64 `json:"value"`
	Lo    *float64 `json:"lo"`
	Hi    *float64 `json:"hi"`
	Soft  bool     `json:"soft,omitempty"`
	Why   string   `json:"why,omitempty"`
}

// StudyJSON puts a study into its JSON shape. An error is one of reading the run's files.
func StudyJSON(s *Study) (Told, error) {
	out := Told{Verdict: s.Verdict, Simulated: s.Run.Manifest.Simulated, Scenario: s.Scenario.Name, Targets: []ToldTarget{}}
	for _, t := range slices.Concat(s.Targets, s.Replicas) {
		told := ToldTarget{Name: t.Target.Name, Model: t.Target.Model, GPUs: t.GPUs(), Binding: t.Binding, Levels: []ToldLevel{}}
		for _, p := range slices.Concat(t.Each, t.Points) {
			level := toldLevel(p)
			reps, err := repetitions(s, t, p)
			if err != nil {
				return out, err
			}
			for i := 0; len(reps) > 1 && i < len(reps); i++ {
				level.Repetitions = append(level.Repetitions, toldLevel(reps[i]))
			}
			told.Levels = append(told.Levels, level)
		}
		out.Targets = append(out.Targets, told)
	}
	return out, nil
}

func toldLevel(p *Point) ToldLevel {
	l := ToldLevel{Level: p.Label, Phase: p.Phase, Loop: string(p.Loop), Steps: []string{}, Requests: p.Cohort, Trusted: p.Trusted(),
		OutputRate: toldNumber(p.OutputRate), Rate: toldNumber(p.RequestRate), Attainment: toldNumber(p.Attainment), Metrics: toldMetrics(p.Metrics)}
	for _, st := range p.Steps {
		l.Steps = append(l.Steps, st.Step.Name)
	}
	if len(p.Classes) > 1 {
		l.Classes = map[string]map[string]ToldMetric{}
		for name, c := range p.Classes {
			l.Classes[name] = toldMetrics(c.Metrics)
		}
	}
	return l
}

func toldMetrics(metrics map[string]Spread) map[string]ToldMetric {
	out := map[string]ToldMetric{}
	for name, s := range metrics {
		if s.N == 0 {
			continue
		}
		m := ToldMetric{Unit: s.Unit, N: s.N, Mean: toldNumber(s.Mean), Percentiles: map[string]ToldNumber{}}
		for q, e := range s.Quantiles {
			m.Percentiles[strconv.FormatFloat(100*q, 'g', 4, 64)] = toldNumber(e)
		}
		out[name] = m
	}
	return out
}

func toldNumber(e Estimate) ToldNumber {
	if !e.Known() {
		return ToldNumber{Why: e.Why}
	}
	return ToldNumber{known(e.Value), known(e.Lo), known(e.Hi), e.Show == Soft, e.Why}
}
