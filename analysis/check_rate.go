package analysis

import (
	"math"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

var checkRate = Check{ID: "V2", Name: "load as asked",
	Doc:    "Open loop: sends inside the window against the schedule, warn above 1 % off, invalid above 5 %. Closed loop: mean requests in flight, and users that think between two turns of a session, against the asked concurrency, the same bounds below it.",
	Remedy: "use a larger load machine, or fewer streams",
	Judge:  judgeRate,
}

func judgeRate(c Check, d *StepData) []results.Reason {
	e := d.Meta.Evidence
	switch d.Meta.Step.Loop {
	case scenarios.Open:
		due, sent := 0.0, 0.0
		within := func(t time.Duration) bool { return t >= d.Meta.Window.Start && t < d.Meta.Window.End }
		for _, r := range d.Records {
			if within(r.Due) {
				due++
			}
			if within(r.Sent) {
				sent++
			}
		}
		if due == 0 {
			return nil
		}
		return c.grade(math.Abs(sent/due-1), 0.01, 0.05, "%.0f requests were sent in the window, %.0f were due", sent, due)
	case scenarios.Closed:
		asked := float64(d.Meta.Step.Concurrency)
		if d.Meta.Step.Sessions {
			there := e.MeanInFlight + e.MeanThinking
			return c.grade(1-there/asked, 0.01, 0.05, "%.4g of %.4g asked users were there, %.4g of them thinking", there, asked, e.MeanThinking)
		}
		return c.grade(1-e.MeanInFlight/asked, 0.01, 0.05, "%.4g of %.4g asked requests were in flight", e.MeanInFlight, asked)
	}
	return nil
}
