// Package analysis answers what a run means: points with intervals, saturation and its cause, comparison, advice. It
// sees only what a real server shows, by way of a run directory.
package analysis

import (
	"math"

	"loadgen/stat"
)

// An Estimate is a value with what carries it. A hidden one must not be shown: Why says what would be needed.
type Estimate struct {
	stat.Interval
	N    int
	Show Show
	Why  string // not empty when soft or hidden: what is missing
}

// Show reports whether a number may be printed (R3.2).
type Show uint8

const (
	Solid  Show = iota
	Soft        // with a mark
	Hidden      // not at all
)

// Known reports whether there is a value that may be shown.
func (e Estimate) Known() bool { return e.Show != Hidden && !math.IsNaN(e.Value) }

func hidden(n int, why string) Estimate {
	nan := math.NaN()
	return Estimate{stat.Interval{Value: nan, Lo: nan, Hi: nan}, n, Hidden, why}
}
