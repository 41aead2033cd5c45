package reports

import (
	"math"

	"loadgen/analysis"
)

// serverSide sets what clients saw beside the server's own histograms, level by level: what lies between is HTTP,
// tokenising and the network, and a gap in time per token that grows with tokens/s is the API server.
func (t teller) serverSide(of *analysis.TargetStudy) (Section, bool) {
	g := t.grid("level", ">tok/s", ">time per token: client", ">time per token: server", ">TTFT: client", ">TTFT: server",
		">of it queue", ">API server, cores")
	for _, p := range of.Points {
		f := p.Server
		if !f.Known || math.IsNaN(f.ITL) {
			continue
		}
		g.add(t.Words(p.Label), t.Number(p.OutputRate.Value), seconds(p.TokenTime), seconds(f.ITL), p.Metrics["ttft"].Mean,
			seconds(f.TTFT), seconds(f.Queue), t.Number(f.FrontEnd))
	}
	tab := g.table()
	return Section{Title: t.Say("%s: the client beside the server's own histograms", of.Target.Name), Table: tab,
		Notes: []string{t.Say("means inside the window; the server's are Δsum ÷ Δcount; its TTFT counts from when the " +
			"request reached it")}}, tab != nil
}

// split is where the time of a request went, by our stamps and the server's own timings of it.
func (t teller) split(of *analysis.TargetStudy) (Section, bool) {
	g := t.grid("level", ">n", ">wait", ">send", ">server: queue", ">prefill", ">API server", ">server: decode", ">stream",
		">close", ">= E2E")
	for _, p := range of.Points {
		s := p.Split
		if s.N == 0 {
			continue
		}
		row := []any{t.Words(p.Label), t.Count(s.N)}
		for _, v := range []float64{s.Wait, s.Send, s.Queue, s.Prefill, s.FrontEnd, s.Decode, s.Stream, s.Close, s.E2E} {
			row = append(row, seconds(math.Round(v*1e6)/1e6))
		}
		g.add(row...)
	}
	tab := g.table()
	return Section{Title: t.Say("%s: where a request's time went", of.Target.Name), Table: tab, Notes: []string{
			t.Say("means over whole answers of which the server gave its timings; they add up: durations of both clocks are " +
				"added, times of two clocks are never compared"),
			t.Say("API server: what is left from the last byte sent to our first token (network, HTTP, tokenising); stream: " +
				"what our first to last token took longer than the server's, negative where tokens came closer together")}},
		tab != nil
}

// engineSteps is what the engine's log counted.
func (t teller) engineSteps(of *analysis.TargetStudy) (Section, bool) {
	g := t.grid("level", ">iterations", ">iterations/s", ">answers per iteration", ">answers at most",
		">iterations with prompts", ">prompt tokens of such an iteration", ">prompt tokens at most")
	for _, p := range of.Points {
		if e := p.Engine; e.Steps > 0 {
			g.add(t.Words(p.Label), t.Count(e.Steps), t.Number(e.StepsPerSec), t.Number(e.Decodes), t.Number(e.DecodesMax),
				t.Percent(e.Prefilling), t.Number(e.PromptMean), t.Number(e.PromptMax))
		}
	}
	tab := g.table()
	return Section{Title: t.Say("%s: the engine's own iterations", of.Target.Name), Table: tab,
		Notes: []string{t.Say("counts of the engine's log inside the window; its elapsed times are not used: with " +
			"asynchronous scheduling they are not the iteration's")}}, tab != nil
}
