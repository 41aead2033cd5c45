package analysis

import (
	"fmt"

	"loadgen/results"
)

var checkCoalesced = Check{ID: "V16", Name: "one token per read",
	Doc: "Reads that carried more than one token event smear ITL and TPOT: warn when they brought more than 5 % of the events or there are more than " +
		"1.05 tokens per event; above 30 % or 1.5 both are withheld. So are they when they cannot be: less than half the server's own mean ITL per token, " +
		"or a median gap of 0. Answers that come in one lump say nothing of TTFT either: above 30 %, and with a TTFT twice the server's own, it is withheld too.",
	Remedy: "look at stream-interval, proxies, and at the client's and the front end's CPU; the server's own histograms stand beside",
	Judge:  judgeCoalesced,
}

// A lumping is how an answer's tokens came in reads.
type lumping struct {
	events, lumped float64 // token events; those that shared a read
	tokens         float64
}

func judgeCoalesced(c Check, d *StepData) []results.Reason {
	l := d.arrivals().lumping
	if l.events == 0 {
		return nil
	}
	share, per := l.lumped/l.events, l.tokens/l.events
	server := serverFacts(d.Samples, d.Meta.Window)
	impossible := impossibleGaps(d, server)
	switch {
	case share > 0.3 && server.TTFT > 0 && medianTTFT(d) > 2*server.TTFT:
		return c.reason(results.Withhold, "TTFT, ITL and TPOT are not shown: %.0f %% of the events shared a read, and the server's own mean TTFT is %.3g ms",
			100*share, 1e3*server.TTFT)
	case share > 0.3 || per > 1.5:
		return c.reason(results.Withhold, "ITL and TPOT are not shown: %.0f %% of the events shared a read, %.2f tokens per event", 100*share, per)
	case impossible != "":
		return c.reason(results.Withhold, "ITL and TPOT are not shown: %s", impossible)
	case share > 0.05 || per > 1.05:
		return c.reason(results.Warn, "%.1f %% of the events shared a read, %.2f tokens per event: ITL is between chunks", 100*share, per)
	}
	return nil
}

func medianTTFT(d *StepData) float64 {
	m, _ := results.FindMetric("ttft")
	return sortedQuantile(results.Values(m, d.Cohort()), 0.5)
}

// impossibleGaps refuses what no server can have done: pooled means are compared, since medians of a bimodal load differ by
// themselves.
func impossibleGaps(d *StepData, server ServerFacts) string {
	mine := tokenTime(d.Cohort())
	switch {
	case d.arrivals().gaps.median() == 0:
		return "the median gap is 0"
	case server.ITL > 0 && mine < 0.5*server.ITL:
		return fmt.Sprintf("%.3g ms per token here, the server's own mean ITL is %.3g ms", 1e3*mine, 1e3*server.ITL)
	}
	return ""
}

// Withheld names the metrics of a step that its verdict withholds.
func Withheld(v results.Verdict) map[string]bool {
	out := map[string]bool{}
	for _, r := range v.Reasons {
		if r.Level != results.Withhold || r.Check != checkCoalesced.ID && r.Check != checkPhase.ID {
			continue
		}
		if r.Check == checkCoalesced.ID {
			out["itl"], out["tpot"] = true, true
		}
		if len(r.Says) > 4 && r.Says[:4] == "TTFT" {
			out["ttft"] = true
		}
	}
	return out
}
