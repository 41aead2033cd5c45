package machine

import "time"

// An outlet hands the tokens of a lockstep's steps to a replay's API servers. Where there is one and it has nothing to
// hand out, all tokens of a step go to their clients at one instant, and only that is kept: what such steps were to a
// request is worked out when it ends, or when its tokens part from the others'.
type outlet struct {
	r     *replay
	going int   // the step that is going out whole; none
	fresh []int // requests in it whose tokens did not go with the others' before
	over  []int // requests that it ends
	begun bool  // a turn of the API server of which its clock does not know yet
	apart bool  // tokens went out one by one after the last step that went out whole

	latest int           // the last step that went out whole
	last   time.Duration // when
	longer []gap         // before steps that did, each the longest from there on
	joins  []int         // scratch of byOne
}

const none = -1

// A gap is the time between a step that went out whole and the one before that did.
type gap struct {
	step int
	took time.Duration
}

func newOutlet(r *replay) *outlet {
	for i := range r.streams {
		r.streams[i].since = never
	}
	return &outlet{r: r, going: none, apart: true}
}

// hand takes the tokens of a step. Before the old-th of its requests are those that had one of the step before too.
func (o *outlet) hand(step int, requests []int, old int, now time.Duration) {
	f := o.r.fronts[0]
	switch {
	case f.whole == nil:
		for _, i := range requests {
			o.r.emit(i, now)
		}
		o.r.fronts.Serve(now)
		return
	case len(requests) == 0:
		return
	case f.quiet() && len(requests) <= waveSize:
		o.whole(step, requests, old)
	default:
		o.byOne(requests)
	}
	o.begun = f.start(now)
}

// whole has the tokens of a step go out at one instant.
func (o *outlet) whole(step int, requests []int, old int) {
	if o.apart {
		old = 0
	}
	o.going, o.apart = step, false
	o.fresh, o.over = append(o.fresh[:0], requests[old:]...), o.over[:0]
	o.r.fronts[0].add(requests, len(requests))
}

// byOne has each request take its token by itself, and puts those in line that do not wait there already.
func (o *outlet) byOne(requests []int) {
	o.part()
	o.joins = o.joins[:0]
	for _, i := range requests {
		o.settle(i)
		s := &o.r.streams[i]
		if s.made == s.given {
			o.joins = append(o.joins, i)
		}
		s.made++
	}
	o.apart = true
	o.r.fronts[0].add(o.joins, len(requests))
}

// part has the tokens that are going out whole go out one by one.
func (o *outlet) part() {
	if o.going == none {
		return
	}
	o.r.fronts[0].each(func(i int) {
		o.settle(i)
		o.r.streams[i].made++
	})
	o.going, o.apart = none, true
}

// leave parts a request that is preempted from the others.
func (o *outlet) leave(i int) {
	o.part()
	o.settle(i)
}

// end tells that the token that was just handed over is a request's last.
func (o *outlet) end(i int) { o.over = append(o.over, i) }

// pass ends the turn of the API server that hand began, where that brings nothing but tokens and comes before the
// scheduler goes on and all else; else its clock is told. It reports whether the scheduler may go on without its clock.
func (o *outlet) pass(before time.Duration) bool {
	f := o.r.fronts[0]
	if o.begun {
		o.begun = false
		if o.going != none && len(o.over) == 0 && f.due < min(before, o.r.clk.Next()) {
			f.handOut()
		} else {
			f.clk.At(f.due, f.turned)
		}
	}
	return f.whole != nil
}

// given has the clients have the tokens that are going out whole; false: there are none.
func (o *outlet) given(at time.Duration) bool {
	if o.going == none {
		return false
	}
	o.went(o.going, at)
	o.going = none
	for _, i := range o.over {
		if o.settle(i) {
			o.r.ended(i)
		}
	}
	for _, i := range o.fresh {
		s := &o.r.streams[i]
		s.since = o.latest
		s.made++
		o.r.token(i, at)
	}
	return true
}

// went notes that a step went out whole.
func (o *outlet) went(step int, at time.Duration) {
	took := at - o.last
	n := len(o.longer)
	for n > 0 && o.longer[n-1].took <= took {
		n--
	}
	o.longer = append(o.longer[:n], gap{step, took})
	o.latest, o.last = step, at
}

// idle reports whether the next step of so many requests can go out whole, all of them with the one before, and nothing
// else is on its way.
func (o *outlet) idle(requests int) bool {
	f := o.r.fronts[0]
	return f.whole != nil && !f.turning && f.idle() && o.going == none && !o.apart && requests <= waveSize
}

// settle works out what steps that went out whole were to a request; false: its tokens do not go with the others'.
func (o *outlet) settle(i int) bool {
	s := &o.r.streams[i]
	if s.since == never {
		return false
	}
	for n := len(o.longer) - 1; n >= 0 && o.longer[n].step > s.since; n-- {
		s.gap = max(s.gap, o.longer[n].took)
	}
	s.made += o.latest - s.since
	s.given, s.last, s.since = s.made, o.last, never
	return true
}
