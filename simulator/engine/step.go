package engine

import "time"

// A Step is one forward pass: what was scheduled in it, when it ran, and how the engine stood after its outputs.
type Step struct {
	Index      int           // 0 for the first
	Scheduled  time.Duration // when the scheduler composed it
	Start, End time.Duration // on the GPU
	Out        time.Duration // when its outputs were handed out

	Tokens        int     // scheduled in all, at most the budget
	Decodes       int     // requests that get one token more
	Prefills      int     // requests of which a chunk of prompt, or of what a preemption lost, is computed
	PrefillTokens int     // tokens of these chunks
	Sampled       int     // requests that sample a token
	Context       int     // tokens of KV that the decodes read
	Windowed      int     // … of it in layers that see a window
	Attended      float64 // query × key pairs of the prefills: Σ n·(start + (n+1)/2)
	Near          float64 // … of them in layers that see a window
	Preempted     int     // victims of this scheduling

	Generated int // tokens handed out
	Prompt    int // prompt tokens of the requests whose first token this is, without the cached ones

	Running, Waiting, Used int // after the outputs: requests and blocks

	items  []item
	window int // Config.Beside.Window
}

// An item is the share of one request in a step.
type item struct {
	r       *Request
	n       int
	epoch   int
	sampled bool
}

func (e *Engine) newStep() *Step {
	if n := len(e.spare); n > 0 {
		s := e.spare[n-1]
		e.spare = e.spare[:n-1]
		*s = Step{items: s.items[:0], window: e.cfg.Beside.Window}
		return s
	}
	return &Step{window: e.cfg.Beside.Window}
}

func (e *Engine) recycle(s *Step) {
	clear(s.items)
	e.spare = append(e.spare, s)
}

// add gives n tokens of s to r, beginning at r.computed. Subtle: counters go up here, before the step has run, so that
// the next step can be composed on top of it.
func (s *Step) add(r *Request, n int) {
	s.count(r, n, 1)
	r.computed += n
	r.inFlight++
	it := item{r: r, n: n, epoch: r.epoch, sampled: r.computed >= r.tokens()+r.placeholders}
	if it.sampled {
		r.placeholders++
		s.Sampled++
	}
	s.items = append(s.items, it)
}

// take takes r's share, if it has one, out of s again and returns its tokens: r is preempted before the step has run.
func (s *Step) take(r *Request) (n int) {
	for i, it := range s.items {
		if it.r != r {
			continue
		}
		r.computed -= it.n
		r.inFlight--
		s.count(r, it.n, -1)
		if it.sampled {
			s.Sampled--
		}
		s.items = append(s.items[:i], s.items[i+1:]...)
		return it.n
	}
	return 0
}

// count adds or takes away what n tokens of r are to the step's length.
func (s *Step) count(r *Request, n, sign int) {
	start := r.computed
	if n == 1 && start >= r.Prompt {
		s.Decodes += sign
		s.Context += sign * (start + 1)
		s.Windowed += sign * min(start+1, s.window)
	} else {
		s.Prefills += sign
		s.PrefillTokens += sign * n
		s.Attended += float64(sign*n) * (float64(start) + float64(n+1)/2)
		s.Near += float64(sign) * near(start, n, s.window)
	}
	s.Tokens += sign * n
}

// near counts query × key pairs within a window: Σ min(start + i, window) for i from 1 to n.
func near(start, n, window int) float64 {
	whole := min(max(0, window-start), n) // queries that still see all before them
	return float64(whole)*(float64(start)+float64(whole+1)/2) + float64(n-whole)*float64(window)
}
