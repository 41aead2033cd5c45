// Package results is what happened: records of requests, samples of servers and hosts, the run directory that keeps
// them, and the metrics computed from them. It is the waist between measuring and analysing.
package results

import "time"

// A Record is one request. All times are offsets from the step's start on one monotonic clock; a zero time after Sent
// means that it did not happen. Nothing is discarded: failed and unfinished requests have their records too.
type Record struct {
	// in the order of due times (open) or slot × 2^32 + turn (closed); of a later turn of a session (open): session turn ×
	// 2^32 + its first one's
	ID          int64
	Class       string // prompt class
	Slot        int32  // closed: which of the N circulating requests; open: -1
	Turn        int32  // closed: how many this slot sent before; open: index in the schedule
	SessionTurn int32  // turn of its session, from 0; 0 too where there are no sessions
	Phase       Phase  // by due time; the cohort is Measure

	Due        time.Duration // when it should have been sent; closed: equal to Sent
	Sent       time.Duration // when the sender took it up
	Written    time.Duration // when its last byte was handed to the kernel
	FirstByte  time.Duration // first byte of the response
	Role       time.Duration // chunk with the role and no text
	FirstToken time.Duration // first non-empty text of any kind
	FirstSeen  time.Duration // first non-empty visible content (TTFO)
	LastToken  time.Duration
	End        time.Duration // stream ended, or the fault was noticed

	Arrivals []Arrival // reads that carried tokens, in order; the first has gap 0

	Fault  Fault
	Detail string // the fault's own words, trimmed; never a secret
	Status int32  // HTTP status, 0 if none came
	Finish string // finish_reason, as given

	PromptTokens    int32 // as the server counted; 0: not told
	OutputTokens    int32
	ReasoningTokens int32 // of these; 0 where the server did not tell
	ReasoningTold   bool
	CachedTokens    int32 // of the prompt, from the prefix cache; 0 where the server did not tell
	CachedTold      bool
	Hidden          int32    // output tokens that were counted and not streamed: reasoning of which no text came
	Counted         Counting // where OutputTokens comes from
	PlannedPrompt   int32    // tokens the prompt was made to have; 0: literal
	PlannedShared   int32    // of these, at the start and in common with others
	PlannedOutput   int32    // max_tokens
	PlannedExact    bool     // the answer must be exactly that long; else the model may stop

	PromptHash uint64
	RequestID  string // the server's id of the answer
	Reused     bool   // sent on a connection that had served before
	Reads      int32  // reads of the response body
	Coalesced  int32  // reads that carried more than one token event
	Events     int32  // token events; tokens per event = OutputTokens ÷ Events
	Blank      int32  // chunks without text behind the first token: tokens without a text of their own, or none

	// Timings that the server gave with its answer (--enable-per-request-metrics); zero when it gave none.
	ServerQueue      time.Duration
	ServerFirstToken time.Duration // scheduled → first token, without queueing
	ServerGeneration time.Duration

	thinGaps    int // of a record that a Table gave without its arrivals
	thinLargest time.Duration
}

// Gaps is how many gaps lie between the request's arrivals.
func (r *Record) Gaps() int { return max(r.thinGaps, len(r.Arrivals)-1) }

// LargestGap is the largest of them; 0 when there is none.
func (r *Record) LargestGap() time.Duration {
	largest := r.thinLargest
	for _, a := range r.Arrivals {
		largest = max(largest, a.Gap)
	}
	return largest
}

// An Arrival is one read of the response that carried tokens.
type Arrival struct {
	Gap    time.Duration // since the arrival before; 0 for the first
	Events int32         // token events in this read
	Kind   Kind
}

// A Kind is what the tokens of an arrival were.
type Kind uint8

const (
	Content Kind = iota
	Reasoning
	Tool
)

// A Counting tells where a token count comes from.
type Counting uint8

const (
	CountedNot       Counting = iota // nothing was generated, or it is unknown
	CountedUsage                     // the server's usage
	CountedTokenize                  // the server's /tokenize
	CountedEstimated                 // one token per event
)

// A Phase is the part of a step in which a request was due (R2.1).
type Phase uint8

const (
	Ramp Phase = iota
	Settle
	Measure // the cohort
	Chase
)

// OK reports whether the answer came whole.
func (r *Record) OK() bool { return r.Fault == FaultNone }

// TTFT is the time from due to the first token, E2E to the end; ok is false when there was none. In closed loops due
// and sent are one; in open loops the wait before sending counts (R1.2).
func (r *Record) TTFT() (time.Duration, bool) { return r.FirstToken - r.Due, r.FirstToken > 0 }

// TTFTSent counts from the sending: what the server alone did.
func (r *Record) TTFTSent() (time.Duration, bool) { return r.FirstToken - r.Sent, r.FirstToken > 0 }

// TTFO is the time from due to the first visible content.
func (r *Record) TTFO() (time.Duration, bool) { return r.FirstSeen - r.Due, r.FirstSeen > 0 }

// E2E is the time from due to the end of a whole answer.
func (r *Record) E2E() (time.Duration, bool) { return r.End - r.Due, r.OK() }

// Streamed is how many output tokens came in the stream.
func (r *Record) Streamed() int32 { return r.OutputTokens - r.Hidden }

// TPOT is (last token − first token) ÷ (output tokens − hidden − 1), for whole answers of two streamed tokens or more
// (R5.1).
func (r *Record) TPOT() (time.Duration, bool) {
	if !r.OK() || r.Streamed() < 2 {
		return 0, false
	}
	return (r.LastToken - r.FirstToken) / time.Duration(r.Streamed()-1), true
}

// Lag is how late it was sent.
func (r *Record) Lag() time.Duration { return r.Sent - r.Due }
