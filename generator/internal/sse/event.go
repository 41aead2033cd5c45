// Package sse reads the event streams of chat and text completions while they come, however they are cut into reads.
package sse

import "strconv"

// A Kind is what an event brought.
type Kind uint8

const (
	Nothing   Kind = iota // no text: such as a role's or a finish's chunk, or the usage
	Role                  // the role and no text
	Content               // visible text
	Reasoning             // text of a reasoning part
	Tool                  // a part of a tool call
	Failure               // an error, in any of the shapes that servers and gateways give it; see Message
	Done                  // [DONE]
)

// An event is one event of the stream. Its slices are valid until the next Feed or Next.
type event struct {
	Kind       Kind
	ID         []byte // of the answer
	Finish     []byte // finish_reason, if it is a string
	Text       []byte // of content, as it stands between its quotes: escapes are not resolved
	Blank      bool   // it has a choice and no text: a token without text of its own, or none
	Message    string // of an error
	HasUsage   bool
	Usage      Usage
	HasMetrics bool
	Metrics    metrics
}

// A Usage is the server's own count of tokens.
type Usage struct{ Prompt, Output, Reasoning, Cached count }

// A count is a whole number that the server may not have told.
type count struct {
	N    int32
	Told bool
}

// String is the number, or "?".
func (c count) String() string {
	if !c.Told {
		return "?"
	}
	return strconv.Itoa(int(c.N))
}

// Add takes in a later usage of the same answer: what it tells wins. Zeros of prompt and output, as some servers send
// in between or at the very end, tell nothing, nor does what stands beside two of them.
func (u *Usage) Add(later Usage) {
	if later.Prompt.N == 0 && later.Output.N == 0 {
		return
	}
	if later.Prompt.N > 0 {
		u.Prompt = later.Prompt
	}
	if later.Output.N > 0 {
		u.Output = later.Output
	}
	if later.Reasoning.Told {
		u.Reasoning = later.Reasoning
	}
	if later.Cached.Told {
		u.Cached = later.Cached
	}
}

// metrics are the server's timings of this request, milliseconds (vLLM's --enable-per-request-metrics).
type metrics struct {
	Queue      float64
	FirstToken float64 // from scheduled to the first token: without the queue
	Generation float64
}
