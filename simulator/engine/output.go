package engine

// output hands the sampled tokens of s to their requests (scheduler.py, update_from_output).
func (e *Engine) output(s *Step) {
	ended := false
	for i := range s.items {
		it := &s.items[i]
		r := it.r
		r.inFlight--
		if !it.sampled || it.epoch != r.epoch || r.Finish != Unfinished {
			continue
		}
		e.token(s, r)
		ended = ended || r.Finish != Unfinished
		r.Emit(r)
	}
	if ended {
		e.sweep()
	}
}

func (e *Engine) token(s *Step, r *Request) {
	r.placeholders--
	r.Generated++
	s.Generated++
	if r.Generated == 1 {
		r.First = e.now
		s.Prompt += r.Prompt - r.Cached
	}
	r.Last = e.now
	e.name(r, min(r.computed-r.placeholders, r.tokens()))
	switch {
	case r.Generated == r.EOS:
		r.Finish = Stop
	case r.Generated >= r.MaxTokens || r.tokens() >= e.cfg.MaxModelLen:
		r.Finish = Length
	default:
		return
	}
	e.free(r)
}

// sweep takes finished requests out of running.
func (e *Engine) sweep() {
	kept := e.running[:0]
	for _, r := range e.running {
		if r.Finish == Unfinished {
			kept = append(kept, r)
		}
	}
	clear(e.running[len(kept):])
	e.running = kept
}
