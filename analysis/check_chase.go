package analysis

import (
	"loadgen/results"
)

var checkChase = check{ID: "V7", Name: "cohort followed to its end",
	Doc: "Requests of the cohort that were cut off (timeout, stalled, endless, cancelled, lost) are censored: any " +
		"warns, more than 1 % withholds the p99. A level of which a client's part was cut off is invalid.",
	Remedy: "raise the request timeout, or lower the load",
	Judge:  judgeChase,
}

func judgeChase(c check, d *StepData) []results.Reason {
	if m := d.Meta; m.Partial != "" && m.Step.Shard.Of > 0 {
		return c.reason(results.Condemn, "this part of a load that %d clients shared was cut off: %s", m.Step.Shard.Of,
			m.Partial)
	}
	censored, n := 0, 0
	for _, r := range d.requests().all() {
		if r.Phase != results.Measure {
			continue
		}
		n++
		switch r.Fault {
		case results.FaultTimeout, results.FaultStalled, results.FaultCancelled, results.FaultReset, results.FaultTruncated,
			results.FaultEndless:
			censored++
		}
	}
	switch {
	case censored*100 > n:
		return c.reason(results.Withhold, "%d of %d answers were cut off: p99 cannot be told", censored, n)
	case censored > 0:
		return c.reason(results.Warn, "%d of %d answers were cut off", censored, n)
	}
	return nil
}
