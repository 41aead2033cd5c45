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

// A ToldLevel is one level of load, its repetitions pooled.
type ToldLevel struct {
	Level      string                `json:"level"`
	Phase      string                `json:"phase"`
	Loop       string                `json:"loop"`
	Requests   int                   `json:"requests"` // of the measuring windows
	Repeats    int                   `json:"repetitions"`
	Trusted    bool                  `json:"trusted"`
	OutputRate ToldNumber            `json:"output_tokens_per_s"`
	Rate       ToldNumber            `json:"requests_per_s"`
	Attainment ToldNumber            `json:"attainment"`
	Metrics    map[string]ToldMetric `json:"metrics"`
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

// StudyJSON puts a study into its JSON shape.
func StudyJSON(s *Study) Told {
	out := Told{Verdict: s.Verdict, Simulated: s.Run.Manifest.Simulated, Scenario: s.Scenario.Name, Targets: []ToldTarget{}}
	for _, t := range slices.Concat(s.Targets, s.Replicas) {
		told := ToldTarget{Name: t.Target.Name, Model: t.Target.Model, GPUs: t.GPUs(), Binding: t.Binding, Levels: []ToldLevel{}}
		for _, p := range slices.Concat(t.Each, t.Points) {
			told.Levels = append(told.Levels, toldLevel(p))
		}
		out.Targets = append(out.Targets, told)
	}
	return out
}

func toldLevel(p *Point) ToldLevel {
	l := ToldLevel{Level: p.Label, Phase: p.Phase, Loop: string(p.Loop), Requests: p.Cohort, Repeats: len(p.Steps), Trusted: p.Trusted(),
		OutputRate: toldNumber(p.OutputRate), Rate: toldNumber(p.RequestRate), Attainment: toldNumber(p.Attainment), Metrics: map[string]ToldMetric{}}
	for name, s := range p.Metrics {
		if s.N == 0 {
			continue
		}
		m := ToldMetric{Unit: s.Unit, N: s.N, Mean: toldNumber(s.Mean), Percentiles: map[string]ToldNumber{}}
		for q, e := range s.Quantiles {
			m.Percentiles[strconv.FormatFloat(100*q, 'g', 4, 64)] = toldNumber(e)
		}
		l.Metrics[name] = m
	}
	return l
}

func toldNumber(e Estimate) ToldNumber {
	if !e.Known() {
		return ToldNumber{Why: e.Why}
	}
	return ToldNumber{known(e.Value), known(e.Lo), known(e.Hi), e.Show == Soft, e.Why}
}
