package reports

import (
	"math"

	"loadgen/advice"
	"loadgen/analysis"
)

// models sets the endpoints beside one another by what was measured, and names what each is best and worst at.
func (t teller) models(all []*advice.Advice) Section {
	g := t.grid("endpoint", "model", ">GPUs", ">mean latency of one request", ">tok/s of one request", ">most tok/s",
		">most tok/s per GPU", ">GPU memory, peak", ">held load")
	var seen []contender
	for _, of := range t.s.Targets {
		c := t.contender(of, adviceOn(of, all))
		seen = append(seen, c)
		_, peak := t.memoryWords(c.gpu)
		g.add(of.Target.Name, of.Target.Model, t.Count(of.GPUs()), seconds(c.latency), t.Number(c.alone), t.Number(c.most),
			t.Number(c.most/float64(of.GPUs())), peak, c.held)
	}
	s := Section{Title: t.Say("Models compared"), Table: g.table()}
	if len(seen) > 1 {
		s.Notes = t.prosAndCons(seen)
	}
	s.Notes = append(s.Notes, t.Say("only what was measured is compared; nothing is known here of the quality of the "+
		"answers"))
	return s
}

// A contender is what is compared of one endpoint; NaN is unknown.
type contender struct {
	of                   *analysis.TargetStudy
	latency, alone, most float64
	gpu                  analysis.GPUFacts
	held                 string
}

func (t teller) contender(of *analysis.TargetStudy, a *advice.Advice) contender {
	c := contender{of: of, latency: math.NaN(), alone: math.NaN(), most: math.NaN(), held: "–"}
	if points := t.singles(of); len(points) > 0 {
		c.latency, c.alone = shown(points[0].Metrics["e2e"].Mean), shown(points[0].Metrics["tokens_per_second"].Mean)
	}
	for _, p := range of.Points {
		if p.Trusted() && p.OutputRate.Known() && !(p.OutputRate.Value <= c.most) {
			c.most = p.OutputRate.Value
		}
		if p.GPU.Known && p.GPU.PeakMiB > c.gpu.PeakMiB {
			c.gpu = p.GPU
		}
	}
	if a != nil && a.Held.Known() {
		c.held = t.Say("none")
		if a.Held.Value > 0 {
			c.held = t.load(a.Held.Loop, a.Held.Value)
		}
	}
	return c
}

// prosAndCons is a line per endpoint: where it is ahead of all others, and where behind.
func (t teller) prosAndCons(all []contender) (out []string) {
	for i, c := range all {
		pros, cons := "", ""
		for _, q := range []struct {
			best, worst string
			of          func(contender) float64 // lower is better
		}{
			{t.Say("shortest latency of one request"), t.Say("longest latency of one request"), func(c contender) float64 {
				return c.latency
			}},
			{t.Say("most throughput"), t.Say("least throughput"), func(c contender) float64 { return -c.most }},
			{t.Say("most throughput per GPU"), t.Say("least throughput per GPU"), func(c contender) float64 {
				return -c.most / float64(c.of.GPUs())
			}},
			{t.Say("fewest GPUs"), t.Say("most GPUs"), func(c contender) float64 { return float64(c.of.GPUs()) }},
			{t.Say("least GPU memory"), t.Say("most GPU memory"), func(c contender) float64 {
				if !c.gpu.Known {
					return math.NaN()
				}
				return c.gpu.PeakMiB
			}},
		} {
			switch rank(all, i, q.of) {
			case 1:
				pros = joined(pros, q.best)
			case -1:
				cons = joined(cons, q.worst)
			}
		}
		none := t.Say("none measured")
		out = append(out, t.Say("%s – advantages: %s; drawbacks: %s", c.of.Target.Name, or(pros, none), or(cons, none)))
	}
	return out
}

// rank is 1 for the one lowest of all, −1 for the one highest, else 0; an unknown value ranks nobody.
func rank(all []contender, i int, of func(contender) float64) int {
	v, least, most := of(all[i]), true, true
	for k, c := range all {
		if k == i {
			continue
		}
		w := of(c)
		least, most = least && v < w, most && v > w
	}
	switch {
	case least:
		return 1
	case most:
		return -1
	}
	return 0
}

func joined(list, more string) string {
	if list == "" {
		return more
	}
	return list + ", " + more
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
