package reports

import (
	"fmt"
	"math"

	"loadgen/analysis"
)

// serverSide sets what clients saw beside the server's own histograms, level by level: what lies between is HTTP, tokenising
// and the network, and a gap in time per token that grows with tokens/s is the front end.
func serverSide(_ *analysis.Study, t *analysis.TargetStudy) (Section, bool) {
	tab := &Table{Columns: []Column{{Head: "level"}, {Head: "tok/s", Right: true}, {Head: "time per token: client", Right: true}, {Head: "server", Right: true},
		{Head: "TTFT: client", Right: true}, {Head: "server", Right: true}, {Head: "of it queue", Right: true}, {Head: "front end, cores", Right: true}}}
	for _, p := range t.Points {
		f := p.Server
		if !f.Known || math.IsNaN(f.ITL) {
			continue
		}
		client := "–"
		if m := p.Metrics["ttft"].Mean; m.Known() {
			client = duration(m.Value)
		}
		tab.Rows = append(tab.Rows, []string{p.Label, plain(p.OutputRate.Value), duration(p.TokenTime), duration(f.ITL), client, duration(f.TTFT),
			duration(f.Queue), decimals(f.FrontEnd)})
	}
	return Section{Title: t.Target.Name + ": the client beside the server's own histograms", Table: tab,
		Notes: []string{"means inside the window; the server's are Δsum ÷ Δcount; its TTFT counts from when the request reached it"}}, len(tab.Rows) > 0
}

// split is where the time of a request went, by our stamps and the server's own timings of it.
func split(_ *analysis.Study, t *analysis.TargetStudy) (Section, bool) {
	tab := &Table{Columns: []Column{{Head: "level"}, {Head: "n", Right: true}, {Head: "wait", Right: true}, {Head: "send", Right: true}, {Head: "server: queue", Right: true},
		{Head: "prefill", Right: true}, {Head: "front end", Right: true}, {Head: "server: decode", Right: true}, {Head: "stream", Right: true}, {Head: "close", Right: true}, {Head: "= E2E", Right: true}}}
	for _, p := range t.Points {
		s := p.Split
		if s.N == 0 {
			continue
		}
		row := []string{p.Label, fmt.Sprint(s.N)}
		for _, v := range []float64{s.Wait, s.Send, s.Queue, s.Prefill, s.FrontEnd, s.Decode, s.Stream, s.Close, s.E2E} {
			row = append(row, duration(math.Round(v*1e6)/1e6))
		}
		tab.Rows = append(tab.Rows, row)
	}
	return Section{Title: t.Target.Name + ": where a request's time went", Table: tab, Notes: []string{
		"means over whole answers of which the server gave its timings; they add up: durations of both clocks are added, stamps of two clocks are never compared",
		"front end: what is left from the last byte sent to our first token (network, HTTP, tokenising); stream: what our first to last token took longer than the server's, negative where tokens came closer together"}}, len(tab.Rows) > 0
}

// engineSteps is what the engine's log counted.
func engineSteps(_ *analysis.Study, t *analysis.TargetStudy) (Section, bool) {
	tab := &Table{Columns: []Column{{Head: "level"}, {Head: "steps", Right: true}, {Head: "steps/s", Right: true}, {Head: "answers per step", Right: true}, {Head: "at most", Right: true},
		{Head: "steps with prompts", Right: true}, {Head: "prompt tokens of such a step", Right: true}, {Head: "at most", Right: true}}}
	for _, p := range t.Points {
		if e := p.Engine; e.Steps > 0 {
			tab.Rows = append(tab.Rows, []string{p.Label, fmt.Sprint(e.Steps), decimals(e.StepsPerSec), decimals(e.Decodes), decimals(e.DecodesMax), percent(e.Prefilling),
				decimals(e.PromptMean), decimals(e.PromptMax)})
		}
	}
	return Section{Title: t.Target.Name + ": the engine's own steps", Table: tab,
		Notes: []string{"counts of the engine's log inside the window; its elapsed times are not used: with asynchronous scheduling they are not the step's"}}, len(tab.Rows) > 0
}
