package generator

import (
	"fmt"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/scenarios"
)

// closed keeps Concurrency requests in flight: slot s sends its turn t+1 when turn t has ended. Of sessions it keeps so
// many going: a slot plays one turn by turn, thinks in between, and then begins the next one.
func (r *Run) closed() {
	n, taken := r.load.Concurrency, r.inherited()
	for slot := range n {
		begin := r.load.Late + r.load.Ramp*time.Duration(slot-taken)/time.Duration(max(1, n-taken))
		_ = r.sleepUntil(begin - lead) // who is made ready in a crowd is late; once sending has stopped a slot sees it itself
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
	t := talk{prompt: r.load.Prompt(slot, 0)}
	for turn := 0; ; turn++ {
		w.ready(r, t.prompt)
		if r.think(begin, t.turn > 0) != nil {
			r.tally.withdraw(t.session == 0)
			return
		}
		f := &flight{first: t.session == 0, last: len(t.prompt.Later) == 0, record: &results.Record{
			ID: int64(slot)<<32 + int64(turn), Slot: int32(slot), Turn: int32(turn), SessionTurn: int32(t.turn), Due: r.now()}}
		r.tally.enter(f)
		w.send(r, f)
		var more bool
		if begin, more = t.goOn(w.answer, f.record); !more {
			begin, t = pause(f.record), talk{session: t.session + 1, prompt: r.load.Prompt(slot, t.session+1)}
		}
	}
}

// pause is the earliest instant of the request behind rec.
func pause(rec *results.Record) time.Duration {
	if rec.OK() {
		return 0
	}
	return rec.Sent + failurePause
}

// each sends the list, one after the other, sessions turn by turn.
func (r *Run) each() {
	r.members.Go("list", func() {
		w := r.tally.take()
		defer r.tally.give(w)
		for i, p := range r.load.List {
			t, begin := talk{prompt: p}, time.Duration(0)
			for more := true; more; {
				w.ready(r, t.prompt)
				if r.sleepUntil(begin) != nil {
					return
				}
				f := &flight{record: t.record(0, i, r.now())}
				r.tally.enter(f)
				w.send(r, f)
				begin, more = t.goOn(w.answer, f.record)
			}
		}
	})
}

// open sends every request at its due time, whatever became of the earlier ones: one goroutine for each, made ready a
// little ahead. Sessions begin so, and their later turns follow the answers: the loop is partly open.
func (r *Run) open() {
	for k, due := range r.load.Due {
		if r.sleepUntil(due-lead) != nil {
			return
		}
		f := &flight{record: (&talk{}).record(-1, k, due)}
		r.tally.announce(f, k)
		r.members.Go("request", func() { r.visit(f, k) })
	}
}

// visit sends what begins with a scheduled request.
func (r *Run) visit(f *flight, k int) {
	w := r.tally.take()
	defer r.tally.give(w)
	t := talk{prompt: r.load.Prompt(-1, k)}
	for r.one(w, f, t.prompt) {
		begin, more := t.goOn(w.answer, f.record)
		if !more {
			return
		}
		f = &flight{record: t.record(-1, k, begin)}
		r.tally.expect(f)
	}
}

// one sends a request when it is due, and tells whether it did.
func (r *Run) one(w *sender, f *flight, p scenarios.Prompt) bool {
	w.ready(r, p)
	if r.sleepUntil(f.record.Due) != nil {
		r.tally.retract(f)
		return false
	}
	r.tally.enter(f)
	waited, err := r.gate.enter(r.sending)
	if waited {
		r.tally.capHit()
	}
	if err != nil {
		w.unsent(r, f)
		return false
	}
	w.send(r, f)
	r.gate.leave()
	return true
}
