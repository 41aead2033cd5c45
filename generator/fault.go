package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"loadgen/endpoint"
	"loadgen/generator/internal/sse"
	"loadgen/results"
)

// A refusal is an answer that is no event stream.
type refusal struct {
	fault  results.Fault
	detail string
}

func (e *refusal) Error() string { return e.detail }

// conclude gives the record its counts and its one fault.
func (w *sender) conclude(r *Run, err error) {
	rec := w.record
	w.counts(r)
	if rec.Finish != "" {
		r.finishes.Store(true)
	}
	rec.RequestID, rec.Finish = r.ep.Redact(rec.RequestID), r.ep.Redact(rec.Finish)
	if rec.Fault, rec.Detail = w.verdict(r, err); rec.Fault != results.FaultNone {
		rec.Detail = Line(r.ep.Redact(rec.Detail))
	}
}

// counts takes what the server counted; what it did not tell stays unknown.
func (w *sender) counts(r *Run) {
	rec, u := w.record, w.usage
	rec.PromptTokens = u.Prompt.N
	rec.CachedTokens, rec.CachedTold = u.Cached.N, u.Cached.Told
	rec.ReasoningTokens, rec.ReasoningTold = u.Reasoning.N, u.Reasoning.Told
	switch {
	case u.Output.Told:
		rec.OutputTokens, rec.Counted = u.Output.N, results.CountedUsage
		r.counts.Store(true)
		w.streamed()
	case rec.Events > 0:
		rec.OutputTokens, rec.Counted = rec.Events, results.CountedEstimated
	}
}

// streamed says which of the counted tokens came in the stream, and when the last of them was here: where more were
// counted than had a text, chunks without text were tokens too, such as special ones.
func (w *sender) streamed() {
	rec := w.record
	if !w.thought {
		rec.Hidden = min(rec.ReasoningTokens, rec.OutputTokens)
	}
	seen := rec.OutputTokens - rec.Hidden
	if rec.FirstToken == 0 || seen <= rec.Events {
		return
	}
	rec.LastToken = max(rec.LastToken, w.blank)
	if seen > rec.Events+rec.Blank {
		rec.LastToken = max(rec.LastToken, w.closing)
	}
}

// verdict is why a request did not end well. What the server said in its stream comes before how the connection ended;
// after [DONE] that does not matter any more. An answer without finish_reason is half of one where its length was to be
// exact, or where the server has told the reason before.
func (w *sender) verdict(r *Run, err error) (results.Fault, string) {
	rec := w.record
	failed, refused, late, notJSON := &endpoint.Error{}, &refusal{}, &tooLate{}, &sse.NotJSON{}
	switch {
	case w.failed != "":
		return results.FaultInStream, w.failed
	case errors.As(err, &refused):
		return refused.fault, refused.detail
	case errors.As(err, &late) && !w.done:
		return late.fault, late.says
	case errors.As(err, &failed) && !w.done:
		return results.Fault(failed.Kind), failed.Err.Error() // both lists have the same words
	case errors.As(err, &notJSON) && !w.done:
		return results.FaultMalformed, fmt.Sprintf("event is not JSON: %.80q", r.ep.Redact(notJSON.Payload))
	case err != nil && !w.done:
		return results.FaultMalformed, err.Error()
	case rec.Finish == "abort", rec.Finish == "error":
		return results.FaultInStream, "finish_reason: " + rec.Finish
	case rec.Finish == "" && !w.done:
		return results.FaultTruncated, "the stream ended without finish_reason and [DONE]"
	case rec.Finish == "" && (rec.PlannedExact || r.finishes.Load()):
		return results.FaultTruncated, "the stream ended with [DONE] and without finish_reason"
	case rec.Events == 0:
		return results.FaultEmpty, "the stream ended without text; the server counts " + w.usage.Output.String() + " tokens"
	}
	return results.FaultNone, ""
}

// refused reads the beginning of an answer that is no event stream and says what it is. A key in it goes before
// anything is shortened or quoted.
func (w *sender) refused(r *Run, s *endpoint.Stream) error {
	raw, err := io.ReadAll(io.LimitReader(s, 64<<10))
	if err != nil {
		return err
	}
	text := []byte(r.ep.Redact(string(raw)))
	detail := fmt.Sprintf("status %d: %s", s.Status, Words(text))
	switch {
	case s.Status == 429:
		return &refusal{results.FaultRateLimited, detail}
	case s.Status == 503:
		return &refusal{results.FaultRejected, detail}
	case s.Status >= 500:
		return &refusal{results.FaultServer, detail}
	case s.Status >= 400:
		return &refusal{results.FaultClient, detail}
	case s.Status == 200:
		return &refusal{results.FaultMalformed, fmt.Sprintf("not an event stream but %q, which begins %.80q",
			s.Header("Content-Type"), text)}
	}
	return &refusal{results.FaultMalformed, fmt.Sprintf("status %d, Location %q: redirects are not followed", s.Status,
		s.Header("Location"))}
}

// Words are the server's own in an error's body: {"error":{"message":…}}, {"error":"…"}, {"detail":…}, {"message":…},
// else all of it. They are not yet free of keys, nor shortened.
func Words(body []byte) string {
	var answer struct {
		Error   json.RawMessage
		Detail  json.RawMessage
		Message string
	}
	if json.Unmarshal(body, &answer) != nil {
		return fmt.Sprintf("%.200q", body)
	}
	var inner struct{ Message string }
	var text string
	switch {
	case json.Unmarshal(answer.Error, &inner) == nil && inner.Message != "":
		return inner.Message
	case json.Unmarshal(answer.Error, &text) == nil && text != "", json.Unmarshal(answer.Detail, &text) == nil &&
		text != "":
		return text
	case answer.Message != "":
		return answer.Message
	}
	return string(body)
}

// Line makes one line of at most 300 bytes, without control characters.
func Line(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsPrint(c)
	}), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}
