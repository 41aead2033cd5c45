package results

import (
	"math"
	"sync/atomic"
	"time"
)

// A stepCount counts a step's records and fills its logs while they are written, by the window as far as it is known
// then. What it assumed of each due time is compared with the window when the step has ended.
type stepCount struct {
	start, end             atomic.Int64 // of the window, ns; math.MaxInt64: not known yet
	seen                   Counts
	logs                   logBook
	before, inside, behind dueRange
}

// A dueRange is the least and the largest due time of some requests.
type dueRange struct{ least, most time.Duration }

func (d *dueRange) add(due time.Duration) { d.least, d.most = min(d.least, due), max(d.most, due) }

func newStepCount() *stepCount {
	none := dueRange{math.MaxInt64, math.MinInt64}
	c := &stepCount{logs: newLogBook(), before: none, inside: none, behind: none}
	c.start.Store(math.MaxInt64)
	c.end.Store(math.MaxInt64)
	return c
}

func (c *stepCount) add(r *Record) {
	now := *r // who reads the record knows nothing of a phase yet
	w := Window{Start: time.Duration(c.start.Load()), End: time.Duration(c.end.Load())}
	switch now.Phase = w.Phase(r.Due); now.Phase {
	case Measure:
		c.inside.add(r.Due)
	case Chase:
		c.behind.add(r.Due)
	default:
		c.before.add(r.Due)
	}
	c.seen.add(&now)
	c.logs.add(&now)
}

// holds reports whether every request was counted where the window has it.
func (c *stepCount) holds(w Window) bool {
	return c.before.most < min(w.Start, w.End) && c.behind.least >= w.End &&
		c.inside.least >= w.Start && c.inside.most < w.End
}
