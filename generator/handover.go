package generator

import (
	"fmt"

	"loadgen/clock"
	"loadgen/scenarios"
)

// succeed stops the run before, whose slots end with what they have in flight.
func (r *Run) succeed() {
	if r.load.Loop == scenarios.Closed {
		r.freed = make([]clock.Signal, r.load.Concurrency)
		for slot := range r.freed {
			r.freed[slot] = r.clk.NewSignal(fmt.Sprint("slot ", slot, " of the run before"))
		}
	}
	if r.load.After != nil {
		r.load.After.StopSending()
	}
}

// inherited is how many slots begin when those of the run before have ended.
func (r *Run) inherited() int {
	if r.load.After == nil {
		return 0
	}
	return min(r.load.Concurrency, len(r.load.After.freed))
}
