package analysis

import (
	"time"

	"loadgen/results"
)

var checkDropped = check{ID: "V12", Name: "nothing dropped",
	Doc: "Any dropped record or histogram value, negative gap or time that runs backwards: invalid. Records that " +
		"waited for the disk, thousands before them, held up their senders: warn.",
	Remedy: "a faster disk for the run directory; otherwise report it: this is a fault of loadgen",
	Judge:  judgeDropped,
}

func judgeDropped(c check, d *StepData) []results.Reason {
	bad := d.Meta.Evidence.Dropped + d.arrivals().backwards
	for _, r := range d.requests().all() {
		if !monotone(r) {
			bad++
		}
	}
	if bad > 0 {
		return c.reason(results.Condemn, "%d records or values were dropped or run backwards in time", bad)
	}
	if n := d.Meta.Evidence.DiskWaits; n > 0 {
		return c.reason(results.Warn, "%d records waited for the disk, and their senders with them", n)
	}
	return nil
}

func monotone(r *results.Record) bool {
	last := r.Due
	for _, t := range []time.Duration{r.Sent, r.Written, r.FirstByte, r.FirstToken, r.LastToken, r.End} {
		if t == 0 {
			continue
		}
		if t < last {
			return false
		}
		last = t
	}
	return true
}
