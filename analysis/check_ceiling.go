package analysis

import (
	"math"
	"slices"
	"time"

	"loadgen/results"
)

var checkCeiling = check{ID: "V4", Name: "the host can carry it",
	Doc: "Token events a second in the window, and a fifth more, against what this host carried from the null server: " +
		"above it warns, and so does " +
		"a host that added more than 1 ms to TTFT or ITL at p99 under as many events. More events than a ceiling that " +
		"calibrate found: invalid. Levels at which the null server itself was late say nothing of the host. " +
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
	case len(telling(cal)) == 0:
		return c.reason(results.NotChecked, "the null server itself was too late to try this host: %s", cal.Why)
	case cal.Events == 0:
		return c.reason(results.Warn, "this host did not even carry %d streams of the null server: %s", cal.Levels[0].Streams,
			cal.Why)
	}
	events := eventRate(d)
	out := c.beyond(cal, events)
	if l := levelFor(telling(cal), events); max(l.TTFTp99, l.ITLp99) > ceilingBias {
		out = append(out, c.reason(results.Warn, "at such a load (%d streams of the null server) this host added %v to "+
			"TTFT and %v to ITL at p99",
			l.Streams, l.TTFTp99.Round(10*time.Microsecond), l.ITLp99.Round(10*time.Microsecond))...)
	}
	return out
}

// beyond grades how near events/s are to what the host carried. What was not reached condemns nothing, and where it was
// the null server that ended the calibration, nothing is known of the host.
func (c check) beyond(cal *results.Calibration, events float64) []results.Reason {
	const says = "%.0f token events/s, and this host carried %.0f of the null server's"
	switch {
	case cal.Bound && !cal.Short:
		return c.grade(events/cal.Events, 1/ceilingMargin, 1, says, events, cal.Events)
	case len(telling(cal)) == len(cal.Levels):
		return c.grade(events/cal.Events, 1/ceilingMargin, math.Inf(1), says, events, cal.Events)
	case ceilingMargin*events > cal.Events:
		return c.reason(results.NotChecked, "%.0f token events/s, and the null server itself was in time up to %.0f", events,
			cal.Events)
	}
	return nil
}

// telling are the levels of a calibration that say something of the host: those at which the null server was in time.
func telling(cal *results.Calibration) []results.Null {
	return slices.DeleteFunc(slices.Clone(cal.Levels), results.Null.ServerWasLate)
}

// levelFor is the lowest level that carried so many events/s and the margin, else the last one.
func levelFor(levels []results.Null, events float64) results.Null {
	for _, l := range levels {
		if l.Read >= ceilingMargin*events {
			return l
		}
	}
	return levels[len(levels)-1]
}

// eventRate is token events/s read inside the window.
func eventRate(d *StepData) float64 {
	return float64(d.arrivals().events) / (d.Meta.Window.End - d.Meta.Window.Start).Seconds()
}
