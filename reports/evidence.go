package reports

import (
	"fmt"
	"strings"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/vllm"
)

// singles are the points that say what one user sees: the each phase, the lowest level, the start of the plateau.
func singles(t *analysis.TargetStudy) []*analysis.Point {
	out := append([]*analysis.Point(nil), t.Each...)
	if closed := t.Closed(); len(closed) > 0 {
		out = append(out, closed[0])
		if p := analysis.PlateauStart(closed); p != nil && p != closed[0] {
			out = append(out, p)
		}
	}
	return out
}

func endpoints(s *analysis.Study) Section {
	tab := &Table{Columns: []Column{{Head: "endpoint"}, {Head: "at"}, {Head: "mean latency", Right: true}, {Head: "range", Right: true}, {Head: "n", Right: true}, {Head: "tokens/s of one request", Right: true},
		{Head: "GPU memory total", Right: true}, {Head: "mean", Right: true}, {Head: "peak", Right: true}, {Head: "KV cache mean", Right: true}, {Head: "peak", Right: true}}}
	for _, t := range s.Targets {
		for _, p := range singles(t) {
			e2e := p.Metrics["e2e"]
			rate := p.Metrics["tokens_per_second"]
			row := []string{t.Target.Name, p.Label, duration(e2e.Mean.Value), span(e2e, duration), fmt.Sprint(e2e.N), decimals(rate.Mean.Value)}
			row = append(row, gpuCells(p.GPU)...)
			tab.Rows = append(tab.Rows, append(row, kvCells(p.Server)...))
		}
	}
	return Section{Title: "Endpoints", Table: tab, Notes: append(serverClocks(s), []string{
		"tokens/s of one request = output tokens ÷ E2E, waiting and prefill included; mean over requests",
		"GPU memory as nvidia-smi says, over the target's GPUs; KV cache is the share of the server's pool held by live requests"}...)}
}

func span(s analysis.Spread, write func(float64) string) string {
	if s.N == 0 || s.Min > s.Max {
		return "–"
	}
	return write(s.Min) + " … " + write(s.Max)
}

func gpuCells(g analysis.GPUFacts) []string {
	if !g.Known {
		return []string{"not measured", "not measured", "not measured"}
	}
	gib := func(mib float64) string { return fmt.Sprintf("%.1f GiB", mib/1024) }
	return []string{gib(g.TotalMiB), gib(g.MeanMiB), gib(g.PeakMiB)}
}

func kvCells(f analysis.ServerFacts) []string {
	if !f.KVKnown {
		return []string{"not measured", "not measured"}
	}
	return []string{percent(f.KV), percent(f.KVMax)}
}

// classes is one table per kind of prompt.
func classes(s *analysis.Study) []Section {
	var out []Section
	for _, c := range s.Scenario.Prompts {
		tab := &Table{Columns: []Column{{Head: "endpoint"}, {Head: "at"}, {Head: "n", Right: true}, {Head: "response time", Right: true}, {Head: "range", Right: true},
			{Head: "tokens generated", Right: true}, {Head: "range", Right: true}, {Head: "tokens/s", Right: true}, {Head: "range", Right: true}}}
		for _, t := range s.Targets {
			for _, p := range singles(t) {
				k := p.Classes[c.Name]
				e2e := k.Metrics["e2e"]
				tab.Rows = append(tab.Rows, []string{t.Target.Name, p.Label, fmt.Sprint(k.N), duration(e2e.Mean.Value), span(e2e, duration),
					decimals(k.Output.Mean.Value), span(k.Output, decimals), decimals(k.Rate.Mean.Value), span(k.Rate, decimals)})
			}
		}
		out = append(out, Section{Title: "Prompt: " + c.Name, Table: tab})
	}
	return out
}

func settingsSection(s *analysis.Study) Section {
	tab := &Table{Columns: []Column{{Head: "endpoint"}, {Head: "version"}, {Head: "model"}, {Head: "setting"}, {Head: "value", Right: true}, {Head: "told by"}}}
	for _, t := range s.Targets {
		version := t.Info.Version
		if version == "" {
			version = "not told"
		}
		first := []string{t.Target.Name, version, t.Target.Model}
		for _, flag := range shown(t) {
			tab.Rows = append(tab.Rows, append(first, flag, analysis.Value(t.Settings[flag]), t.Told[flag]))
			first = []string{"", "", ""}
		}
		if blocks, size, ok := t.Info.KVBlocks(); ok {
			tab.Rows = append(tab.Rows, append(first, "KV blocks × size", fmt.Sprintf("%d × %d", blocks, size), "metrics"))
		}
	}
	sec := Section{Title: "Configuration", Table: tab}
	for _, t := range s.Targets {
		if t.Target.Description != "" {
			sec.Notes = append(sec.Notes, t.Target.Name+": "+t.Target.Description)
		}
	}
	return sec
}

// shown are the flags worth a row: the advised ones and what sizes memory.
func shown(t *analysis.TargetStudy) []string {
	var out []string
	for _, f := range append(append([]string(nil), vllm.Advised...), vllm.MaxModelLen, vllm.KVCacheDtype, vllm.PrefixCaching, vllm.ChunkedPrefill, vllm.LongPrefillThreshold, "dtype") {
		if t.Settings[f] != nil {
			out = append(out, f)
		}
	}
	return out
}

// accounting proves that every request is counted once.
func accounting(s *analysis.Study) Section {
	tab := &Table{Columns: []Column{{Head: "endpoint"}, {Head: "sent", Right: true}, {Head: "= ok", Right: true}, {Head: "+ faults"}}}
	for _, t := range s.Targets {
		c := s.Run.Counts(t.Target.Name)
		parts := c.ByFault()
		if len(parts) == 0 {
			parts = []string{"0"}
		}
		tab.Rows = append(tab.Rows, []string{t.Target.Name, fmt.Sprint(c.Sent), fmt.Sprint(c.OK), strings.Join(parts, " + ")})
	}
	return Section{Title: "Every request once: sent = ok + faults", Table: tab}
}

// verdicts lists what each check said of each step that did not pass.
func verdicts(s *analysis.Study) Section {
	tab := &Table{Columns: []Column{{Head: "step"}, {Head: "check"}, {Head: "level"}, {Head: "says"}}}
	for _, r := range s.Verdict.Reasons {
		if r.Check == "V18" {
			tab.Rows = append(tab.Rows, []string{"run", r.Check, string(r.Level), r.Says})
		}
	}
	for _, st := range s.Run.Steps {
		for _, r := range st.Meta.Verdict.Reasons {
			tab.Rows = append(tab.Rows, []string{st.Meta.Step.Name, r.Check, string(r.Level), r.Says})
		}
	}
	sec := Section{Title: "Checks", Notes: []string{"not checked in this version: " + strings.Join(analysis.Unchecked, ", ") + "; loadgen explain ID tells what each check compares"}}
	if s.Run.Manifest.Simulated {
		sec.Notes = append(sec.Notes, "V3 (this host) is not applicable: virtual time cannot be bent by it")
	}
	if len(tab.Rows) > 0 {
		sec.Table = tab
	} else {
		sec.Text = []string{"Every check passed on every step."}
	}
	return sec
}

func methods() Section {
	tab := &Table{Columns: []Column{{Head: "metric"}, {Head: "unit"}, {Head: "formula"}, {Head: "what it is"}}}
	for _, name := range []string{"ttft", "ttfo", "itl", "tpot", "e2e"} {
		m, _ := results.FindMetric(name)
		tab.Rows = append(tab.Rows, []string{m.Title, m.Unit, m.Formula, m.Doc})
	}
	return Section{Title: "Formulas", Table: tab, Notes: []string{
		"percentiles are x_(⌈np⌉) of the cohort: the requests due in the measuring window, followed to their end under load",
		"tok/s counts output tokens that arrived inside the window; intervals are 95 %, the wider of order statistics and ten sections"}}
}
