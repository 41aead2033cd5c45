package analysis

import (
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

var checkRate = check{ID: "V2", Name: "load as asked",
	Doc: "Open loop: sends inside the window against the schedule, warn above 1 % off, invalid above 5 %; and of " +
		"Poisson arrivals the variation of the gaps " +
		"between sends, whose CV must be 1: warn when it is off by more than 3/√n + 0.02, invalid by twice that. Closed " +
		"loop: mean requests in flight, and " +
		"users that think between two turns of a session, against the asked concurrency, the same bounds below it.",
	Remedy: "use a larger load machine, or fewer streams",
	Judge:  judgeRate,
}

func judgeRate(c check, d *StepData) []results.Reason {
	e := d.Meta.Evidence
	switch d.Meta.Step.Loop {
	case scenarios.Open:
		return append(c.sends(d), c.poisson(d)...)
	case scenarios.Closed:
		asked := float64(d.Meta.Step.Concurrency)
		if d.Meta.Step.Sessions {
			there := e.MeanInFlight + e.MeanThinking
			return c.grade(1-there/asked, 0.01, 0.05, "%.4g of %.4g asked users were there, %.4g of them thinking", there, asked,
				e.MeanThinking)
		}
		return c.grade(1-e.MeanInFlight/asked, 0.01, 0.05, "%.4g of %.4g asked requests were in flight", e.MeanInFlight,
			asked)
	}
	return nil
}

// sends compares what was sent in the window with what was due in it.
func (c check) sends(d *StepData) []results.Reason {
	due, sent := 0.0, 0.0
	for _, r := range d.requests().all() {
		if within(d.Meta.Window, r.Due) {
			due++
		}
		if within(d.Meta.Window, r.Sent) {
			sent++
		}
	}
	if due == 0 {
		return nil
	}
	return c.grade(math.Abs(sent/due-1), 0.01, 0.05, "%.0f requests were sent in the window, %.0f were due", sent, due)
}

func within(w results.Window, t time.Duration) bool { return t >= w.Start && t < w.End }

// poisson looks at the gaps between the sends of the window (R1.6). Later turns of sessions follow answers and are left
// out.
func (c check) poisson(d *StepData) []results.Reason {
	if d.Meta.Step.Arrival.Name != "poisson" || d.Meta.Step.Shard.Of > 0 { // every n-th arrival is no Poisson's
		return nil
	}
	var sent []time.Duration
	for _, r := range d.requests().all() {
		if r.SessionTurn == 0 && within(d.Meta.Window, r.Sent) {
			sent = append(sent, r.Sent)
		}
	}
	if len(sent) < 100 {
		return nil
	}
	slices.Sort(sent)
	n, squares := float64(len(sent)-1), 0.0
	for i, t := range sent[1:] {
		squares += math.Pow((t - sent[i]).Seconds(), 2)
	}
	mean := (sent[len(sent)-1] - sent[0]).Seconds() / n
	cv := math.Sqrt(math.Max(0, squares/n/(mean*mean)-1))
	bound := 3/math.Sqrt(n) + 0.02
	return c.grade(math.Abs(cv-1), bound, 2*bound, "the gaps between sends vary with CV %.2f, and those of Poisson "+
		"arrivals with 1", cv)
}
