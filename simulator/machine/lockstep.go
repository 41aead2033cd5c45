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
// numbers, and a step is a sum over requests. Its owner calls it from one goroutine.
type lockstep struct {
	clk      *clock.Agenda
	stepTime func(*engine.Step) engine.Timing
	emit     func(i int, now time.Duration) // a token of the i-th request
	handed   func(now time.Duration)        // all tokens of a step
	budget   int
	maxSeqs  int
	free     freed

	waiting []row // victims in front
	running []row // in order of admission
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
	i, prompt, output int

	made     int // tokens
	known    int // tokens when it was admitted: so many are prefill
	computed int // tokens, of all steps that were scheduled
	named    int // leading tokens that the prefix cache knows in whole blocks
	blocks   int
	begins   int // the step that samples its first token since it was admitted
	latest   int // step that it is in
	lost     int // the place in freed of its blocks, when it was preempted
}

// A pass is a step that was scheduled and not yet processed; there are two at most.
type pass struct {
	index int
	end   time.Duration
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
	l := &lockstep{clk: r.clk, stepTime: m.StepTime(seed), emit: r.emit, budget: m.Budget, maxSeqs: m.MaxSeqs,
		free: freed{size: size, all: blocks - 1, plain: blocks - 1}, handed: func(now time.Duration) { r.fronts.Serve(now) }}
	l.wakeF, l.loopF = l.turn, l.loop
	r.do = func(f func()) { f() }
	r.submit = func(i int) {
		l.submit(row{i: i, prompt: r.out[i].Prompt, output: r.out[i].Output, latest: -1, lost: -1})
	}
}

func (l *lockstep) submit(r row) {
	l.waiting = append(l.waiting, r)
	if !l.busy {
		l.busy = true
		l.clk.At(l.clk.Now(), l.wakeF)
	}
}

func (l *lockstep) loop() {
	if l.waits {
		l.finish()
	}
	l.turn()
}

// turn composes and launches a step, as engine.Engine does.
func (l *lockstep) turn() {
	now := l.clk.Now()
	l.due = now
	composed := l.schedule()
	if composed {
		took := l.stepTime(&l.step)
		l.due = now + took.Hold
		l.gpuFree = max(now+took.Host, l.gpuFree) + max(took.GPU, 1)
		l.ahead = append(l.ahead, pass{l.steps, l.gpuFree})
		l.steps++
	}
	l.waits = !composed || len(l.ahead) == 2
	if l.busy = len(l.ahead) > 0; !l.busy {
		return
	}
	if l.waits {
		l.due = max(l.due, l.ahead[0].end)
	}
	l.clk.At(l.due, l.loopF)
}

// finish processes the oldest step in flight.
func (l *lockstep) finish() {
	p := l.ahead[0]
	l.ahead = append(l.ahead[:0], l.ahead[1:]...)
	ended := false
	for k := range l.running {
		r := &l.running[k]
		if p.index < r.begins {
			continue
		}
		r.made++
		r.name(r.computed - (r.latest - p.index))
		if r.made == r.output {
			l.free.restore(r)
			ended = true
		}
		l.emit(r.i, l.due)
	}
	if ended {
		l.running = slices.DeleteFunc(l.running, func(r row) bool { return r.made == r.output })
	}
	l.handed(l.due)
}

// schedule composes the next step: running requests first; then waiting ones, unless one was preempted. False: nothing
// can run.
func (l *lockstep) schedule() bool {
	l.step = engine.Step{Index: l.steps, Scheduled: l.clk.Now()}
	left := l.resume(l.budget)
	if l.step.Preempted == 0 {
		l.admit(left)
	}
	return l.step.Tokens > 0 || l.step.Preempted > 0 && l.schedule()
}

// resume gives running requests their next tokens and returns what is left of the budget. A request without room
// preempts from the tail, in the end itself.
func (l *lockstep) resume(left int) int {
	for k := 0; k < len(l.running) && left > 0; k++ {
		r := &l.running[k]
		n := min(r.wanted(), left)
		if n == 0 {
			continue
		}
		for !l.free.grow(r, n) {
			tail := len(l.running) - 1
			l.preempt(tail)
			if tail == k {
				return left
			}
		}
		l.add(r, n)
		left -= n
	}
	return left
}

// preempt puts the request at the tail of running in front of the queue; all it has computed must be computed again.
func (l *lockstep) preempt(tail int) {
	victim := l.running[tail]
	l.running = l.running[:tail]
	l.free.restore(&victim)
	l.step.Preempted++
	l.waiting = slices.Insert(l.waiting, 0, victim)
}

// admit lets waiting requests in, in order; one that does not fit blocks all behind it. A victim whose step is still in
// flight stands aside.
func (l *lockstep) admit(left int) {
	processed := l.steps - len(l.ahead)
	for k := 0; k < len(l.waiting) && left > 0 && len(l.running) < l.maxSeqs; {
		if l.waiting[k].latest >= processed {
			k++
			continue
		}
		if l.free.blocks(l.waiting[k].prompt+l.waiting[k].made) > l.free.all {
			return
		}
		l.running = append(l.running, l.waiting[k])
		if k == 0 {
			l.waiting = l.waiting[1:]
		} else {
			l.waiting = slices.Delete(l.waiting, k, k+1)
		}
		r := &l.running[len(l.running)-1]
		l.free.find(r)
		n := min(r.wanted(), left)
		l.free.grow(r, n)
		l.add(r, n)
		left -= n
	}
}

// add puts n tokens of a request into the step.
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
	r.name(r.computed)
	if r.computed >= r.known {
		r.begins = min(r.begins, s.Index)
		s.Sampled++
	}
}

// wanted is how many tokens it could take: none when a step in flight certainly samples its last.
func (r *row) wanted() int {
	if r.computed < r.known {
		return r.known - r.computed
	}
	return min(1, r.prompt+r.output-1-r.computed)
}

// name has the prefix cache know its first tokens.
func (r *row) name(upto int) { r.named = max(r.named, min(upto, r.prompt+r.made)) }

// A freed is the free blocks: those that nobody could find, which are used first; then those that requests gave back,
// in that order, of each the last first.
type freed struct {
	size  int // of a block, in tokens
	all   int
	plain int
	lots  []int // blocks of each request that gave some back
	first int   // of the lots that has some
}

// grow gives a request the blocks for n tokens more, or returns false.
func (f *freed) grow(r *row, n int) bool {
	need := f.blocks(r.computed+n) - r.blocks
	if need > f.all {
		return false
	}
	if need > 0 {
		r.blocks += need
		f.take(need)
	}
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

// restore takes a request's blocks back, of which the prefix cache knows some.
func (f *freed) restore(r *row) {
	known := r.named / f.size
	f.all += r.blocks
	f.plain += r.blocks - known
	f.lots = append(f.lots, known)
	r.lost, r.blocks = len(f.lots)-1, 0
}

// find begins a request with those of its blocks that are still free, short of its last token, which must be computed.
func (f *freed) find(r *row) {
	hits := 0
	r.known, r.begins = r.prompt+r.made, math.MaxInt
	if r.lost >= 0 {
		hits = min(f.lots[r.lost], (r.known-1)/f.size)
		f.lots[r.lost] -= hits
		f.all -= hits
	}
	r.blocks, r.computed, r.named = hits, hits*f.size, hits*f.size
}

func (f *freed) blocks(tokens int) int { return (tokens + f.size - 1) / f.size }
