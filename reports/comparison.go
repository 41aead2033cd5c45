package reports

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/stat"
)

// Comparison tells a variant apart from its baseline: the verdict by what decides, the settings that differ, then per
// level the ratio of each number.
func Comparison(l *locale.Locale, base, other *analysis.Study, all []analysis.Comparison, figures []Figure) Document {
	t := teller{l, other}
	from := teller{l, base}
	d := Document{Title: l.Say("Comparison: %s against %s", t.runName(), from.runName()), Locale: l,
		State: string(other.Verdict.State)}
	d.Verdict = l.Say("baseline %s: %s · variant %s: %s", from.runName(), from.state(base.Verdict.State), t.runName(),
		t.state(other.Verdict.State))
	if base.Run.Manifest.Simulated || other.Run.Manifest.Simulated {
		d.Verdict += " · " + l.Say("SIMULATED, virtual time")
	}
	g := t.grid(ratioHeads...)
	for _, c := range all {
		d.Asked = append(d.Asked, fact{l.Say("Changed, %s", versus(c)), t.differWords(c)})
		d.Advice = append(d.Advice, t.verdictWords(c))
		if at := c.PerGPU(); len(at) > 0 {
			d.Advice = append(d.Advice, versus(c)+t.Say(": ")+t.Say("tok/s per GPU at equal TPOT")+t.Say(": ")+
				t.Words(analysis.Crossing(c.Base.Target.Name, c.Target, at))+".")
		}
		t.outcomeRows(g, c)
		d.Sections = append(d.Sections, t.compared(c, figures)...)
	}
	d.Asked = append(d.Asked, fact{l.Say("Prompts"), t.mix()}, fact{l.Say("Load"), t.loadWords()},
		fact{l.Say("Objective"), t.objectives()}, fact{l.Say("Date"), t.dates(base)})
	d.Outcome = []Section{{Table: g.table()}}
	d.Caveats = t.comparisonCaveats(base, all)
	return d
}

// dates are those of both runs.
func (t teller) dates(base *analysis.Study) string {
	var parts []string
	for _, s := range []*analysis.Study{base, t.s} {
		when := t.Say("unknown")
		if at := s.Run.Manifest.Started; !at.IsZero() {
			when = at.UTC().Format("2006-01-02 15:04 UTC")
		}
		parts = append(parts, filepath.Base(s.Run.Dir)+" "+when)
	}
	return strings.Join(parts, ", ")
}

func (t teller) compared(c analysis.Comparison, figures []Figure) []Section {
	out := []Section{t.differSection(c)}
	for _, f := range figures {
		if f.Target == c.Target {
			out = append(out, Section{Title: f.heading(), Figure: &f, Open: true})
		}
	}
	out = append(out, t.ratioSection(c))
	if at := c.PerGPU(); len(at) > 0 {
		out = append(out, t.perGPUSection(c, at))
	}
	return chapter(versus(c), out...)
}

// sides are what both sides have of a difference: a setting as it is written, else in words.
func (t teller) sides(x analysis.Difference) (base, other string) {
	if slices.Contains([]string{"objective", "prompts", "load"}, x.Name) {
		return t.Words(x.Base), t.Words(x.Other)
	}
	return x.Base, x.Other
}

// differWords are the settings that differ, in a line.
func (t teller) differWords(c analysis.Comparison) string {
	var parts []string
	for _, x := range c.Differ {
		base, other := t.sides(x)
		parts = append(parts, fmt.Sprintf("%s %s → %s", t.Words(x.Name), base, other))
	}
	if len(parts) == 0 {
		return t.Say("no difference in settings, version, GPUs, prompts, load or objective")
	}
	return t.FirstFew(parts, 6)
}

// verdictWords are the verdict, what it means for whoever decides on the change, and what it rests on.
func (t teller) verdictWords(c analysis.Comparison) string {
	words := fmt.Sprintf("%s%s%s. %s", versus(c), t.Say(": "), strings.ToUpper(t.Words(string(c.Verdict))),
		t.decision(c.Verdict))
	return words + " " + t.Say("Because: %s", t.Words(c.Why)+t.decisive(c)) + t.Say("; ") +
		t.Say("evidence: %s against %s", t.evidenceWords(c.OtherEvidence), t.evidenceWords(c.BaseEvidence)) + "."
}

// decision is what a verdict says to the question whether to take the change.
func (t teller) decision(v analysis.Judgement) string {
	switch v {
	case analysis.Better:
		return t.Say("The change can be taken.")
	case analysis.Worse:
		return t.Say("The change should not be taken.")
	case analysis.Equivalent:
		return t.Say("The change makes no difference that matters; decide on other grounds.")
	case analysis.Mixed:
		return t.Say("The change gains on one count and loses on another; weigh them.")
	}
	return t.Say("These runs do not decide it; do not take the change for its speed yet.")
}

func (t teller) decisive(c analysis.Comparison) (words string) {
	for _, r := range c.Decisive {
		base, other := t.amounts(r)
		words += t.Say("; ") + fmt.Sprintf("%s %s → %s", t.Words(r.Name), base, other)
		if r.Bound != "" {
			words += ", " + t.Words(r.Bound)
		}
		if !math.IsNaN(r.Ratio.Value) {
			words += ", " + t.Say("%s (95 %%: %s)", t.Ratio(r.Ratio.Value), t.bounds(r.Ratio))
		}
	}
	return words
}

func (t teller) evidenceWords(e analysis.Evidence) string {
	return t.Say("server starts %s, repetitions %s", t.Count(e.Starts), t.Count(e.Repetitions))
}

// versus names both sides where they are not one target's.
func versus(c analysis.Comparison) string {
	if b := c.Base.Target.Name; b != c.Target {
		return c.Target + " / " + b
	}
	return c.Target
}

// ratioHeads are the columns of what changed.
var ratioHeads = []string{"target", "number", ">baseline", ">variant", ">ratio", ">95 %%", "finding"}

// mostRows is how many rows the first screen's table of a comparison has.
const mostRows = 8

// outcomeRows are what decides, then the share within the objective and the other numbers at the load nearest to the
// held one.
func (t teller) outcomeRows(g *grid, c analysis.Comparison) {
	if b, o := c.Base.Held(t.s.Scenario), c.Other.Held(t.s.Scenario); b.Known() && o.Known() {
		ratio := "–"
		if b.State == analysis.Held && o.State == analysis.Held && b.Loop == o.Loop {
			ratio = t.Number(o.Value / b.Value)
		}
		claims := t.Say("proven to 95 %%: %s → %s", t.proven(b), t.proven(o))
		if b.Searched || o.Searched {
			claims = t.Say("claimed: %s → %s", t.proven(b), t.proven(o))
		}
		g.add(versus(c), t.Say("held load"), t.heldShort(b), t.heldShort(o), ratio, "–", claims)
	}
	for _, r := range c.Decisive {
		t.ratioRow(g, c, r.Name, r)
	}
	l, ok := c.AtHeld(t.s.Scenario)
	if !ok {
		return
	}
	if b, o, known := attainments(c, l.Label); known {
		g.add(versus(c), t.Say("within objective at %s", t.Words(l.Label)), t.Percent(b.Value), t.Percent(o.Value), "–", "–",
			t.sharesApart(b, o))
	}
	for _, r := range l.Ratios {
		decides := slices.ContainsFunc(c.Decisive, func(d analysis.MetricRatio) bool {
			return d.Name == r.Name+" at "+l.Label
		})
		if len(g.rows) < mostRows && !decides && r.Name != "tok/s" && r.Name != "TTFT p90" {
			t.ratioRow(g, c, t.Say("%s at %s", t.Words(r.Name), t.Words(l.Label)), r)
		}
	}
}

// proven is what is claimed of a held load, in a sentence.
func (t teller) proven(h analysis.HeldLoad) string {
	if !h.Proven() {
		return t.Say("no load")
	}
	return t.provenShort(h)
}

func (t teller) ratioRow(g *grid, c analysis.Comparison, name string, r analysis.MetricRatio) {
	ratio := "–"
	if !math.IsNaN(r.Ratio.Value) {
		ratio = t.Number(r.Ratio.Value)
	}
	says := t.Words(string(r.Says))
	if r.Bound != "" {
		says += ", " + t.Words(r.Bound)
	}
	base, other := t.amounts(r)
	g.add(versus(c), t.Words(name), base, other, ratio, t.bounds(r.Ratio), says)
}

func pointOf(of *analysis.TargetStudy, label string) *analysis.Point {
	for _, p := range of.Points {
		if p.Label == label {
			return p
		}
	}
	return nil
}

func attainments(c analysis.Comparison, label string) (b, o analysis.Estimate, known bool) {
	x, y := pointOf(c.Base, label), pointOf(c.Other, label)
	if x == nil || y == nil || !x.Attainment.Known() || !y.Attainment.Known() {
		return b, o, false
	}
	return x.Attainment, y.Attainment, true
}

// sharesApart says whether the intervals of two shares meet.
func (t teller) sharesApart(b, o analysis.Estimate) string {
	switch {
	case o.Lo > b.Hi:
		return t.Words(string(analysis.Better))
	case o.Hi < b.Lo:
		return t.Words(string(analysis.Worse))
	}
	return t.Words(string(analysis.NoneShown))
}

// comparisonCaveats are what limits the conclusion.
func (t teller) comparisonCaveats(base *analysis.Study, all []analysis.Comparison) []string {
	var out []string
	for _, s := range []teller{{t.Locale, base}, t} {
		if doubts := s.doubts(); len(doubts) > 0 {
			out = append(out, s.runName()+t.Say(": ")+strings.Join(doubts, ", "))
		}
	}
	if base.Run.Manifest.Simulated || t.s.Run.Manifest.Simulated {
		out = append(out, t.Say("simulated servers: what is shown is what the simulator's model of them does"))
	}
	for _, c := range all {
		var not []string
		for _, l := range c.Levels {
			if l.Not != "" {
				not = append(not, t.Words(l.Label))
			}
		}
		if len(not) > 0 {
			out = append(out, t.Say("%s: not comparable at %s", versus(c), strings.Join(not, ", ")))
		}
	}
	return append(out, t.betweenStarts())
}

func (t teller) betweenStarts() string {
	return t.Say("intervals hold what two starts of one server differ by: %s a start assumed below three starts (two "+
		"starts of one 8B on two H200), twice that for tails", t.Percent(analysis.BetweenStarts))
}

func (t teller) differSection(c analysis.Comparison) Section {
	s := Section{Title: t.Say("What differs")}
	g := t.grid("setting", ">baseline", ">variant")
	for _, x := range c.Differ {
		base, other := t.sides(x)
		g.add(t.Words(x.Name), base, other)
	}
	if s.Table = g.table(); s.Table == nil {
		s.Text = []string{t.Say("No difference in settings, version, GPUs, prompts, load or objective.")}
	}
	return s
}

func (t teller) ratioSection(c analysis.Comparison) Section {
	s := Section{Title: t.Say("Variant ÷ baseline, level by level")}
	g := t.grid("level", "number", ">baseline", ">variant", ">ratio", ">95 %%", ">repetitions", "grade", "finding")
	for _, l := range c.Levels {
		if l.Not != "" {
			s.Notes = append(s.Notes, t.Say("%s: not comparable: %s", t.Words(l.Label), t.Words(l.Not)))
			continue
		}
		for _, r := range l.Ratios {
			base, other := t.amounts(r)
			g.add(t.Words(l.Label), t.Words(r.Name), base, other, t.Number(r.Ratio.Value),
				t.bounds(r.Ratio), t.Count(l.Blocks), string(l.Grade), t.Words(string(r.Says)))
		}
	}
	s.Table = g.table()
	if len(c.Levels) == 0 {
		s.Text = []string{t.Say("Not comparable: the runs have no level in common.")}
	}
	s.Notes = append(s.Notes, t.Say("these numbers do not decide: a difference is shown when chance is excluded for all "+
		"of them together (Holm) and the ratio is at least 5 %% off"), t.betweenStarts())
	return s
}

// perGPUSection sets variants on different numbers of GPUs beside one another where their readers wait equally long for
// a token.
func (t teller) perGPUSection(c analysis.Comparison, at []analysis.PerGPU) Section {
	s := Section{Title: t.Say("tok/s per GPU at equal TPOT"),
		Text: []string{t.Words(analysis.Crossing(c.Base.Target.Name, c.Target, at)) + "."}}
	g := t.grid(">TPOT p50", ">baseline", ">95 %%", ">variant", ">95 %%", ">ratio", ">95 %%", "finding")
	for _, p := range at {
		g.add(seconds(p.TPOT), t.Number(p.Base.Value), t.Span(p.Base.Lo, p.Base.Hi), t.Number(p.Other.Value),
			t.Span(p.Other.Lo, p.Other.Hi), t.Number(p.Ratio.Ratio.Value), t.bounds(p.Ratio.Ratio),
			t.Words(string(p.Ratio.Says)))
	}
	s.Table = g.table()
	s.Notes = []string{t.Say("each row compares a measured point with one interpolated between two levels; a difference " +
		"is shown when chance is excluded for all rows together (Holm) and the ratio is at least 5 %% off"),
		t.betweenStarts()}
	return s
}

// amounts are both sides of a ratio, times in one unit. Subtle: in one table rows have different units, so each cell
// names its own.
func (t teller) amounts(r analysis.MetricRatio) (base, other string) {
	if strings.Contains(r.Name, "tok/s") {
		return t.Number(r.Base), t.Number(r.Other)
	}
	unit := locale.UnitFor(known([]float64{r.Base, r.Other})...)
	write := func(v float64) string {
		if math.IsNaN(v) {
			return t.Duration(v)
		}
		return t.Amount(unit, v)
	}
	return write(r.Base), write(r.Other)
}

func (t teller) bounds(i stat.Interval) string {
	if math.IsNaN(i.Lo) {
		return "–"
	}
	return t.Span(i.Lo, i.Hi)
}
