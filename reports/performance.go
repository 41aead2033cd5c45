package reports

import (
	"math"

	"loadgen/analysis"
)

// singles are the points that say what one user sees: the each phase; of a closed loop the lowest level and the start
// of the plateau; of an open one the lowest level and the last within the objective.
func (t teller) singles(of *analysis.TargetStudy) []*analysis.Point {
	out := append([]*analysis.Point(nil), of.Each...)
	if closed := of.Closed(); len(closed) > 0 {
		out = append(out, closed[0])
		if p := analysis.PlateauStart(closed); p != nil && p != closed[0] {
			out = append(out, p)
		}
		return out
	}
	if open := of.Open(); len(open) > 0 {
		out = append(out, open[0])
		if p := of.Held(t.s.Scenario).Below; p != nil && p != open[0] {
			out = append(out, p)
		}
	}
	return out
}

// performance is the summary that a reader who chooses a model wants: latency, throughput, memory.
func (t teller) performance() Section {
	g := t.grid("endpoint", "at", ">n", ">mean latency", ">shortest…longest", ">tok/s", ">tok/s of one request",
		">GPU memory, mean", ">GPU memory, peak")
	for _, of := range t.s.Targets {
		for _, p := range t.singles(of) {
			e2e := p.Metrics["e2e"]
			mean, peak := t.memoryWords(p.GPU)
			g.add(of.Target.Name, t.Words(p.Label), t.Count(e2e.N), e2e.Mean, reach{e2e.Min, e2e.Max},
				t.Number(shown(p.OutputRate)), t.Number(shown(p.Metrics["tokens_per_second"].Mean)), mean, peak)
		}
	}
	return Section{Title: t.Say("Performance in short"), Table: g.table(), Notes: append(t.serverClocks(),
		t.Say("at: the lowest level, then the start of the throughput plateau (open loop: the last level within the "+
			"objective); latency is E2E, tok/s of one request = output tokens ÷ E2E, waiting and prefill included"))}
}

func (t teller) memoryWords(g analysis.GPUFacts) (mean, peak string) {
	if !g.Known {
		return t.Say("not measured"), t.Say("not measured")
	}
	return t.GiB(g.MeanMiB / 1024), t.GiB(g.PeakMiB / 1024)
}

// classes is one table per kind of prompt.
func (t teller) classes() []Section {
	var out []Section
	for _, c := range t.s.Scenario.Prompts {
		g := t.grid("endpoint", "at", ">n", ">mean response time", ">shortest…longest", ">tokens generated, mean",
			">least…most", ">tok/s of one request", ">slowest…fastest")
		for _, of := range t.s.Targets {
			for _, p := range t.singles(of) {
				k := p.Classes[c.Name]
				e2e := k.Metrics["e2e"]
				g.add(of.Target.Name, t.Words(p.Label), t.Count(k.N), e2e.Mean, reach{e2e.Min, e2e.Max},
					t.Number(shown(k.Output.Mean)), t.least(k.Output), t.Number(shown(k.Rate.Mean)), t.least(k.Rate))
			}
		}
		out = append(out, Section{Title: t.Say("Prompts: %s", c.Name), Table: g.table(), Text: []string{t.lengths(c)}})
	}
	return out
}

func (t teller) least(s analysis.Spread) string {
	if s.N == 0 || s.Min > s.Max {
		return "–"
	}
	write := t.Number
	if s.Min == math.Trunc(s.Min) && s.Max == math.Trunc(s.Max) {
		write = t.Given // counts
	}
	return write(s.Min) + "…" + write(s.Max)
}

// memory is what GPUs and KV cache held at each of those levels.
func (t teller) memory() Section {
	g := t.grid("endpoint", "at", "GPU", ">GPU memory, total", ">mean", ">peak", ">KV cache, mean", ">KV cache, peak")
	known := false
	for _, of := range t.s.Targets {
		for _, p := range t.singles(of) {
			kv, most := t.Say("not measured"), t.Say("not measured")
			if f := p.Server; f.KVKnown {
				kv, most = t.Percent(f.KV), t.Percent(f.KVMax)
			}
			f := p.GPU
			if !f.Known {
				g.add(of.Target.Name, t.Words(p.Label), t.Say("all"), t.Say("not measured"), t.Say("not measured"),
					t.Say("not measured"), kv, most)
				continue
			}
			known = true
			g.add(of.Target.Name, t.Words(p.Label), t.Say("all"), t.GiB(f.TotalMiB/1024), t.GiB(f.MeanMiB/1024),
				t.GiB(f.PeakMiB/1024), kv, most)
			for _, one := range f.Each {
				if len(f.Each) > 1 {
					g.add("", "", one.ID, t.GiB(one.TotalMiB/1024), t.GiB(one.MeanMiB/1024), t.GiB(one.PeakMiB/1024), "", "")
				}
			}
		}
	}
	s := Section{Title: t.Say("Memory use"), Table: g.table(), Notes: []string{
		t.Say("GPU memory as nvidia-smi says, over the target's GPUs and of each; KV cache is the share of the server's " +
			"pool held by live requests")}}
	if !known {
		s.Notes = append(s.Notes, t.Say("GPU memory was not measured: give run --gpu-command the way to nvidia-smi on the "+
			"GPU host, e.g. 'ssh gpu1 nvidia-smi'"))
	}
	return s
}
