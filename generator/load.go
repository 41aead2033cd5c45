package generator

import (
	"time"

	"loadgen/scenarios"
)

// A Load is what one step sends.
type Load struct {
	Loop        scenarios.Loop
	Concurrency int                // closed: requests in flight
	Due         []time.Duration    // open: offsets from the step's start, ascending
	List        []scenarios.Prompt // each: sent in order, one at a time
	// closed: of (slot, turn), or (slot, session); open: of (-1, k). Pure; called ahead of the send
	Prompt  func(slot, turn int) scenarios.Prompt
	Ramp    time.Duration     // closed: the first sends are spread evenly over it
	Late    time.Duration     // closed: by which they begin later
	Request scenarios.Request // what every request carries; its Timeout counts from due
	NoSalt  bool              // the server refuses cache_salt: literal texts are sent without
	// a stream without a token for so long, and a tenth of a second for each token asked for, is cut; five times so long
	// before the first; 0: never
	StallAfter time.Duration
	// what is in flight so long after sending has stopped is cut; 0: never
	DrainMost time.Duration
	// closed: stops that closed run and takes over slot by slot, without draining; Ramp is for the slots beyond
	After *Run
	// open: at most so many in flight, others wait beyond their due time; 0: no cap
	Cap int
}

// failurePause is the least time from one sending of a slot to its next when the first failed: a server that refuses at
// once is not hammered, and virtual time moves on.
const failurePause = 100 * time.Millisecond

// lead is how long before its due time a request is made ready.
const lead = 20 * time.Millisecond
