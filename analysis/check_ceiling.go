package analysis

import (
	"math"
	"time"

	"loadgen/results"
)

var checkCeiling = check{ID: "V4", Name: "the host can carry it",
	Doc: "Token events a second in the window, and a fifth more, against what this host carried from the null server: " +
		"above it warns, and so does " +
		"a host that added more than 1 ms to TTFT or ITL at p99 under as many events. More events than a ceiling that " +
		"calibrate found: invalid. " +
		"Not applicable in virtual time; without a calibration, or with one core, not checked.",
	Remedy: "loadgen calibrate, on a quiet machine; then a larger load machine, or fewer streams",
	Judge:  judgeCeiling,
}

const (
	ceilingMargin = 1.2
	ceilingBias   = time.Millisecond
)

func judgeCeiling(c check, d *StepData) []results.Reason {
	cal := d.Calibration
	switch {
	case d.Meta.Simulated:
		return nil
	case cal == nil:
		return c.reason(results.NotChecked, "this host was not calibrated")
	case cal.Problem != "":
		return c.reason(results.NotChecked, "this host could not be calibrated: %s", cal.Problem)
	case cal.Events == 0:
		return c.reason(results.Warn, "this host did not even carry %d streams of the null server: %s", cal.Levels[0].Streams,
			cal.Why)
	}
	events := eventRate(d)
	limit := math.Inf(1) // what was not reached condemns nothing
	if cal.Bound && !cal.Short {
		limit = 1
	}
	out := c.grade(events/cal.Events, 1/ceilingMargin, limit,
		"%.0f token events/s, and this host carried %.0f of the null server's", events, cal.Events)
	if l := levelFor(cal, events); max(l.TTFTp99, l.ITLp99) > ceilingBias {
		out = append(out, c.reason(results.Warn, "at such a load (%d streams of the null server) this host added %v to "+
			"TTFT and %v to ITL at p99",
			l.Streams, l.TTFTp99.Round(10*time.Microsecond), l.ITLp99.Round(10*time.Microsecond))...)
	}
	return out
}

// levelFor is the lowest level of a calibration that carried so many events/s and the margin, else the last one.
func levelFor(cal *results.Calibration, events float64) results.Null {
	for _, l := range cal.Levels {
		if l.Read >= ceilingMargin*events {
			return l
		}
	}
	return cal.Levels[len(cal.Levels)-1]
}

// eventRate is token events/s read inside the window.
func eventRate(d *StepData) float64 {
	return float64(d.arrivals().events) / (d.Meta.Window.End - d.Meta.Window.Start).Seconds()
}
