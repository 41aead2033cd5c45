package simulator

import "time"

// A front is vLLM's API server: one Python process that takes requests in and hands tokens out, one after the other. When the
// engine makes them faster, they queue here (seen on an H100 at 13,500 tokens/s: clients had 19 ms between tokens, the engine 14).
// Up to a wave of tokens is released together, as the event loop does it (VLLM_V1_OUTPUT_PROC_CHUNK_SIZE). Guarded by the
// engine's lock.
type front struct {
	s    *Server
	line []*choice     // one entry per token, in order
	wave []*choice     // being handed out
	due  time.Duration // when the wave is out; on the wall clock it may be late, which does not add up
	cpu  time.Duration
	free func() // a method value made once
}

const waveSize = 128

// add puts a new token of c in line. Where handing out costs nothing it is done at once.
func (f *front) add(c *choice) {
	if f.s.set.profile.Chunk == 0 {
		c.release(c.sent+1, c.Last)
		return
	}
	f.line = append(f.line, c)
}

// serve begins the next wave, unless one is on its way. The engine's step has ended: all of its tokens are in line.
func (f *front) serve(now time.Duration) {
	n := min(waveSize, len(f.line))
	if n == 0 || len(f.wave) > 0 {
		return
	}
	f.wave = append(f.wave, f.line[:n]...)
	f.line = append(f.line[:0], f.line[n:]...)
	took := time.Duration(n) * f.s.set.profile.Chunk
	f.cpu += took
	f.due = now + took
	f.s.clk.AfterFunc(f.due, f.free)
}

// release hands out a wave's tokens.
func (f *front) release() {
	f.s.engine.Do(func() {
		for i, c := range f.wave {
			f.wave[i] = nil
			c.release(c.sent+1, f.due)
		}
		f.wave = f.wave[:0]
		f.serve(f.due)
	})
}

// accept is how long the API server has a prompt before the engine gets it: HTTP, the chat template and the tokenizer.
func (f *front) accept(tokens int) time.Duration {
	took := f.s.set.profile.Accept + time.Duration(tokens)*f.s.set.profile.AcceptToken
	f.cpu += took
	return took
}
