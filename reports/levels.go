package reports

import (
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
)

// Levels is the table of a target's sweep: one row per level.
func Levels(l *locale.Locale, of *analysis.TargetStudy) Section { return teller{Locale: l}.levels(of) }

func (t teller) levels(of *analysis.TargetStudy) Section {
	g := t.grid("level", ">n", ">tok/s", ">req/s", ">TTFT p50", ">TTFT p90", ">TTFT p99", ">TPOT p50", ">TPOT p99",
		">ITL p50", ">ITL p99", ">within objective", ">running", ">waiting", ">KV", "verdict")
	reasoning := false
	for _, p := range of.Points {
		t.levelRow(g, p)
		r := p.Metrics["reasoning_tokens"]
		reasoning = reasoning || r.N > 0 && r.Max > 0
	}
	s := Section{Title: of.Target.Name + t.Say(": ") + of.Target.Model, Table: g.table()}
	if k := of.Knee; k.Known {
		s.Notes = append(s.Notes, t.Say("knee: about %s concurrent requests (%s: %s)", t.Number(k.N), k.Name, t.Words(k.Why)))
	} else if k.Why != "" {
		s.Notes = append(s.Notes, t.Say("no knee: %s", t.Words(k.Why)))
	}
	s.Notes = append(s.Notes, t.levelNotes(of)...)
	if reasoning {
		s.Notes = append(s.Notes, t.reasoningNote(of))
	}
	return s
}

func (t teller) levelRow(g *grid, p *analysis.Point) {
	ttft, tpot, itl := p.Metrics["ttft"], p.Metrics["tpot"], p.Metrics["itl"]
	met, running, waiting, kv := "–", "–", "–", "–"
	if p.Attainment.Known() {
		met = t.Percent(p.Attainment.Value)
	}
	if f := p.Server; f.Known {
		running, waiting = t.Number(f.Running), t.Number(f.Waiting)
		if f.KVKnown {
			kv = t.Percent(f.KV)
		}
	}
	g.add(t.Words(p.Label), t.Count(p.Cohort), t.Number(p.OutputRate.Value), t.Number(p.RequestRate.Value), ttft.At(0.5),
		ttft.At(0.9), ttft.At(0.99),
		tpot.At(0.5), tpot.At(0.99), itl.At(0.5), itl.At(0.99), met, running, waiting, kv, t.pointVerdict(p))
}

// pointVerdict is the worst verdict of a point's steps with the checks behind it.
func (t teller) pointVerdict(p *analysis.Point) string {
	worst := results.Trusted
	var ids []string
	for _, s := range p.Steps {
		if s.Verdict.State == results.Invalid || worst != results.Invalid && s.Verdict.State == results.Warnings {
			worst = s.Verdict.State
		}
		for _, r := range s.Verdict.Reasons {
			if id := t.check(r.Check); r.Level != results.NotChecked && !strings.Contains(strings.Join(ids, ", "), id) {
				ids = append(ids, id)
			}
		}
	}
	switch worst {
	case results.Warnings:
		return t.Say("warnings: %s", strings.Join(ids, ", "))
	case results.Invalid:
		return t.Say("INVALID: %s", strings.Join(ids, ", "))
	}
	return t.state(worst)
}

func (t teller) levelNotes(of *analysis.TargetStudy) []string {
	notes := []string{t.Say("n16 is 16 requests in flight, 4/s four requests a second; times count from when a request " +
		"was due (closed loop: sent); ~ few samples; – withheld for want of samples, or not measured; within objective: " +
		"share of requests that kept every clause")}
	for _, p := range of.Points {
		if e := p.Metrics["ttft"].At(0.99); e.Show == analysis.Hidden && e.Why != "" {
			notes = append(notes, t.Say("%s: p99 %s", t.Words(p.Label), t.Words(e.Why)))
		}
	}
	if len(of.Points) > 0 && of.Points[0].Steps[0].Step.Sessions {
		notes = append(notes, t.Say("sessions: n counts users, some of whom pause between two turns; a rate counts "+
			"sessions begun per second, whose later turns follow the answers (a partly open loop)"))
	}
	if len(of.Open()) > 0 {
		notes = append(notes, t.Say("open loop: latency counts from the due time; times from sending are in "+
			"records.parquet (ttft_sent, e2e_sent)"))
	}
	for _, p := range of.Points {
		if p.Loop == scenarios.Closed && p.Queued() {
			notes = append(notes, t.Say("from %s on, TTFT is mostly queueing time", t.Words(p.Label)))
			break
		}
	}
	return notes
}

func (t teller) reasoningNote(of *analysis.TargetStudy) string {
	p := of.Points[0]
	return t.Say("reasoning model: TTFO (first visible token) p50 %s beside TTFT; reasoning tokens %s of %s output "+
		"tokens per request at %s",
		t.Duration(shown(p.Metrics["ttfo"].At(0.5))), t.Number(p.Metrics["reasoning_tokens"].Mean.Value),
		t.Number(p.OutputMean), t.Words(p.Label))
}
