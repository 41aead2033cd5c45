package reports

import (
	"fmt"
	"math"
	"strings"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

// Levels is the table of a target's sweep: one row per level.
func Levels(t *analysis.TargetStudy) Section {
	tab := &Table{Columns: []Column{{Head: "level"}, {Head: "n", Right: true}, {Head: "tok/s", Right: true}, {Head: "req/s", Right: true},
		{Head: "TTFT p50", Right: true}, {Head: "p90", Right: true}, {Head: "p99", Right: true}, {Head: "TPOT p50", Right: true}, {Head: "p99", Right: true},
		{Head: "ITL p50", Right: true}, {Head: "p99", Right: true}, {Head: "met", Right: true}, {Head: "running", Right: true}, {Head: "waiting", Right: true},
		{Head: "KV", Right: true}, {Head: "verdict"}}}
	s := Section{Title: fmt.Sprintf("%s: %s", t.Target.Name, t.Target.Model), Table: tab}
	reasoning := false
	for _, p := range t.Points {
		tab.Rows = append(tab.Rows, levelRow(p))
		if r := p.Metrics["reasoning_tokens"]; r.N > 0 && r.Max > 0 {
			reasoning = true
		}
	}
	if k := t.Knee; k.Known {
		s.Notes = append(s.Notes, fmt.Sprintf("knee: %s = %.3g (%s)", k.Name, k.N, k.Why))
	} else if k.Why != "" {
		s.Notes = append(s.Notes, "no knee: "+k.Why)
	}
	s.Notes = append(s.Notes, levelNotes(t)...)
	if reasoning {
		s.Notes = append(s.Notes, reasoningNote(t))
	}
	return s
}

func levelRow(p *analysis.Point) []string {
	ttft, tpot, itl := p.Metrics["ttft"], p.Metrics["tpot"], p.Metrics["itl"]
	row := []string{p.Label, fmt.Sprint(p.Cohort), plain(p.OutputRate.Value), decimals(p.RequestRate.Value),
		seconds(ttft.At(0.5)), seconds(ttft.At(0.9)), seconds(ttft.At(0.99)), seconds(tpot.At(0.5)), seconds(tpot.At(0.99))}
	row = append(row, seconds(itl.At(0.5)), seconds(itl.At(0.99)))
	met := "–"
	if p.Attainment.Known() {
		met = fmt.Sprintf("%.1f %%", 100*p.Attainment.Value)
	}
	row = append(row, met)
	if f := p.Server; f.Known {
		kv := "–"
		if f.KVKnown {
			kv = percent(f.KV)
		}
		row = append(row, decimals(f.Running), decimals(f.Waiting), kv)
	} else {
		row = append(row, "–", "–", "–")
	}
	return append(row, verdictWord(p))
}

func verdictWord(p *analysis.Point) string {
	word := string(results.Trusted)
	var ids string
	for _, s := range p.Steps {
		if s.Verdict.State == results.Invalid || word != string(results.Invalid) && s.Verdict.State == results.Warnings {
			word = string(s.Verdict.State)
		}
		for _, r := range s.Verdict.Reasons {
			if r.Level != results.NotChecked && !strings.Contains(ids+" ", " "+r.Check+" ") {
				ids += " " + r.Check
			}
		}
	}
	switch word {
	case string(results.Warnings):
		return "warnings:" + ids
	case string(results.Invalid):
		return "INVALID:" + ids
	}
	return word
}

func levelNotes(t *analysis.TargetStudy) []string {
	notes := []string{"times from due to the event (closed loops: due = sent); ~ soft: few samples behind it; – not shown: too few samples, or not measured; met: share of requests within every clause of the objective"}
	for _, p := range t.Points {
		if e := p.Metrics["ttft"].At(0.99); e.Show == analysis.Hidden && e.Why != "" {
			notes = append(notes, p.Label+": p99 not shown: "+e.Why)
		}
	}
	if len(t.Points) > 0 && t.Points[0].Steps[0].Step.Sessions {
		notes = append(notes, "sessions: n counts users, of whom some think between two turns; a rate counts sessions begun per second, whose later turns follow the answers: a partly open loop")
	}
	if len(t.Open()) > 0 {
		notes = append(notes, "open-loop levels count latency from the due time; sent-based values stand in records.parquet (ttft_sent, e2e_sent)")
	}
	for _, p := range t.Points {
		if p.Loop == scenarios.Closed && p.Queued() {
			notes = append(notes, fmt.Sprintf("from %s on a queue stands before the server: its TTFT is mostly waiting, not the server's speed", p.Label))
			break
		}
	}
	return notes
}

func reasoningNote(t *analysis.TargetStudy) string {
	p := t.Points[0]
	return fmt.Sprintf("reasoning model: TTFO (first visible token) p50 %s beside TTFT; reasoning tokens %.3g of %.3g output tokens per request at %s",
		seconds(p.Metrics["ttfo"].At(0.5)), p.Metrics["reasoning_tokens"].Mean.Value, p.OutputMean, p.Label)
}

// seconds writes a time as a person reads it, with its mark.
func seconds(e analysis.Estimate) string {
	if !e.Known() {
		return "–"
	}
	mark := ""
	if e.Show == analysis.Soft {
		mark = "~"
	}
	return mark + duration(e.Value)
}

func duration(s float64) string {
	switch {
	case math.IsNaN(s):
		return "–"
	case s < 0.9995:
		return significant(s*1e3) + " ms"
	}
	return significant(s) + " s"
}

// significant writes three digits without an exponent.
func significant(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.9995:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func plain(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.0f", v)
}

func decimals(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return significant(v)
}

// percent writes a share; small ones keep a digit.
func percent(v float64) string {
	if v > 0 && v < 0.1 {
		return fmt.Sprintf("%.2g %%", 100*v)
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}
