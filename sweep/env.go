// Package sweep plays a plan step by step and decides what comes next, and when a step has enough: quick test, settle
// gates, measuring window, chase, stop rule. It is the only room that sees both the sending and the analysing.
package sweep

import (
	"context"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// An Env is the world that a plan is played in.
type Env struct {
	Clock     clock.Clock
	Simulated bool
	Tool      string // name and version of the program
	// of the run's texts, so that a server which runs on holds none of them; empty, as in virtual time: the seed's alone
	Salt   string
	Scrape time.Duration // how often /metrics is read, in virtual time at most; 0: every second
	// Dial opens connections to a target; nil: TCP.
	Dial endpoint.Dial
	// Access is a target's key and headers, resolved by the caller; it is handed to endpoint and never kept. nil: none.
	Access func(scenarios.Target) endpoint.Options
	// GPU starts readings of a target's GPUs and returns what ends them; nil: there are none.
	GPU func(ctx context.Context, t scenarios.Target, start time.Duration, sink func(results.Sample)) (stop func())
	// Cards names the GPUs of a target, for the manifest; nil: they are not known.
	Cards func(context.Context, scenarios.Target) []results.GPUInfo
	// Log starts following a target's engine log, likewise; nil: there is none.
	Log func(ctx context.Context, t scenarios.Target, start time.Duration, sink func(results.Sample)) (stop func())
	// Self starts readings of this process and host, likewise.
	Self func(ctx context.Context, start time.Duration, sink func(results.Sample)) (stop func())
	// Busy is asked when a server already runs others' requests; false ends the run. nil: go on.
	Busy func(target string, running, waiting float64) bool
	// Chime wakes the machine at rising instants of the clock, so that an open loop's sends are not late; nil: it need
	// not.
	Chime func(at []time.Duration) (stop func())
	// Ramped is called when a window opens: what a ramp needed is needed no more. Drained is called when a load has ended,
	// before it is judged: what it held is free. nil: nothing.
	Ramped, Drained func()
	// Calibrate tells what this host can carry, once the endpoints have answered; nil: it is not asked, as in virtual
	// time.
	Calibrate func(ctx context.Context) *results.Calibration
	// Wait is until when, on the clock, a server that does not answer yet may be starting; 0: none is waited for.
	Wait time.Duration
	// Waits is called when a server is waited for, once with each reason; nil: nothing.
	Waits func(target, why string)
	// Believe tells where a model of a target, calibrated to the steps that a run directory holds so far, puts the load
	// that a search of a loop looks for; nil: nothing is believed.
	Believe func(dir, target string, loop scenarios.Loop) stat.Belief
	// Crew are the clients that share the load with this one; nil: this one plays all.
	Crew Crew
	// Told is called with each step's outcome, for a line of progress; nil: nothing.
	Told func(Outcome)
}

// An Outcome is one finished step, as the sweep sees it.
type Outcome struct {
	Step    scenarios.Step
	Steps   int // of the plan
	Meta    results.StepMeta
	Took    time.Duration // on the run's clock
	Point   headline
	Skipped string // not empty: why it was not played
	Ended   string // not empty: how a search ended
}

// A headline is what a progress line shows of a step.
type headline struct {
	OutputRate float64 // tok/s
	TTFTp99    float64 // s; NaN when it cannot be shown
	TTFTp50    float64
}

func (e *Env) open(t scenarios.Target) (*endpoint.Endpoint, error) {
	o := endpoint.Options{}
	if e.Access != nil {
		o = e.Access(t)
	}
	o.Dial = e.Dial
	return endpoint.New(e.Clock, t, o)
}
