package analysis

import (
	"loadgen/results"
)

var checkCoalesced = Check{ID: "V16", Name: "one token per read",
	Doc:    "Reads that carried more than one token event smear ITL: warn above 5 % of reads or 1.05 tokens per event, above 30 % or 1.5 ITL is withheld.",
	Remedy: "look at stream-interval, proxies, and at the client's and the front end's CPU",
	Judge:  judgeCoalesced,
}

func judgeCoalesced(c Check, d *StepData) []results.Reason {
	var reads, lumped, events, tokens float64
	for _, r := range d.Records {
		if r.Phase == results.Measure && r.OK() {
			reads, lumped = reads+float64(len(r.Arrivals)), lumped+float64(r.Coalesced)
			events, tokens = events+float64(r.Events), tokens+float64(r.OutputTokens)
		}
	}
	if reads == 0 {
		return nil
	}
	share, per := lumped/reads, tokens/events
	switch {
	case share > 0.3 || per > 1.5:
		return c.reason(results.Withhold, "ITL is not shown: %.1f %% of reads carried several events, %.2f tokens per event", 100*share, per)
	case share > 0.05 || per > 1.05:
		return c.reason(results.Warn, "%.1f %% of reads carried several events, %.2f tokens per event: ITL is between chunks", 100*share, per)
	}
	return nil
}
