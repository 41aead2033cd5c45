package sweep

import (
	"fmt"
	"time"

	"loadgen/scenarios"
)

// Fit chooses levels, windows and repetitions so that a scenario takes no longer than its `within`, by what its plan is
// estimated to cost: the most evidence that fits, else every second level, else less again. Searches get an even part
// of the time for each target and see to it themselves. A scenario without a time is left as it is. says tells what was
// chosen, and what more time would buy.
func Fit(sc *scenarios.Scenario) (fitted *scenarios.Scenario, says []string) {
	if sc.Within == 0 {
		return sc, nil
	}
	out := *sc
	out.Phases = append([]scenarios.Phase(nil), sc.Phases...)
	part := sc.Within / time.Duration(len(out.Phases))
	for i := range out.Phases {
		ph := &out.Phases[i]
		switch {
		case ph.Find != "":
			ph.Within = part / time.Duration(max(1, len(sc.Targets)))
			says = append(says, fmt.Sprintf("%s: a search of %v on each target; with less than that a load may stay without "+
				"proof, and more time brings it closer to the limit", ph.Name, ph.Within.Round(time.Second)))
		case ph.Each == 0:
			says = append(says, fit(&out, i, part))
		}
	}
	return &out, says
}

// An evidenced is how much each level may bring, from the most to the least.
type evidenced struct {
	preset  string
	measure time.Duration // where no preset fits, since a lone request at a time takes long for hundreds of them
}

var evidences = []evidenced{{preset: "report"}, {preset: "standard"}, {preset: "default"}, {preset: "quick"},
	{measure: 3 * time.Minute}, {measure: 2 * time.Minute}, {measure: time.Minute}, {measure: 30 * time.Second}}

func (e evidenced) String() string {
	if e.measure > 0 {
		return fmt.Sprintf("windows of %v", e.measure)
	}
	p, _ := scenarios.FindPreset(e.preset)
	return fmt.Sprintf("preset %s (%s)", p.Name, p.Doc)
}

// on is a phase that brings as much.
func (e evidenced) on(ph scenarios.Phase) scenarios.Phase {
	ph.Preset, ph.Measure, ph.Repeat = e.preset, e.measure, 1
	if e.measure == 0 {
		p, _ := scenarios.FindPreset(e.preset)
		ph.Repeat = p.Repeat
	}
	return ph
}

// fit chooses the evidence of one phase of given levels.
func fit(sc *scenarios.Scenario, i int, part time.Duration) string {
	name, better := sc.Phases[i].Name, ""
	for levels := sc.Phases[i]; ; {
		for _, e := range evidences {
			sc.Phases[i] = e.on(levels)
			took := time.Duration(0)
			for _, g := range Costs(sc, sc.Plan(name)) {
				took += g.Time
			}
			if took <= part {
				return fmt.Sprintf("%s: %d levels with %v, about %v%s", name, count(levels), e, took.Round(time.Minute), better)
			}
			better = fmt.Sprintf("; %v would buy %d levels with %v", took.Round(time.Minute), count(levels), e)
		}
		fewer := thinned(levels)
		if count(fewer) == count(levels) {
			return fmt.Sprintf("%s: even %d levels with windows of 30s take longer than %v: what is not begun by then is "+
				"left out", name, count(levels), part.Round(time.Second))
		}
		levels = fewer
	}
}

func count(ph scenarios.Phase) int {
	if ph.Concurrency != nil {
		return len(ph.Concurrency.Levels)
	}
	return len(ph.Rate)
}

// thinned has every second level, the highest among them, and at least two.
func thinned(ph scenarios.Phase) scenarios.Phase {
	if ph.Concurrency != nil {
		l := *ph.Concurrency
		l.Levels = everySecond(l.Levels)
		ph.Concurrency = &l
		return ph
	}
	ph.Rate = everySecond(ph.Rate)
	return ph
}

func everySecond[T any](all []T) (out []T) {
	if len(all) <= 2 {
		return all
	}
	for i := (len(all) - 1) % 2; i < len(all); i += 2 {
		out = append(out, all[i])
	}
	return out
}
