package generator

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"loadgen/generator/internal/sse"
	"loadgen/results"
	"loadgen/scenarios"
)

// A sender sends one request at a time; its buffers serve the next one again.
type sender struct {
	prompt   scenarios.Prompt
	body     *[]byte
	buf      []byte
	reader   sse.Reader
	arrivals []results.Arrival
	answer   []byte // visible text, as JSON has it; kept where later turns or a count of tokens need it

	flight  *flight
	record  *results.Record
	last    time.Duration // offset of the latest arrival
	read    int           // the connection's read that brought it
	usage   sse.Usage
	blank   time.Duration // offset of the latest chunk without text behind the first token
	closing time.Duration // offset of the chunk that told finish_reason and had no text
	keep    bool          // the text
	other   bool          // than visible text came, too
	thought bool          // text of a reasoning part came
	done    bool          // [DONE] came
	failed  string
}

// ready builds the body, ahead of the send.
func (w *sender) ready(r *Run, p scenarios.Prompt) {
	w.prompt = p
	asked := r.load.Request
	if p.Request != nil {
		asked = *p.Request
	}
	if r.load.NoSalt {
		p.Salt = ""
	}
	long := len(p.Text) + len(p.Messages)
	if w.body == nil {
		w.body = bodiesFor(long).Get().(*[]byte)
	}
	room := slices.Grow((*w.body)[:0], long+besideText)
	*w.body = r.api.Body(room, r.ep.Target().Model, p, asked)
}

// bodies are of requests that have been written: thousands of streams that are answered hold none. Short prompts have
// theirs apart, so that they do not hold long ones' room while they wait.
var bodies, longBodies = sync.Pool{New: newBytes}, sync.Pool{New: newBytes}

func newBytes() any { return new([]byte) }

const (
	besideText = 1 << 10  // bytes of a body that are not its prompt's, as a rule
	usualText  = 15 << 10 // of a short prompt
)

// bodiesFor are those for so many bytes of text.
func bodiesFor(text int) *sync.Pool {
	if text > usualText {
		return &longBodies
	}
	return &bodies
}

// send makes one request and hands its record to the sink.
func (w *sender) send(r *Run, f *flight) {
	w.begin(f)
	w.reader.Budget, w.reader.Limit = r.lines, r.load.Request.MaxEventMiB<<20
	w.keep = len(w.prompt.Later) > 0 || !r.counts.Load()
	rec := f.record
	if rec.Sent = rec.Due; r.load.Loop == scenarios.Open {
		rec.Sent = r.now()
	}
	if cause := r.tally.takeOff(f); cause != nil {
		rec.Fault, rec.Detail, rec.End = results.FaultCancelled, cause.Error(), rec.Sent
		w.end(r, f)
		return
	}
	err := w.exchange(r)
	if !w.done { // else it ended with [DONE], however late the terminator comes
		rec.End = r.now()
	}
	w.conclude(r, err)
	f.stream.Close()
	w.tokenize(r)
	w.end(r, f)
}

// unsent accounts for a request that was due while the cap was reached and never got its turn.
func (w *sender) unsent(r *Run, f *flight) {
	w.begin(f)
	rec := f.record
	rec.Sent, rec.End = r.now(), r.now()
	rec.Fault, rec.Detail = results.FaultCancelled, errStopped.Error()
	w.end(r, f)
}

func (w *sender) begin(f *flight) {
	*w = sender{prompt: w.prompt, body: w.body, buf: w.buf, arrivals: w.arrivals[:0], answer: w.answer[:0],
		reader: w.reader, flight: f, record: f.record}
	w.reader.Reset()
	rec, p := w.record, w.prompt
	rec.Class, rec.PromptHash = p.Class, p.Hash
	rec.PlannedPrompt, rec.PlannedShared = int32(p.InputTokens), int32(p.Shared)
	rec.PlannedOutput, rec.PlannedExact = int32(p.MaxTokens), p.Exact
}

func (w *sender) end(r *Run, f *flight) {
	rec := w.record
	rec.Arrivals = append([]results.Arrival(nil), w.arrivals...)
	w.flight, w.record = nil, nil
	w.reader.Reset() // gives back what an unfinished line held
	r.sinkMu.Lock()
	defer r.sinkMu.Unlock()
	r.tally.land(f)
	r.sink(rec)
}

// exchange sends and reads to the end; stamps go to the record as they become known.
func (w *sender) exchange(r *Run) error {
	s, rec := w.flight.stream, w.record
	w.flight.life.begin(r.clk.Now(), r.load.StallAfter, w.prompt.MaxTokens)
	err := s.Post(context.Background(), r.api.Path, *w.body, w.deadline(r))
	bodiesFor(cap(*w.body) - besideText).Put(w.body)
	w.body = nil
	rec.Status, rec.Reused = int32(s.Status), s.Reused
	rec.Written, rec.FirstByte = r.offset(s.Written), r.offset(s.FirstByte)
	if err != nil {
		return err
	}
	if s.Status != 200 || !s.EventStream() {
		return w.refused(r, s)
	}
	if err := s.Receive(w.buf, func(p []byte, at time.Duration, reads int) error {
		return w.receive(r, p, at, reads)
	}); err != nil {
		return err
	}
	w.reader.Finish()
	w.drain(r.offset(s.LastRead()), int(rec.Reads))
	return w.reader.Err()
}

// receive takes a piece of the answer that was here at an instant of the clock; an error ends the reading.
func (w *sender) receive(r *Run, p []byte, at time.Duration, reads int) error {
	rec, asked := w.record, w.prompt.MaxTokens
	before := rec.Events
	rec.Reads = int32(reads)
	w.take(p, at-r.start, reads)
	w.showLife(at, before)
	if asked > 0 && rec.Events > endless(asked) {
		return &tooLate{results.FaultEndless, fmt.Sprintf("%d tokens came and %d were asked for", rec.Events, asked)}
	}
	return w.reader.Err()
}

// showLife tells the watchdog what a read brought.
func (w *sender) showLife(at time.Duration, before int32) {
	switch {
	case w.done:
		w.flight.life.done(at)
	case w.record.Events > before:
		w.flight.life.token(at)
	}
}

func (w *sender) deadline(r *Run) time.Duration {
	if r.load.Request.Timeout == 0 {
		return 0
	}
	return r.start + w.record.Due + r.load.Request.Timeout
}

// offset is a stamp of the clock as an offset; 0, for never, stays.
func (r *Run) offset(stamp time.Duration) time.Duration {
	if stamp == 0 {
		return 0
	}
	return stamp - r.start
}

// take parses what was here at an instant. Nothing in it allocates, locks or formats.
func (w *sender) take(p []byte, at time.Duration, read int) {
	w.reader.Feed(p)
	w.drain(at, read)
}

func (w *sender) drain(at time.Duration, read int) {
	events, kind := int32(0), results.Content
	for w.reader.Next() {
		if k, token := w.event(at); token {
			if events == 0 {
				kind = k
			}
			events++
		}
		if w.keep {
			w.answer = append(w.answer, w.reader.Event.Text...)
		}
	}
	if events > 0 {
		w.arrive(at, read, events, kind)
	}
}

// event notes one event and tells whether it was a token.
func (w *sender) event(at time.Duration) (kind results.Kind, token bool) {
	ev, rec := &w.reader.Event, w.record
	if ev.Finish != nil {
		rec.Finish = string(ev.Finish)
	}
	if ev.HasUsage {
		w.usage.Add(ev.Usage)
	}
	if ev.HasMetrics {
		rec.ServerQueue, rec.ServerFirstToken, rec.ServerGeneration = millis(ev.Metrics.Queue), millis(ev.Metrics.FirstToken),
			millis(ev.Metrics.Generation)
	}
	if rec.RequestID == "" && ev.ID != nil {
		rec.RequestID = string(ev.ID)
	}
	if ev.Blank && rec.FirstToken > 0 {
		w.noText(at)
	}
	switch ev.Kind {
	case sse.Role:
		if rec.Role == 0 {
			rec.Role = at
		}
	case sse.Content:
		if rec.FirstSeen == 0 {
			rec.FirstSeen = at
		}
		return results.Content, true
	case sse.Reasoning:
		w.thought = true
		return results.Reasoning, true
	case sse.Tool:
		return results.Tool, true
	case sse.Failure:
		w.failed = "error in the stream: " + ev.Message
	case sse.Done:
		w.done, rec.End = true, at
	}
	return 0, false
}

// noText notes a chunk that brought no text behind the first token.
func (w *sender) noText(at time.Duration) {
	if w.reader.Event.Finish != nil {
		w.closing = at
		return
	}
	w.record.Blank++
	w.blank = at
}

func millis(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }

// arrive notes token events. Those that one read of the connection brought are one arrival.
func (w *sender) arrive(at time.Duration, read int, events int32, kind results.Kind) {
	rec := w.record
	rec.Events += events
	w.other = w.other || kind != results.Content
	w.flight.tokens.Add(int64(events))
	if rec.FirstToken == 0 {
		rec.FirstToken = at
	}
	rec.LastToken = at
	if n := len(w.arrivals); n > 0 && w.read == read {
		a := &w.arrivals[n-1]
		if a.Events == 1 {
			rec.Coalesced++
		}
		a.Events += events
		return
	}
	gap := time.Duration(0)
	if len(w.arrivals) > 0 {
		gap = at - w.last
	}
	if events > 1 {
		rec.Coalesced++
	}
	w.last, w.read = at, read
	w.arrivals = append(w.arrivals, results.Arrival{Gap: gap, Events: events, Kind: kind})
}
