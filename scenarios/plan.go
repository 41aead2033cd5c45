package scenarios

import "time"

// A Loop is how requests follow one another.
type Loop string

const (
	Closed Loop = "closed" // so many in flight; each answer brings the next request
	Open   Loop = "open"   // requests are due at a schedule, whatever happened to earlier ones
	Each   Loop = "each"   // every class so many times, one at a time
)

// A Step is one level of load on one target, once.
type Step struct {
	Index             int    // from 1, in the order of playing
	Name              string // its directory: "007-mini-n16-r1"
	Phase             string
	Target            string
	Loop              Loop
	Concurrency       int           // closed: requests in flight
	Rate              float64       // open: requests/s
	Arrival           string        // open: the law's name
	Each              int           // each: times per class
	Rep               int           // from 1
	Seed              uint64        // of prompts, lengths and schedule; the same for the same level and repetition of every target
	Measure           time.Duration // 0: long enough for the evidence (R2.6)
	StopWhenSaturated bool          // the sweep may leave out later levels of this target, phase and repetition
}

// A Plan is what a scenario asks for, step by step.
type Plan struct {
	Steps []Step
}
