package generator

import (
	"fmt"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// closed keeps Concurrency requests in flight: slot s sends its turn t+1 when turn t has ended.
func (r *Run) closed() {
	n, taken := r.load.Concurrency, r.inherited()
	for slot := range n {
		begin := r.load.Ramp * time.Duration(slot-taken) / time.Duration(max(1, n-taken))
		r.members.Go(fmt.Sprint("slot ", slot), func() {
			defer r.freed[slot].Set()
			if slot < taken && r.load.After.freed[slot].Wait(r.sending, clock.Never) != nil {
				r.tally.withdraw(true)
				return
			}
			r.slot(slot, begin)
		})
	}
}

func (r *Run) slot(slot int, begin time.Duration) {
	w := r.tally.take()
	defer r.tally.give(w)
	for turn := 0; ; turn++ {
		w.ready(r, r.load.Prompt(slot, turn))
		if r.sleepUntil(begin) != nil {
			r.tally.withdraw(turn == 0)
			return
		}
		f := &flight{first: turn == 0, record: &results.Record{ID: int64(slot)<<32 + int64(turn), Slot: int32(slot), Turn: int32(turn), Due: r.now()}}
		r.tally.enter(f)
		w.send(r, f)
		begin = pause(f.record)
	}
}

// pause is the earliest instant of the request behind rec.
func pause(rec *results.Record) time.Duration {
	if rec.OK() {
		return 0
	}
	return rec.Sent + failurePause
}

// each sends the list, one after the other.
func (r *Run) each() {
	r.members.Go("list", func() {
		w := r.tally.take()
		defer r.tally.give(w)
		for i, p := range r.load.List {
			w.ready(r, p)
			if r.sending.Err() != nil {
				return
			}
			f := &flight{record: &results.Record{ID: int64(i), Turn: int32(i), Due: r.now()}}
			r.tally.enter(f)
			w.send(r, f)
		}
	})
}

// open sends every request at its due time, whatever became of the earlier ones: one goroutine for each, made ready a
// little ahead.
func (r *Run) open() {
	for k, due := range r.load.Due {
		if r.sleepUntil(due-openLead) != nil {
			return
		}
		f := &flight{record: &results.Record{ID: int64(k), Slot: -1, Turn: int32(k), Due: due}}
		r.tally.announce(f, k)
		r.members.Go("request", func() { r.one(f, k) })
	}
}

func (r *Run) one(f *flight, k int) {
	w := r.tally.take()
	defer r.tally.give(w)
	w.ready(r, r.load.Prompt(-1, k))
	if r.sleepUntil(f.record.Due) != nil {
		r.tally.retract(f)
		return
	}
	r.tally.enter(f)
	waited, err := r.gate.enter(r.sending)
	if waited {
		r.tally.capHit()
	}
	if err != nil {
		w.unsent(r, f)
		return
	}
	w.send(r, f)
	r.gate.leave()
}
