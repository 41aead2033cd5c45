package analysis

import (
	"math"

	"loadgen/results"
	"loadgen/scenarios"
)

var checkRate = Check{ID: "V2", Name: "load as asked",
	Doc:    "Open loop: sends inside the window against the schedule, warn above 1 % off, invalid above 5 %. Closed loop: mean requests in flight against the asked concurrency, the same bounds below it.",
	Remedy: "use a larger load machine, or fewer streams",
	Judge:  judgeRate,
}

func judgeRate(c Check, d *StepData) []results.Reason {
	e := d.Meta.Evidence
	switch d.Meta.Step.Loop {
	case scenarios.Open:
		if e.PlannedRate == 0 {
			return nil
		}
		sent := 0
		for _, r := range d.Records {
			if r.Sent >= d.Meta.Window.Start && r.Sent < d.Meta.Window.End {
				sent++
			}
		}
		got := float64(sent) / (d.Meta.Window.End - d.Meta.Window.Start).Seconds()
		return c.grade(math.Abs(got/e.PlannedRate-1), 0.01, 0.05, "sent %.4g requests/s of %.4g planned", got, e.PlannedRate)
	case scenarios.Closed:
		asked := float64(d.Meta.Step.Concurrency)
		return c.grade(1-e.MeanInFlight/asked, 0.01, 0.05, "%.4g of %.4g asked requests were in flight", e.MeanInFlight, asked)
	}
	return nil
}
