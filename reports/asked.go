package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// asked is what was asked of which servers: the first lines of a review.
func (t teller) asked() []fact {
	var out []fact
	for _, of := range t.s.Targets {
		out = append(out, fact{t.Say("Server %s", of.Target.Name), t.server(of)})
	}
	out = append(out, fact{t.Say("Prompts"), t.mix()}, fact{t.Say("Load"), t.loadWords()},
		fact{t.Say("Objective"), t.objectives()})
	when := t.Say("unknown")
	if m := t.s.Run.Manifest; !m.Started.IsZero() {
		when = m.Started.UTC().Format("2006-01-02 15:04 UTC")
	}
	return append(out, fact{t.Say("Date"), when}, fact{t.Say("Tool"), t.s.Run.Manifest.Tool})
}

// server is a target in one line: model, hardware, software and the settings that advice is about.
func (t teller) server(of *analysis.TargetStudy) string {
	parts := []string{of.Target.Model, t.hardware(of), t.software(of)}
	for _, flag := range vllm.Advised {
		if v := of.Settings[flag]; v != nil && flag != vllm.TensorParallelSize {
			parts = append(parts, flag+" "+analysis.Value(v))
		}
	}
	return strings.Join(parts, " · ")
}

// mix is each class with its share and lengths.
func (t teller) mix() string {
	total := 0.0
	for _, c := range t.s.Scenario.Prompts {
		total += c.Weight
	}
	var parts []string
	for _, c := range t.s.Scenario.Prompts {
		words := c.Name
		if len(t.s.Scenario.Prompts) > 1 && total > 0 {
			words += " " + t.Share(math.Round(1000*c.Weight/total)/1000)
		}
		parts = append(parts, words+" ("+t.lengths(c)+")")
	}
	return strings.Join(parts, t.Say("; "))
}

// lengths says how long a class's prompts and answers are.
func (t teller) lengths(c scenarios.PromptClass) string {
	in := t.Say("text as given")
	switch {
	case c.Input != nil:
		in = t.Say("%s tokens in", t.length(*c.Input))
	case c.Source != nil:
		in = t.Say("%s recorded prompts", t.Count(c.Source.N))
	}
	out := t.Say("as long as recorded")
	switch {
	case c.Output.Length != nil:
		out = t.Say("%s tokens out", t.length(*c.Output.Length))
	case c.Output.Max > 0:
		out = t.Say("at most %s tokens out", t.Count(c.Output.Max))
	}
	return in + ", " + out
}

func (t teller) length(l scenarios.Length) string {
	switch l.Law {
	case "fixed":
		return t.Count(l.Max)
	case "uniform":
		return t.Count(l.Min) + "–" + t.Count(l.Max)
	case "empirical":
		return t.Say("recorded numbers of")
	}
	return t.Say("on average %s", t.Given(l.Mean))
}

// loadWords say how the load was made, per phase.
func (t teller) loadWords() string {
	var parts []string
	for _, p := range t.s.Scenario.Phases {
		words := ""
		switch {
		case p.Each > 0:
			words = t.Say("each prompt class %s times, one request at a time", t.Count(p.Each))
		case p.Find == scenarios.FindConcurrency:
			words = t.Say("search of the held load, closed loop")
		case p.Find == scenarios.FindRate:
			words = t.Say("search of the held load, open loop (%s)", cmp.Or(p.Arrival.Name, "poisson"))
		case p.Concurrency != nil && len(p.Concurrency.Levels) > 0:
			words = t.Say("closed loop, %s requests in flight", t.between(floats(p.Concurrency.Levels)))
		case len(p.Rate) > 0:
			words = t.Say("open loop (%s), %s requests/s", cmp.Or(p.Arrival.Name, "poisson"), t.between(p.Rate))
		}
		if p.Repeat > 1 {
			words += ", " + t.Say("%s repetitions", t.Count(p.Repeat))
		}
		if p.Within > 0 {
			words += ", " + t.Say("within %s", t.Length(p.Within))
		}
		if p.Measure > 0 {
			words += ", " + t.Say("windows of %s", t.Length(p.Measure))
		}
		if words != "" && !slices.Contains(parts, words) {
			parts = append(parts, words)
		}
	}
	if len(parts) == 0 {
		return t.Say("as imported")
	}
	return strings.Join(parts, t.Say("; "))
}

func (t teller) between(levels []float64) string {
	lo, hi := slices.Min(levels), slices.Max(levels)
	if lo == hi {
		return t.Given(lo)
	}
	return t.Say("%s to %s (%s levels)", t.Given(lo), t.Given(hi), t.Count(len(levels)))
}

func floats(v []int) (out []float64) {
	for _, n := range v {
		out = append(out, float64(n))
	}
	return out
}

// objectives are the scenario's and those that classes have of their own.
func (t teller) objectives() string {
	parts := []string{}
	if o := t.s.Scenario.Objective; !o.IsZero() {
		parts = append(parts, t.objective(o))
	}
	for _, c := range t.s.Scenario.Prompts {
		if c.Objective != nil && !c.Objective.IsZero() {
			parts = append(parts, c.Name+t.Say(": ")+t.objective(*c.Objective))
		}
	}
	if len(parts) == 0 {
		return t.Say("none given")
	}
	return strings.Join(parts, t.Say("; "))
}

func (t teller) objective(o scenarios.Objective) string {
	var clauses []string
	for _, c := range []struct {
		name  string
		limit float64
	}{{"TTFT", o.TTFT.Seconds()}, {"TTFO", o.TTFO.Seconds()}, {"TPOT", o.TPOT.Seconds()},
		{t.Say("longest gap between tokens"), o.ITL.Seconds()}, {"E2E", o.E2E.Seconds()}} {
		if c.limit > 0 {
			clauses = append(clauses, fmt.Sprintf("%s ≤ %s", c.name, t.Limit(c.limit)))
		}
	}
	words := strings.Join(clauses, ", ")
	if o.Attainment > 0 {
		words = t.Say("%s for %s of the requests", words, t.Share(o.Attainment))
	}
	return words
}
