package reports

import (
	"fmt"
	"math"
	"strings"

	"loadgen/analysis"
	"loadgen/stat"
)

// Comparison tells two runs apart: the settings that differ, then per level the ratio of each number.
func Comparison(base, other *analysis.Study, all []analysis.Comparison, figures []Figure) Document {
	d := Document{Title: "loadgen: comparison", State: string(other.Verdict.State),
		Verdict: fmt.Sprintf("%s against %s", other.Run.Dir, base.Run.Dir)}
	if base.Run.Manifest.Simulated || other.Run.Manifest.Simulated {
		d.Verdict += " · SIMULATED, virtual time"
	}
	for _, c := range all {
		d.Advice = append(d.Advice, fmt.Sprintf("%s: %s (%s)", versus(c), c.Verdict, decisiveWords(c)))
		d.Sections = append(d.Sections, differSection(c))
		for _, f := range figures {
			if f.Target == c.Target {
				d.Sections = append(d.Sections, Section{Title: f.heading(), Figure: &f})
			}
		}
		d.Sections = append(d.Sections, ratioSection(c))
		if at := c.PerGPU(); len(at) > 0 {
			d.Sections = append(d.Sections, perGPUSection(c, at))
		}
	}
	return d
}

// decisiveWords say what the verdict rests on.
func decisiveWords(c analysis.Comparison) string {
	words := c.Why
	for _, r := range c.Decisive {
		words += fmt.Sprintf("; %s %s → %s", r.Name, amount(r.Name, r.Base), amount(r.Name, r.Other))
		if r.Bound != "" {
			words += ", " + r.Bound
		}
		if !math.IsNaN(r.Ratio.Value) {
			words += fmt.Sprintf(", × %.3f (95 %%: %s)", r.Ratio.Value, bounds(r.Ratio))
		}
	}
	return words + fmt.Sprintf("; %s against %s", evidenceWords(c.OtherEvidence), evidenceWords(c.BaseEvidence))
}

func evidenceWords(e analysis.Evidence) string {
	return fmt.Sprintf("%d start(s) of the server with %d repetition(s)", e.Starts, e.Repetitions)
}

// versus names both sides where they are not one target's.
func versus(c analysis.Comparison) string {
	if b := c.Base.Target.Name; b != c.Target {
		return c.Target + " against " + b
	}
	return c.Target
}

func differSection(c analysis.Comparison) Section {
	s := Section{Title: versus(c) + ": what differs"}
	if len(c.Differ) == 0 {
		s.Text = []string{"Nothing that the servers or scenarios tell."}
		return s
	}
	s.Table = &Table{Columns: []Column{{Head: "setting"}, {Head: "base", Right: true}, {Head: "other", Right: true}}}
	for _, x := range c.Differ {
		s.Table.Rows = append(s.Table.Rows, []string{x.Name, x.Base, x.Other})
	}
	return s
}

func ratioSection(c analysis.Comparison) Section {
	s := Section{Title: versus(c) + ": other ÷ base"}
	tab := &Table{Columns: []Column{{Head: "level"}, {Head: "number"}, {Head: "base", Right: true}, {Head: "other", Right: true},
		{Head: "ratio", Right: true}, {Head: "95 %", Right: true}, {Head: "blocks", Right: true}, {Head: "grade"}, {Head: "shows"}}}
	for _, l := range c.Levels {
		if l.Not != "" {
			s.Notes = append(s.Notes, l.Label+": not comparable: "+l.Not)
			continue
		}
		for _, r := range l.Ratios {
			tab.Rows = append(tab.Rows, []string{l.Label, r.Name, amount(r.Name, r.Base), amount(r.Name, r.Other),
				fmt.Sprintf("%.3f", r.Ratio.Value), bounds(r.Ratio), fmt.Sprint(l.Blocks), string(l.Grade), string(r.Says)})
		}
	}
	if len(tab.Rows) > 0 {
		s.Table = tab
	}
	if len(c.Levels) == 0 {
		s.Text = []string{"not comparable: the runs have no level in common"}
	}
	s.Notes = append(s.Notes, "trade-offs, which do not decide: a difference is shown when chance is excluded for all these numbers together (Holm) and the ratio is at least 5 % off",
		fmt.Sprintf("intervals hold what two starts of one server differ by: %.1f %% a start assumed below three starts (two starts of one 8B on two H200), twice that for tails", 100*analysis.BetweenStarts))
	return s
}

// perGPUSection tells arms on different numbers of GPUs apart where their readers wait equally long for a token.
func perGPUSection(c analysis.Comparison, at []analysis.PerGPU) Section {
	s := Section{Title: versus(c) + ": tokens/s per GPU at equal TPOT", Text: []string{analysis.Crossing(c.Base.Target.Name, c.Target, at) + "."}}
	s.Table = &Table{Columns: []Column{{Head: "TPOT p50", Right: true}, {Head: "base", Right: true}, {Head: "95 %", Right: true}, {Head: "other", Right: true},
		{Head: "95 %", Right: true}, {Head: "shows"}}}
	for _, p := range at {
		s.Table.Rows = append(s.Table.Rows, []string{duration(p.TPOT), decimals(p.Base.Value), decimals(p.Base.Lo) + "–" + decimals(p.Base.Hi),
			decimals(p.Other.Value), decimals(p.Other.Lo) + "–" + decimals(p.Other.Hi), string(p.Says)})
	}
	s.Notes = []string{"at each row's TPOT one arm was measured and the other is read between its two neighbouring levels; " +
		"a difference is shown where the intervals do not meet, and these know one run's noise, not that between runs"}
	return s
}

func amount(name string, v float64) string {
	if strings.Contains(name, "tok/s") {
		return decimals(v)
	}
	return duration(v)
}

func bounds(i stat.Interval) string {
	if math.IsNaN(i.Lo) {
		return "–"
	}
	return fmt.Sprintf("%.3f–%.3f", i.Lo, i.Hi)
}
