// Package sse reads the event streams of chat and text completions while they come, however they are cut into reads.
package sse

// A Kind is what an event brought.
type Kind uint8

const (
	Nothing   Kind = iota // no text: such as a role's or a finish's chunk, or the usage
	Role                  // the role and no text
	Content               // visible text
	Reasoning             // text of a reasoning part
	Tool                  // a part of a tool call
	Failure               // an error object; see Message
	Done                  // [DONE]
)

// An Event is one event of the stream. Its slices are valid until the next Feed or Next.
type Event struct {
	Kind       Kind
	ID         []byte // of the answer
	Finish     []byte // finish_reason, if it is a string
	Text       []byte // of content, as it stands between its quotes: escapes are not resolved
	Message    string // of an error object
	HasUsage   bool
	Usage      Usage
	HasMetrics bool
	Metrics    Metrics
}

// A Usage is the server's own count of tokens.
type Usage struct{ Prompt, Output, Reasoning, Cached int }

// Metrics are the server's timings of this request, milliseconds (vLLM's --enable-per-request-metrics).
type Metrics struct {
	Queue      float64
	FirstToken float64 // from scheduled to the first token: without the queue
	Generation float64
}
