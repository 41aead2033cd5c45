package machine

import (
	"math"
	"slices"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
)

// A lockstep schedules as engine.Engine does, to the nanosecond, where no prompts share tokens and layers are of one
// kind. Then a block is found in the prefix cache only by the request that lost it when it was preempted: blocks are
// numbers, and a step is a sum over requests. A request that decodes takes one token in every step until its last, so
// the sum goes on by itself: only what comes, goes or is preempted is work. Its owner calls it from one goroutine.
type lockstep struct {
	clk      *clock.Agenda
	stepTime func(*engine.Step) engine.Timing
	outlet   *outlet
	budget   int
	maxSeqs  int
	free     freed

	rows    []row // of all requests
	waiting []int // of them; victims in front
	running []int // in order of admission; only the last may still be in prefill
	ends    []int // of each that runs: the step that samples its last token; never while that is not known
	nextEnd int   // no step that was not composed yet and is before this one is among them
	decodes decodes
	ahead   []pass
	step    engine.Step // that is composed
	steps   int
	gpuFree time.Duration
	due     time.Duration // as in engine.Engine, with the next two
	busy    bool
	waits   bool
	wakeF   func() // method values made once
	loopF   func()
}

// A row is one request.
type row struct {
	prompt, output int

	made     int // tokens when it was admitted
	known    int // tokens when it was admitted, of its prompt too: so many are prefill
	computed int // of them, in all steps that were scheduled
	latest   int // step that it was in, while it does not decode
	begins   int // the step that samples its first token since it was admitted; never while that is not known
	lost     int // the place in freed of its blocks, when it was preempted
}

const never = math.MaxInt // of a step

// The decodes are the sum of the requests of which each step takes the next token.
type decodes struct {
	n       int
	context int   // what they read, and the step's number for each of them
	phases  []int // how many take a new block in steps of a number, modulo a block's tokens
}

// A pass is a step that was scheduled and not yet processed; there are two at most.
type pass struct {
	index int
	end   time.Duration
	alone bool // it was composed when none was in flight
	ends  bool // it is somebody's last
}

// inStep reports whether a lockstep can serve these requests.
func (m Machine) inStep(requests []Served) bool {
	beside, _ := m.Beside(blockSize)
	return beside == (engine.Beside{}) && m.Budget >= m.MaxSeqs &&
		!slices.ContainsFunc(requests, func(s Served) bool {
			return s.Shared > 0 || s.Prompt < 1 || s.Output < 1 || s.Prompt+s.Output > m.Model.MaxPosition
		})
}

// inLockstep has a lockstep schedule.
func inLockstep(m Machine, r *replay, blocks int, seed uint64) {
	_, size := m.Beside(blockSize)
	l := &r.lockstep
	*l = lockstep{clk: r.clk, stepTime: r.stepTime(m, seed), outlet: newOutlet(r), budget: m.Budget, maxSeqs: m.MaxSeqs,
		free: freed{size: size, all: blocks - 1, plain: blocks - 1, lots: l.free.lots[:0]}, rows: sized(l.rows, len(r.out)),
		waiting: l.waiting[:0], running: l.running[:0], ends: l.ends[:0], ahead: l.ahead[:0], nextEnd: never}
	l.decodes.phases = make([]int, size)
	l.wakeF, l.loopF = l.wake, l.loop
	r.do = func(f func()) { f() }
	r.whole = l.outlet.given
	r.submit = func(i int) {
		l.rows[i] = row{prompt: r.out[i].Prompt, output: r.out[i].Output, latest: -1, lost: -1}
		l.submit(i)
	}
}

func (l *lockstep) submit(i int) {
	l.waiting = append(l.waiting, i)
	if !l.busy {
		l.busy = true
		l.clk.At(l.clk.Now(), l.wakeF)
	}
}

func (l *lockstep) wake() {
	l.due, l.waits = l.clk.Now(), false
	l.loop()
}

// loop processes steps and composes new ones, without a callback of its own for each while nothing else is due.
func (l *lockstep) loop() {
	for again := true; again; again = l.goOn() {
		if l.waits {
			l.stride()
			l.finish()
		}
		l.turn()
	}
}

// goOn reports whether the thread goes on before anything else happens; else a callback has it go on, if it does.
func (l *lockstep) goOn() bool {
	alone := l.outlet.pass(l.due) && l.due < l.clk.Next()
	if l.busy && !alone {
		l.clk.At(l.due, l.loopF)
	}
	return l.busy && alone
}

// stride takes steps in which each request that runs decodes one token, which the API server hands out before anything
// else happens: as finish, turn and goOn would, without looking at any request. The first other step is left to them.
func (l *lockstep) stride() {
	n := len(l.running)
	if !l.strides(n) {
		return
	}
	front, next := l.outlet.r.fronts[0], l.clk.Next()
	handing := front.handing(n)
	l.step = engine.Step{Decodes: n, Tokens: n, Sampled: n}
	for l.steps < l.nextEnd {
		need := l.decodes.phases[l.steps%l.free.size]
		if need > l.free.all {
			return
		}
		l.step.Index, l.step.Scheduled, l.step.Context = l.steps, l.due, l.decodes.context+n*l.steps
		took, out := l.stepTime(&l.step), l.due+handing
		due := max(l.due+took.Hold, l.ahead[1].end)
		if out >= min(due, next) || due >= next {
			return
		}
		l.outlet.went(l.ahead[0].index, out)
		front.cpu += handing
		l.free.take(need)
		l.gpuFree = max(l.due+took.Host, l.gpuFree) + max(took.GPU, 1)
		l.ahead[0], l.ahead[1] = l.ahead[1], pass{index: l.steps, end: l.gpuFree}
		l.due = due
		l.steps++
	}
}

// strides reports whether the n that run decode, and did in the steps in flight; nobody can be admitted, and the API
// server has nothing to do.
func (l *lockstep) strides(n int) bool {
	if n == 0 || l.decodes.n < n || len(l.ahead) < 2 || !l.outlet.idle(n) ||
		l.rows[l.running[n-1]].begins >= l.ahead[0].index {
		return false
	}
	if len(l.waiting) == 0 || n == l.maxSeqs {
		return true
	}
	first := &l.rows[l.waiting[0]]
	return first.latest < l.ahead[0].index && l.free.blocks(first.prompt+first.made) > l.free.all
}

// turn composes and launches a step, as engine.Engine does.
func (l *lockstep) turn() {
	now := l.due
	composed := l.schedule()
	if composed {
		took := l.stepTime(&l.step)
		l.due = now + took.Hold
		l.gpuFree = max(now+took.Host, l.gpuFree) + max(took.GPU, 1)
		l.ahead = append(l.ahead, pass{l.steps, l.gpuFree, len(l.ahead) == 0, l.close()})
		l.steps++
	}
	l.waits = !composed || len(l.ahead) == 2
	if l.busy = len(l.ahead) > 0; l.busy && l.waits {
		l.due = max(l.due, l.ahead[0].end)
	}
}

// close takes those out of the decodes whose last token the composed step samples, and reports whether there are any.
func (l *lockstep) close() bool {
	if l.nextEnd > l.steps {
		return false
	}
	l.nextEnd = never
	last := false
	for k, end := range l.ends {
		switch {
		case end > l.steps:
			l.nextEnd = min(l.nextEnd, end)
		case end == l.steps:
			last = true
			if r := &l.rows[l.running[k]]; r.begins < end {
				l.decodes.count(r, -1)
			}
		}
	}
	return last
}

// finish processes the oldest step in flight.
func (l *lockstep) finish() {
	p := l.ahead[0]
	l.ahead[0] = l.ahead[len(l.ahead)-1]
	l.ahead = l.ahead[:len(l.ahead)-1]
	sampled := len(l.running)
	for sampled > 0 && l.rows[l.running[sampled-1]].begins > p.index {
		sampled--
	}
	old := sampled
	for old > 0 && l.rows[l.running[old-1]].begins == p.index {
		old--
	}
	l.outlet.hand(p.index, l.running[:sampled], old, l.due)
	if p.ends {
		l.end(p.index)
	}
}

// end takes the requests out whose last token a step sampled.
func (l *lockstep) end(step int) {
	for k := 0; k < len(l.ends); k++ {
		if l.ends[k] != step {
			continue
		}
		i := l.running[k]
		r := &l.rows[i]
		computed := r.prompt + r.output - 1
		l.free.restore(r, computed, computed)
		l.outlet.end(i)
		l.running, l.ends = slices.Delete(l.running, k, k+1), slices.Delete(l.ends, k, k+1)
		k--
	}
}

// schedule composes the next step: running requests first; then waiting ones, unless one was preempted. False: nothing
// can run.
func (l *lockstep) schedule() bool {
	l.step = engine.Step{Index: l.steps, Scheduled: l.due}
	left := l.resume()
	if l.step.Preempted == 0 {
		l.admit(left)
	}
	return l.step.Tokens > 0 || l.step.Preempted > 0 && l.schedule()
}

// resume gives running requests their next tokens and returns what is left of the budget, which is enough for all that
// decode. A request without room preempts from the tail, in the end itself.
func (l *lockstep) resume() (left int) {
	s, d := &l.step, &l.decodes
	if need := d.phases[s.Index%l.free.size]; need <= l.free.all {
		l.free.take(need)
	} else {
		l.squeeze()
	}
	s.Decodes, s.Tokens, s.Sampled, s.Context = d.n, d.n, d.n, d.context+d.n*s.Index
	left = l.budget - d.n
	tail := len(l.running) - 1
	if tail < 0 || left == 0 || l.rows[l.running[tail]].begins < never {
		return left
	}
	r := &l.rows[l.running[tail]]
	n := min(r.known-r.computed, left)
	if !l.free.grow(r.computed, n) {
		l.preempt(tail)
		return left
	}
	l.add(r, n)
	return left - n
}

// squeeze gives those that decode their blocks one by one, while there are any.
func (l *lockstep) squeeze() {
	k := 0
	for k < len(l.running) { // fewer and fewer
		if l.decoding(k) && l.rows[l.running[k]].reached(l.steps-1)%l.free.size == 0 {
			for l.free.all == 0 && k < len(l.running) {
				l.preempt(len(l.running) - 1)
			}
			if k < len(l.running) {
				l.free.take(1)
			}
		}
		k++
	}
}

// preempt puts the request at the tail of running in front of the queue; all it has computed must be computed again.
func (l *lockstep) preempt(tail int) {
	i := l.running[tail]
	r := &l.rows[i]
	if l.decoding(tail) {
		l.decodes.count(r, -1)
	}
	l.running, l.ends = l.running[:tail], l.ends[:tail]
	computed, named := r.computed, r.computed
	if r.begins < never {
		r.latest = l.steps - 1
		computed = r.reached(r.latest)
		named = computed
		if len(l.ahead) > 0 && !l.ahead[0].alone {
			named = max(r.known, computed-1) // the token before was not sampled yet when it was last looked at
		}
		if processed := l.steps - len(l.ahead); processed > r.begins {
			r.made += processed - r.begins
			l.outlet.leave(i)
		}
	}
	l.free.restore(r, computed, named)
	l.step.Preempted++
	l.waiting = slices.Insert(l.waiting, 0, i)
}

// admit lets waiting requests in, in order; one that does not fit blocks all behind it. A victim whose step is still in
// flight stands aside.
func (l *lockstep) admit(left int) {
	processed := l.steps - len(l.ahead)
	for k := 0; k < len(l.waiting) && left > 0 && len(l.running) < l.maxSeqs; {
		i := l.waiting[k]
		r := &l.rows[i]
		if r.latest >= processed {
			k++
			continue
		}
		if l.free.blocks(r.prompt+r.made) > l.free.all {
			return
		}
		l.running, l.ends = append(l.running, i), append(l.ends, never)
		if k == 0 && len(l.waiting) > 1 {
			l.waiting = l.waiting[1:]
		} else { // one that is alone leaves the queue its memory
			l.waiting = slices.Delete(l.waiting, k, k+1)
		}
		l.free.find(r)
		n := min(r.known-r.computed, left)
		l.free.grow(r.computed, n)
		l.add(r, n)
		left -= n
	}
}

// add puts n tokens of a request's prefill into the step, of the last one that runs.
func (l *lockstep) add(r *row, n int) {
	s, start := &l.step, r.computed
	if n == 1 && start >= r.prompt {
		s.Decodes++
		s.Context += start + 1
	} else {
		s.Prefills++
		s.PrefillTokens += n
		s.Attended += float64(n) * (float64(start) + float64(n+1)/2)
	}
	s.Tokens += n
	r.computed += n
	r.latest = s.Index
	if r.computed < r.known {
		return
	}
	s.Sampled++
	end := s.Index + r.output - r.made - 1
	r.begins, l.ends[len(l.ends)-1], l.nextEnd = s.Index, end, min(l.nextEnd, end)
	if end > r.begins {
		l.decodes.count(r, 1)
	}
}

// decoding reports whether the step to be composed takes the next token of the k-th that runs.
func (l *lockstep) decoding(k int) bool {
	return l.rows[l.running[k]].begins < l.steps && l.steps <= l.ends[k]
}

// reached is how many tokens it has computed with a step in which it decodes or begins to.
func (r *row) reached(step int) int { return r.known + step - r.begins }

// count adds a request from the step after it began on, or takes it out.
func (d *decodes) count(r *row, sign int) {
	d.n += sign
	offset := r.known - r.begins
	d.context += sign * offset
	size := len(d.phases)
	d.phases[((1-offset)%size+size)%size] += sign
}

// A freed is the free blocks: those that nobody could find, which are used first; then those that requests gave back,
// in that order, of each the last first.
type freed struct {
	size  int // of a block, in tokens
	all   int
	plain int
	lots  []int // blocks of each request that gave some back
	first int   // of the lots that has some
}

// grow gives a request that has computed so many tokens the blocks for n more, or returns false.
func (f *freed) grow(computed, n int) bool {
	need := f.blocks(computed+n) - f.blocks(computed)
	if need > f.all {
		return false
	}
	f.take(need)
	return true
}

func (f *freed) take(n int) {
	f.all -= n
	plain := min(n, f.plain)
	f.plain -= plain
	for n -= plain; n > 0; {
		some := min(n, f.lots[f.first])
		n -= some
		if f.lots[f.first] -= some; n > 0 {
			f.first++
		}
	}
}

// restore takes the blocks of a request's computed tokens back, of which the prefix cache knows the named ones.
func (f *freed) restore(r *row, computed, named int) {
	blocks, known := f.blocks(computed), named/f.size
	f.all += blocks
	f.plain += blocks - known
	f.lots = append(f.lots, known)
	r.lost = len(f.lots) - 1
}

// find begins a request with those of its blocks that are still free, short of its last token, which must be computed.
func (f *freed) find(r *row) {
	hits := 0
	r.known, r.begins = r.prompt+r.made, never
	if r.lost >= 0 {
		hits = min(f.lots[r.lost], (r.known-1)/f.size)
		f.lots[r.lost] -= hits
		f.all -= hits
	}
	r.computed = hits * f.size
}

func (f *freed) blocks(tokens int) int { return (tokens + f.size - 1) / f.size }
