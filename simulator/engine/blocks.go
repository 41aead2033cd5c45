package engine

// grow gives a running request the blocks for n tokens more (kv_cache_manager.py, allocate_slots), or returns false.
func (e *Engine) grow(r *Request, n int) bool {
	if !e.extend(r, r.computed+n, n) {
		return false
	}
	e.name(r, min(r.computed+n, r.tokens()))
	return true
}

// place gives a waiting request its cached blocks and those for its first n tokens, or returns false. There must be
// room for all it knows of (scheduler_reserve_full_isl), and for the watermark when others run.
func (e *Engine) place(r *Request, n int, hits []int32) bool {
	idle := 0 // hits that lie in the free list: using them takes from it
	for _, b := range hits {
		if e.pool.blocks[b].refs == 0 {
			idle++
		}
	}
	whole := e.span(r.tokens()) - len(hits) + idle + e.beside(r.tokens(), min(r.tokens(), e.cfg.Budget))
	kept := 0
	if len(e.running) > 0 {
		kept = int(e.cfg.Watermark * float64(e.cfg.Blocks))
	}
	if whole+kept > e.pool.free {
		return false
	}
	for _, b := range hits {
		e.pool.touch(b)
	}
	if n := len(e.lists); r.blocks == nil && n > 0 {
		r.blocks, e.lists = e.lists[n-1], e.lists[:n-1]
	}
	r.blocks = append(r.blocks[:0], hits...)
	r.named, r.computed = len(hits), len(hits)*e.cfg.BlockSize
	return e.grow(r, n)
}

// extend makes r's blocks reach over its first upto tokens, n of them computed in this step.
func (e *Engine) extend(r *Request, upto, n int) bool {
	if upto <= len(r.blocks)*e.cfg.BlockSize && e.alone {
		return true
	}
	need, beside := e.span(upto)-len(r.blocks), e.beside(upto, n)-len(r.beside)
	if max(0, need)+beside > e.pool.free {
		return false
	}
	for ; beside < 0; beside++ { // what has left the window
		last := len(r.beside) - 1
		e.pool.release(r.beside[last])
		r.beside = r.beside[:last]
	}
	for range need {
		r.blocks = append(r.blocks, e.pool.take())
	}
	for range beside {
		r.beside = append(r.beside, e.pool.take())
	}
	return true
}

func (e *Engine) beside(tokens, n int) int {
	if e.alone {
		return 0
	}
	return e.cfg.Beside.blocks(e.span(tokens), min(tokens, e.cfg.MaxModelLen), n)
}

// span is the number of blocks that hold so many tokens.
func (e *Engine) span(tokens int) int {
	return (min(tokens, e.cfg.MaxModelLen) + e.cfg.BlockSize - 1) / e.cfg.BlockSize
}

// name puts the full blocks among r's first upto tokens into the prefix cache. Subtle: this happens when a step is
// scheduled, not when it has run, so a sibling later in the same step can already hit them.
func (e *Engine) name(r *Request, upto int) {
	if !e.cfg.PrefixCaching {
		return
	}
	for ; (r.named+1)*e.cfg.BlockSize <= upto; r.named++ {
		e.pool.name(r.blocks[r.named], r.hash(r.named))
	}
}

// lookup finds the longest cached prefix of r, in whole blocks and short of its last token: one at least must be
// computed.
func (e *Engine) lookup(r *Request) []int32 {
	e.hits = e.hits[:0]
	if !e.cfg.PrefixCaching || r.NoLookup {
		return e.hits
	}
	for i := range (r.tokens() - 1) / e.cfg.BlockSize {
		b, _ := e.pool.find(r.hash(i))
		if b == 0 {
			break
		}
		e.hits = append(e.hits, b)
	}
	return e.hits
}

// free gives r's blocks back, the last first, so that the tail of a sequence is evicted before its head.
func (e *Engine) free(r *Request) {
	for i := len(r.blocks) - 1; i >= 0; i-- {
		e.pool.release(r.blocks[i])
	}
	for _, b := range r.beside {
		e.pool.release(b)
	}
	r.blocks, r.beside, r.named = r.blocks[:0], r.beside[:0], 0
	if r.Finish != Unfinished && r.blocks != nil {
		r.blocks, e.lists = nil, append(e.lists, r.blocks)
	}
}
