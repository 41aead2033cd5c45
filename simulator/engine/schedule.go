package engine

import (
	"cmp"
	"slices"
)

// schedule composes the next step, or returns nil when nothing can run (vLLM v1/core/sched/scheduler.py, schedule):
// running requests first, in order of admission; then waiting ones, unless something was preempted.
func (e *Engine) schedule() *Step {
	s := e.newStep()
	s.Scheduled = e.now
	if e.cfg.Priority {
		slices.SortStableFunc(e.waiting, byPriority)
	}
	left := e.resume(s, e.cfg.Budget)
	if s.Preempted == 0 {
		e.admit(s, left)
	}
	if len(s.items) == 0 {
		again := s.Preempted > 0 // by priority the first in line may have given its place up: now there is room
		e.recycle(s)
		if again {
			return e.schedule()
		}
		return nil
	}
	s.Index = e.counters.Steps
	e.counters.Steps++
	return s
}

// resume gives running requests their next tokens and returns what is left of the budget. A request without room
// preempts from the tail, in the end itself.
func (e *Engine) resume(s *Step, left int) int {
	for i := 0; i < len(e.running) && left > 0; i++ {
		r := e.running[i]
		n := min(e.wanted(r), left)
		if n <= 0 {
			continue
		}
		for !e.grow(r, n) {
			at := e.victim()
			victim := e.running[at]
			left += e.preempt(s, at)
			if victim == r {
				return left
			}
			if at < i {
				i--
			}
		}
		s.add(r, n)
		left -= n
	}
	return left
}

// wanted is how many tokens a running request could take: up to all it knows of, and none when the step in flight is
// certainly its last.
func (e *Engine) wanted(r *Request) int {
	if r.placeholders > 0 && r.computed+2-r.placeholders >= r.Prompt+r.MaxTokens {
		return 0
	}
	n := e.chunk(r.tokens() + r.placeholders - r.computed)
	return min(n, e.cfg.MaxModelLen-1-r.computed)
}

// chunk is how much of n tokens one request may take; the threshold is there for others, so a request that is alone is
// free of it.
func (e *Engine) chunk(n int) int {
	requests := len(e.running) + len(e.waiting)
	if e.cfg.LongPrefill == 0 || requests < 2 {
		return n
	}
	most := e.cfg.LongPrefill
	if e.cfg.FairPrefill {
		most = max(most, e.cfg.Budget/requests)
	}
	return min(n, most)
}

// admit lets waiting requests in, in order. One that does not fit blocks all behind it; admission never preempts.
func (e *Engine) admit(s *Step, left int) {
	for i := 0; i < len(e.waiting) && left > 0 && len(e.running) < e.cfg.MaxSeqs; {
		r := e.waiting[i]
		if r.inFlight > 0 { // a victim whose stale output has not come back yet stands aside
			i++
			continue
		}
		hits := e.lookup(r)
		n := e.chunk(r.tokens() - len(hits)*e.cfg.BlockSize)
		if e.cfg.WholePrompts && n > left {
			return
		}
		n = min(n, left)
		if !e.place(r, n, hits) {
			return
		}
		e.waiting = append(e.waiting[:i], e.waiting[i+1:]...)
		e.running = append(e.running, r)
		e.firstAdmission(r, len(hits))
		s.add(r, n)
		left -= n
	}
}

func (e *Engine) firstAdmission(r *Request, hits int) {
	if r.Admitted >= 0 {
		return
	}
	r.Admitted = e.now
	r.Cached = hits * e.cfg.BlockSize
	if e.cfg.PrefixCaching && !r.NoLookup {
		e.counters.PrefixQueries += r.tokens()
		e.counters.PrefixHits += r.Cached
	}
}

// byPriority orders requests as vLLM does: by priority, then by arrival.
func byPriority(a, b *Request) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Arrived, b.Arrived), cmp.Compare(a.id, b.id))
}

// victim is the place in running of the next to be preempted: the last one, or that of the least priority.
func (e *Engine) victim() int {
	last := len(e.running) - 1
	for i := last - 1; i >= 0 && e.cfg.Priority; i-- {
		if byPriority(e.running[i], e.running[last]) > 0 {
			last = i
		}
	}
	return last
}

// preempt frees the request at a place in running, and puts it in front of the queue: all it has computed must be
// computed again, but for blocks that are still in the prefix cache then. It returns the tokens that the request had in
// this step.
func (e *Engine) preempt(s *Step, at int) (given int) {
	victim := e.running[at]
	e.running = append(e.running[:at], e.running[at+1:]...)
	given = s.take(victim)
	e.free(victim)
	victim.computed, victim.placeholders = 0, 0
	victim.epoch++
	victim.Preemptions++
	s.Preempted++
	e.counters.Preemptions++
	e.waiting = append(e.waiting, nil)
	copy(e.waiting[1:], e.waiting)
	e.waiting[0] = victim
	return given
}
