package machine

import "time"

// An outlet hands the tokens of steps to a replay's API servers. Where there is one and it has nothing to hand out, all
// tokens of a step go to their clients at one instant, and only that is kept: what it is to a request is worked out
// when it ends, or when its tokens part from the others'.
type outlet struct {
	r     *replay
	at    []time.Duration // when the clients got the tokens of a step that went out whole
	spans []span          // of each request
	going int             // the step that is going out whole; none
	over  []int           // requests whose last token is in it
}

const none = -1

// A span is the steps whose tokens of one request went out whole and are not yet worked out: those after done.
type span struct {
	done int
	last int // step that sampled a token of it before it was preempted
}

func newOutlet(r *replay) *outlet {
	o := &outlet{r: r, going: none, spans: make([]span, len(r.out))}
	for i := range o.spans {
		o.spans[i] = span{none, none}
	}
	return o
}

// hand takes the tokens of a step: of requests that had one of the step before too, up to the old ones, then of others.
// Some of them are over with it.
func (o *outlet) hand(step int, requests []int, old int, over []int, now time.Duration) {
	whole := len(o.r.fronts) == 1 && o.r.fronts[0].addAll(requests)
	if !whole {
		o.part()
	}
	for _, i := range requests[old:] {
		o.settle(i, o.spans[i].last)
		o.spans[i].done = step - 1
	}
	if whole {
		o.going, o.over = step, append(o.over[:0], over...)
	} else {
		for _, i := range requests {
			o.settle(i, step-1)
			o.spans[i].done = step
			o.r.emit(i, now)
		}
	}
	o.r.fronts.Serve(now)
}

// leave tells the last step that sampled a token of a request before it was preempted.
func (o *outlet) leave(i, step int) { o.spans[i].last = step }

// part has the tokens that are going out whole go out one by one.
func (o *outlet) part() {
	if o.going == none {
		return
	}
	o.r.fronts[0].each(func(i int) {
		o.settle(i, o.going-1)
		o.spans[i].done = o.going
		s := &o.r.streams[i]
		s.made++
		s.waits = true
	})
	o.going = none
}

// given has the clients have the tokens that are going out whole; false: there are none.
func (o *outlet) given(at time.Duration) bool {
	if o.going == none {
		return false
	}
	o.at = append(o.at, make([]time.Duration, o.going+1-len(o.at))...)
	o.at[o.going] = at
	step := o.going
	o.going = none
	for _, i := range o.over {
		o.settle(i, step)
		o.r.ended(i)
	}
	return true
}

// settle works out what the steps up to one that went out whole were to a request.
func (o *outlet) settle(i, step int) {
	from := o.spans[i].done + 1
	if from > step {
		return
	}
	o.spans[i].done = step
	s, of := &o.r.out[i], &o.r.streams[i]
	if of.given == 0 {
		s.First, s.Last = o.at[from], o.at[from]
	}
	last, gap := s.Last, s.Gap
	for _, at := range o.at[from : step+1] {
		gap, last = max(gap, at-last), at
	}
	s.Last, s.Gap = last, gap
	of.made += step + 1 - from
	of.given = of.made
}
