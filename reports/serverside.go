package reports

import (
	"math"

	"loadgen/analysis"
)

// serverSide sets what clients saw beside the server's own histograms, level by level: what lies between is HTTP, tokenising
// and the network, and a gap in time per token that grows with tokens/s is the front end.
func serverSide(t *analysis.TargetStudy) (Section, bool) {
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
