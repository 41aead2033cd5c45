package reports

import (
	"fmt"
	"strings"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/vllm"
)

// configuration is each server's settings with who told them, its hardware, and what the scenario says of it in words.
func (t teller) configuration() Section {
	g := t.grid("endpoint", "URL", "model", "software", "hardware", "setting", ">value", "source")
	sec := Section{Title: t.Say("Configuration")}
	for _, of := range t.s.Targets {
		first := []any{of.Target.Name, of.Target.URL, of.Target.Model, t.software(of), t.hardware(of)}
		add := func(name, value, source string) {
			g.add(append(append([]any(nil), first...), name, value, source)...)
			first = []any{"", "", "", "", ""}
		}
		for _, flag := range shownFlags(of) {
			add(flag, analysis.Value(of.Settings[flag]), of.Told[flag])
		}
		if blocks, size, ok := of.Info.KVBlocks(); ok {
			add(t.Say("KV blocks × tokens"), fmt.Sprintf("%d × %d", blocks, size), "metrics")
		}
		if first[0] != "" {
			add(t.Say("not told"), "–", "–")
		}
		if of.Target.Description != "" {
			sec.Notes = append(sec.Notes, of.Target.Name+": "+of.Target.Description)
		}
	}
	sec.Table = g.table()
	return sec
}

// shownFlags are the flags worth a row: the advised ones and what sizes memory.
func shownFlags(of *analysis.TargetStudy) []string {
	var out []string
	for _, f := range append(append([]string(nil), vllm.Advised...), vllm.MaxModelLen, vllm.KVCacheDtype,
		vllm.PrefixCaching, vllm.ChunkedPrefill, vllm.LongPrefillThreshold, "dtype") {
		if of.Settings[f] != nil {
			out = append(out, f)
		}
	}
	return out
}

// methodology says in prose what was done.
func (t teller) methodology() Section {
	sec := Section{Title: t.Say("Methodology")}
	say := func(words string) { sec.Text = append(sec.Text, words) }
	m := t.s.Run.Manifest
	for _, c := range t.s.Scenario.Prompts {
		say(t.Say("Prompts %s: %s.", c.Name, t.lengths(c)))
	}
	say(t.Say("Load: %s.", t.loadWords()))
	say(t.Say("Each level: warm-up until steady, a measuring window, and a cool-down under load until the last measured " +
		"request has ended. Only requests due in the window count."))
	if m.Salt != "" {
		say(t.Say("Prompt texts are new in each run, so that no earlier run's are in a server's prefix cache (salt %s).",
			m.Salt))
	}
	if m.Host.Cores > 0 {
		say(t.Say("Client: %s, %s %s, %s cores, %s clock; %s.", m.Host.Name, m.Host.OS, m.Host.Kernel, t.Count(m.Host.Cores),
			t.Words(m.Host.Clock), m.Tool))
	}
	if m.Simulated {
		say(t.Say("SIMULATED: servers, network and GPUs were simulated in virtual time; nothing real was measured."))
	}
	sec.Text = append(sec.Text, t.Say("Percentiles are x_(⌈np⌉) of the measured requests and are withheld without "+
		"enough of them; intervals are 95 %%, the wider of order statistics and ten sections of the window. tok/s counts "+
		"output tokens that arrived inside the window."))
	return sec
}

// accounting proves that every request is counted once.
func (t teller) accounting() Section {
	g := t.grid("endpoint", ">sent", ">= ok", "+ failed")
	var notes []string
	for _, of := range t.s.Targets {
		c := t.s.Run.Counts(of.Target.Name)
		parts := c.ByFault()
		if len(parts) == 0 {
			parts = []string{"0"}
		}
		g.add(of.Target.Name, t.Count(c.Sent), t.Count(c.OK), strings.Join(parts, " + "))
		if _, cut := t.s.Answered(of.Target.Name); cut > 0 {
			notes = append(notes, t.Say("%s: %s of those cancelled were cut off by loadgen itself: no failures of the "+
				"server's", of.Target.Name, t.Count(cut)))
		}
	}
	return Section{Title: t.Say("Request accounting: sent = ok + failed"), Table: g.table(), Notes: notes}
}

// verdicts lists what each check said of each step that did not pass.
func (t teller) verdicts() Section {
	g := t.grid("step", "check", "level", "finding")
	for _, r := range t.s.Verdict.Reasons {
		if r.Check == "V18" {
			g.add(t.Say("run"), t.check(r.Check), t.Words(string(r.Level)), t.Words(r.Says))
		}
	}
	for _, st := range t.s.Run.Steps {
		for _, r := range st.Meta.Verdict.Reasons {
			g.add(st.Meta.Step.Name, t.check(r.Check), t.Words(string(r.Level)), t.Words(r.Says))
		}
	}
	sec := Section{Title: t.Say("Checks"), Table: g.table(),
		Notes: []string{t.Say("not checked in this version: %s; loadgen explain ID says what each check compares",
			strings.Join(analysis.Unchecked, ", "))}}
	if t.s.Run.Manifest.Simulated {
		sec.Notes = append(sec.Notes, t.Say("V3 (this host) does not apply: virtual time cannot be bent by it"))
	}
	if sec.Table == nil {
		sec.Text = []string{t.Say("Every check passed on every step.")}
	}
	return sec
}

func (t teller) formulas() Section {
	g := t.grid("metric", "unit", "formula", "meaning")
	for _, name := range []string{"ttft", "ttfo", "itl", "tpot", "e2e"} {
		m, _ := results.FindMetric(name)
		g.add(m.Title, m.Unit, m.Formula, t.Words(m.Doc))
	}
	return Section{Title: t.Say("Formulas"), Table: g.table()}
}
