package machine

import "time"

// An outlet hands the tokens of a lockstep's steps to a replay's API servers. Where there is one and it has nothing to
// hand out, all tokens of a step go to their clients at one instant, and only that is kept: what it is to a request is
// worked out when it ends, or when its tokens part from the others'.
type outlet struct {
	r     *replay
	at    []time.Duration // when the clients got the tokens of a step that went out whole
	going int             // the step that is going out whole; none
	over  []int           // requests whose last token is in it
	begun bool            // a turn of the API server of which its clock does not know yet
	joins []int           // scratch of hand
}

const none = -1

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
		o.join(step, requests[old:])
		f.add(requests, len(requests))
		o.going, o.over = step, o.over[:0]
	default:
		o.part()
		o.join(step, requests[old:])
		f.add(o.apart(step, requests), len(requests))
	}
	o.begun = f.start(now)
}

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

// join begins with requests that had no token of the step before.
func (o *outlet) join(step int, requests []int) {
	for _, i := range requests {
		s := &o.r.streams[i]
		o.settle(i, s.left)
		s.settled = step - 1
	}
}

// apart has each request take its token by itself and returns those that are not yet in line.
func (o *outlet) apart(step int, requests []int) []int {
	o.joins = o.joins[:0]
	for _, i := range requests {
		s := &o.r.streams[i]
		if s.settled < step-1 {
			o.settle(i, step-1)
		}
		s.settled = step
		if s.made == s.given {
			o.joins = append(o.joins, i)
		}
		s.made++
	}
	return o.joins
}

// leave tells the last step that sampled a token of a request before it was preempted.
func (o *outlet) leave(i, step int) { o.r.streams[i].left = step }

// end tells that a token that was just handed over is a request's last.
func (o *outlet) end(i int) { o.over = append(o.over, i) }

// part has the tokens that are going out whole go out one by one.
func (o *outlet) part() {
	if o.going == none {
		return
	}
	o.r.fronts[0].each(func(i int) {
		o.settle(i, o.going-1)
		s := &o.r.streams[i]
		s.settled = o.going
		s.made++
	})
	o.going = none
}

// given has the clients have the tokens that are going out whole; false: there are none.
func (o *outlet) given(at time.Duration) bool {
	if o.going == none {
		return false
	}
	step := o.going
	for len(o.at) < step {
		o.at = append(o.at, 0)
	}
	o.at, o.going = append(o.at, at), none
	for _, i := range o.over {
		o.settle(i, step)
		o.r.ended(i)
	}
	return true
}

// settle works out what the steps up to one that went out whole were to a request.
func (o *outlet) settle(i, step int) {
	s := &o.r.streams[i]
	from := s.settled + 1
	if from > step {
		return
	}
	s.settled = step
	if s.given == 0 {
		o.r.out[i].First, s.last = o.at[from], o.at[from]
	}
	last, gap := s.last, s.gap
	for _, at := range o.at[from : step+1] {
		gap, last = max(gap, at-last), at
	}
	s.last, s.gap = last, gap
	s.made += step + 1 - from
	s.given = s.made
}
