package engine

import "time"

// A Request is one sequence. The caller sets the first group; the engine sets the second, which is the truth about the
// request and which the caller only reads.
type Request struct {
	Prompt    int // tokens, at least 1
	MaxTokens int // output tokens at which it is cut, at least 1
	EOS       int // the output token with which the model ends by itself; 0: never
	Priority  int // with Config.Priority: the smaller goes first
	// its prompt is not looked for in the prefix cache, though it fills it (skip_reading_prefix_cache)
	NoLookup bool
	Hashes   []uint64           // of the prompt's full blocks: each covers the whole prefix up to its end
	Tail     func(i int) uint64 // the hash of block i once generated tokens have filled it; nil: like no other's
	Emit     func(r *Request)   // called under the engine's lock for each token, at its instant

	Arrived time.Duration // when Submit was called
	// when the scheduler first saw it: between two steps, at the end of the one that ran when it arrived
	Queued      time.Duration
	Admitted    time.Duration // when the first step with it was scheduled; -1 before
	First, Last time.Duration // of its tokens so far
	Generated   int           // tokens so far
	Cached      int           // prompt tokens found in the prefix cache when first admitted
	Preemptions int
	Finish      Finish

	id           uint64
	computed     int // tokens whose KV exists, or will when the steps in flight have run
	placeholders int // tokens that steps in flight will sample
	inFlight     int // steps in flight that hold it
	epoch        int // goes up with each preemption: outputs of an earlier epoch are stale
	named        int // leading blocks that carry a hash
	blocks       []int32
	beside       []int32 // those of other kinds of layers
}

// A Finish is why a request ended.
type Finish uint8

// Reasons to end.
const (
	Unfinished Finish = iota
	Length            // MaxTokens or the model's length
	Stop              // EOS
	Aborted           // the caller's Abort
)

// String is vLLM's finish_reason.
func (f Finish) String() string { return [...]string{"", "length", "stop", "abort"}[f] }

func (r *Request) tokens() int { return r.Prompt + r.Generated }

// hash of block i.
func (r *Request) hash(i int) uint64 {
	switch {
	case i < len(r.Hashes):
		return r.Hashes[i]
	case r.Tail != nil:
		return r.Tail(i)
	}
	x := r.id<<20 + uint64(i) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
