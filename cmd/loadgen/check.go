package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loadgen/locale"
	"loadgen/reports"
	"loadgen/scenarios"
	"loadgen/stat"
	"loadgen/sweep"
)

func newCheck(t *terminal) *cobra.Command {
	full, preset, within := false, "", time.Duration(0)
	c := &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Check a scenario: every fault at once, warnings, the plan and what it costs; nothing is sent",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := readScenario(args[0])
			if err == nil {
				f, err = f.with(c, preset, within)
			}
			if err != nil {
				return err
			}
			if full {
				_, err := t.out.Write(f.YAML())
				return err
			}
			return t.check(f)
		},
	}
	c.Flags().BoolVar(&full, "full", false, "print the scenario as YAML with every default filled in")
	presetFlag(c, &preset)
	withinFlag(c, &within)
	return c
}

func (t *terminal) check(f file) error {
	plan := f.Plan("")
	doc := reports.Document{Title: f.Name, Verdict: fmt.Sprintf("%s %s: %s, %s, %s", f.name, soundness(f.Scenario),
		locale.Count(len(f.Targets), "target", "targets"),
		locale.Count(len(f.Prompts), "class of prompts", "classes of prompts"), stepsOf(plan))}
	doc.Sections = append(doc.Sections, targetsSection(f.Scenario), planSection(f.Scenario, plan))
	if len(f.fitted) > 0 {
		doc.Sections = append(doc.Sections, reports.Section{Title: fmt.Sprintf("Within %v", f.Within), Notes: f.fitted})
	}
	if notes := concernNotes(f.Scenario); len(notes) > 0 {
		doc.Sections = append(doc.Sections, reports.Section{Title: "Findings", Notes: notes})
	}
	return t.print(doc)
}

// soundness says whether the scenario can be played as it stands.
func soundness(sc *scenarios.Scenario) string {
	var refused []string
	for _, c := range sc.Concerns() {
		if c.Refused && !slices.Contains(refused, c.ID) {
			refused = append(refused, c.ID)
		}
	}
	if len(refused) == 0 {
		return "is sound"
	}
	return "is well written and cannot be played as it stands (" + strings.Join(refused, ", ") + " below)"
}

func targetsSection(sc *scenarios.Scenario) reports.Section {
	tab := &reports.Table{Columns: []reports.Column{{Head: "target"}, {Head: "url"}, {Head: "model"},
		{Head: "key variable"}, {Head: "GPUs"}}}
	for _, tg := range sc.Targets {
		gpus := strings.Trim(fmt.Sprint(tg.GPUs), "[]")
		key := tg.APIKeyEnv
		if key == "" {
			key = "none"
		}
		tab.Rows = append(tab.Rows, []string{tg.Name, tg.URL, tg.Model, key, gpus})
	}
	s := reports.Section{Title: "Targets", Table: tab}
	unset, err := unsetVariables(sc)
	if err != nil {
		s.Notes = append(s.Notes, "warning: "+err.Error()+": quick and run will refuse")
	}
	for _, name := range unset {
		s.Notes = append(s.Notes, "warning: "+name+" is not set: quick and run will refuse")
	}
	return s
}

func planSection(sc *scenarios.Scenario, plan scenarios.Plan) reports.Section {
	tab := &reports.Table{Columns: []reports.Column{{Head: "phase"}, {Head: "target"}, {Head: "loop"}, {Head: "levels"},
		{Head: "steps", Right: true},
		{Head: "requests", Right: true}, {Head: "prompt tokens", Right: true}, {Head: "output tokens", Right: true},
		{Head: "time", Right: true}, {Head: "up to"}}}
	total := sweep.Cost{}
	for _, g := range sweep.Costs(sc, plan) {
		total = total.Plus(g.Cost)
		steps := fmt.Sprint(g.Steps)
		if g.Search {
			steps = "–"
		}
		tab.Rows = append(tab.Rows, []string{g.Phase, g.Target, strings.TrimSpace(g.Loop + " " + g.Law),
			strings.Join(g.Levels, " "), steps,
			locale.English.Number(g.Requests), locale.English.Number(g.PromptTokens), locale.English.Number(g.OutputTokens),
			locale.English.Length(g.Time), quantileName(g)})
	}
	notes := []string{
		fmt.Sprintf("in all %s, about %s, %s requests, %s prompt and %s output tokens, %.0f MB on disk",
			stepsOf(plan), locale.English.Length(total.Time),
			locale.English.Number(total.Requests), locale.English.Number(total.PromptTokens),
			locale.English.Number(total.OutputTokens), math.Ceil(total.Bytes/1e6)),
		p99Note(total), presetNote(sc, plan),
		"requests and time are estimates at 50 output tokens/s for each request and 5000 prompt tokens/s for each server; " +
			"a sweep that saturates ends earlier",
	}
	if sc.Searches() && sc.Within == 0 {
		notes = append(notes, "how long a search takes, the server decides: its requests at the rate that it holds. The "+
			"time above is for one that holds what is assumed here; one that holds a tenth takes ten times as long. "+
			"within: 20m, or --within, bounds it")
	}
	if overloads(sc) {
		notes = append(notes, "a rate above what its server reads, by that estimate, fills a queue: such a level lasts "+
			"until the queue is empty, and the levels above it longer than is told here; stop: objective leaves them out, and "+
			"find: rate ends them early")
	}
	return reports.Section{Title: "Plan", Table: tab, Notes: notes}
}

// overloads tells that some given rate is beyond what a server is assumed to serve.
func overloads(sc *scenarios.Scenario) bool {
	return slices.ContainsFunc(sc.Plan("").Steps, func(st scenarios.Step) bool {
		return st.Stop == "" && sweep.Overloads(sc, st)
	})
}

// quantileName is the strictest quantile of a plan's part; ~ marks one that is soft.
func quantileName(g sweep.Group) string {
	switch {
	case g.Soft == 0:
		return "mean"
	case g.Quantile < g.Soft:
		return "~p" + strconv.FormatFloat(100*g.Soft, 'g', -1, 64)
	}
	return "p" + strconv.FormatFloat(100*g.Quantile, 'g', -1, 64)
}

// stepsOf counts a plan's steps; how many a search plays, its answers decide.
func stepsOf(plan scenarios.Plan) string {
	searches := searchesIn(plan)
	if steps := len(plan.Steps) - searches; searches == 0 {
		return locale.Count(steps, "step", "steps")
	} else if steps > 0 {
		return locale.Count(steps, "step", "steps") + " and " + locale.Count(searches, "search", "searches")
	}
	return locale.Count(searches, "search", "searches")
}

func searchesIn(plan scenarios.Plan) (n int) {
	for _, st := range plan.Steps {
		if st.Find != "" {
			n++
		}
	}
	return n
}

// presetNote is what the same load takes with each amount of evidence. A search repeats nothing.
func presetNote(sc *scenarios.Scenario, plan scenarios.Plan) string {
	var parts []string
	alone := searchesIn(plan) == len(plan.Steps)
	for _, p := range scenarios.Presets {
		with, total := sc.With(p), sweep.Cost{}
		for _, g := range sweep.Costs(with, with.Plan("")) {
			total = total.Plus(g.Cost)
		}
		part := p.Name + " " + locale.English.Length(total.Time)
		if !alone {
			part += " (" + p.Doc + ")"
		}
		parts = append(parts, part)
	}
	if alone {
		return "with preset: " + strings.Join(parts, ", ") + ": more requests make the answer surer"
	}
	return "with preset: " + strings.Join(parts, "; ")
}

func p99Note(total sweep.Cost) string {
	if total.ForP99 < time.Second {
		return "\"up to\" is the strictest quantile that every level can show"
	}
	return fmt.Sprintf("p99 in every step takes about %s more: it needs %d measured requests and %d mean answers; "+
		"leave measure out, or choose another preset", locale.English.Length(total.ForP99), stat.Needed(0.99),
		stat.SolidAnswers)
}

func concernNotes(sc *scenarios.Scenario) []string {
	var out []string
	for _, c := range sc.Concerns() {
		out = append(out, fmt.Sprintf("%s: %s; %s", c.ID, c.Says, c.Instead))
	}
	return out
}
