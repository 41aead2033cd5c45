package analysis

import (
	"fmt"
	"math"
	"strings"

	"loadgen/results"
)

var checkCoalesced = check{ID: "V16", Name: "a token an event",
	Doc: "Reads that carried more than one token event smear ITL and TPOT: warn when they brought more than 5 % of the " +
		"events; above 30 % both are withheld. So are they when they " +
		"cannot be: less than half the server's own mean ITL per token, or a median gap of 0. Answers that come in one " +
		"lump say nothing of TTFT either: above 30 %, and with a TTFT " +
		"twice the server's own, it is withheld too. Tokens that were counted and had no event: above 1.5 tokens an event " +
		"ITL and TPOT are withheld; above 1.05 ITL is between events, " +
		"and TPOT is shown only where the server's own ITL agrees within 5 %, since tokens in bundles cannot be told from " +
		"hidden ones. Chunks without text count as tokens up to what the " +
		"server counted, and hidden reasoning that the server tells is left out of TPOT, with a warning: TTFT holds " +
		"its time.",
	Remedy: "look at stream-interval, speculation, reasoning that is not streamed, proxies, and at the client's and the " +
		"front end's CPU; the server's own histograms stand beside",
	Judge: judgeCoalesced,
}

// A lumping is how an answer's tokens came in reads.
type lumping struct {
	events, lumped  float64 // token events; those that shared a read
	tokens, carried float64 // tokens that were streamed; events, and chunks without text that may be one each
	hidden, counted float64 // tokens that were not streamed; all
}

// add takes in a whole answer. The chunk with finish_reason may be one more token: the end of the text.
func (l *lumping) add(r *results.Record) {
	streamed := r.Streamed()
	l.events, l.tokens = l.events+float64(r.Events), l.tokens+float64(streamed)
	l.carried += float64(max(r.Events, min(streamed, r.Events+r.Blank+1)))
	l.hidden, l.counted = l.hidden+float64(r.Hidden), l.counted+float64(r.OutputTokens)
}

func judgeCoalesced(c check, d *StepData) []results.Reason {
	l := d.arrivals().lumping
	if l.events == 0 {
		return nil
	}
	out := c.judgeReads(d, l)
	if l.hidden > 0 {
		out = append(out, c.reason(results.Warn, "%.0f of %.0f output tokens were counted and never streamed (reasoning): "+
			"TPOT leaves them out, and TTFT holds their time", l.hidden, l.counted)...)
	}
	return out
}

// judgeReads grades how tokens and reads go together.
func (c check) judgeReads(d *StepData, l lumping) []results.Reason {
	share, per := l.lumped/l.events, l.tokens/l.carried
	server := serverFacts(d.Samples, d.Meta.Window)
	impossible := impossibleGaps(d, server)
	switch {
	case share > 0.3 && server.TTFT > 0 && medianTTFT(d) > 2*server.TTFT:
		return c.reason(results.Withhold, "TTFT, ITL and TPOT are not shown: %.0f %% of the events shared a read, and the "+
			"server's own mean TTFT is %.3g ms",
			100*share, 1e3*server.TTFT)
	case share > 0.3:
		return c.reason(results.Withhold, "ITL and TPOT are not shown: %.0f %% of the events shared a read", 100*share)
	case per > 1.5:
		return c.reason(results.Withhold, "ITL and TPOT are not shown: %.2f tokens were counted for each event: they came "+
			"in bundles, or were not streamed", per)
	case impossible != "":
		return c.reason(results.Withhold, "ITL and TPOT are not shown: %s", impossible)
	case per > 1.05 && !confirmed(d, server):
		return c.reason(results.Withhold, "TPOT is not shown: %.2f tokens were counted for each event, in bundles or "+
			"hidden, and no ITL of the server's own agrees; ITL is between events", per)
	case per > 1.05:
		return c.reason(results.Warn, "%.2f tokens were counted for each event: ITL is between events", per)
	case share > 0.05:
		return c.reason(results.Warn, "%.1f %% of the token events arrived in the same read as another: ITL is between reads",
			100*share)
	}
	return nil
}

// confirmed reports whether the server's own mean ITL is ours per token.
func confirmed(d *StepData, server ServerFacts) bool {
	return server.ITL > 0 && math.Abs(tokenTime(d.cohort())/server.ITL-1) <= 0.05
}

func medianTTFT(d *StepData) float64 {
	m, _ := results.FindMetric("ttft")
	return sortedQuantile(d.cohort().valuesOf(m), 0.5)
}

// impossibleGaps refuses what no server can have done: pooled means are compared, since medians of a bimodal load
// differ by themselves.
func impossibleGaps(d *StepData, server ServerFacts) string {
	mine := tokenTime(d.cohort())
	switch {
	case d.arrivals().gaps.median() == 0:
		return "the median gap is 0"
	case server.ITL > 0 && mine < 0.5*server.ITL:
		return fmt.Sprintf("%.3g ms per token here, the server's own mean ITL is %.3g ms", 1e3*mine, 1e3*server.ITL)
	}
	return ""
}

// withheld names the metrics of a step that its verdict withholds.
func withheld(v results.Verdict) map[string]bool {
	out := map[string]bool{}
	for _, r := range v.Reasons {
		if r.Level != results.Withhold || r.Check != checkCoalesced.ID && r.Check != checkPhase.ID {
			continue
		}
		if r.Check == checkCoalesced.ID {
			out["tpot"] = true
			out["itl"] = out["itl"] || !strings.HasPrefix(r.Says, "TPOT")
		}
		if strings.HasPrefix(r.Says, "TTFT") {
			out["ttft"] = true
		}
	}
	return out
}
