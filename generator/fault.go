package generator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"loadgen/endpoint"
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
	if rec.Fault, rec.Detail = w.verdict(err); rec.Fault != results.FaultNone {
		rec.Detail = trim(r.ep.Redact(rec.Detail))
	}
}

func (w *sender) counts(r *Run) {
	rec := w.record
	switch {
	case w.count:
		rec.PromptTokens, rec.OutputTokens = int32(w.usage.Prompt), int32(w.usage.Output)
		rec.CachedTokens, rec.ReasoningTokens = int32(w.usage.Cached), int32(w.usage.Reasoning)
		rec.Counted = results.CountedUsage
		r.counts.Store(true)
	case rec.Events > 0:
		rec.OutputTokens, rec.Counted = rec.Events, results.CountedEstimated
	}
}

// verdict is why a request did not end well. What the server said in its stream comes before how the connection ended;
// after [DONE] that does not matter any more.
func (w *sender) verdict(err error) (results.Fault, string) {
	rec := w.record
	failed, refused, late := &endpoint.Error{}, &refusal{}, &tooLate{}
	switch {
	case w.failed != "":
		return results.FaultInStream, w.failed
	case errors.As(err, &refused):
		return refused.fault, refused.detail
	case errors.As(err, &late) && !w.done:
		return late.fault, late.says
	case errors.As(err, &failed) && !w.done:
		return results.Fault(failed.Kind), failed.Err.Error() // both lists have the same words
	case err != nil && !w.done:
		return results.FaultMalformed, err.Error()
	case rec.Finish == "abort", rec.Finish == "error":
		return results.FaultInStream, "finish_reason: " + rec.Finish
	case !w.done && rec.Finish == "":
		return results.FaultTruncated, "the stream ended without finish_reason and [DONE]"
	case rec.Events == 0:
		return results.FaultEmpty, fmt.Sprintf("the stream ended without text; the server counts %d tokens", rec.OutputTokens)
	}
	return results.FaultNone, ""
}

// refused reads the beginning of an answer that is no event stream and says what it is.
func (w *sender) refused(s *endpoint.Stream) error {
	text, err := io.ReadAll(io.LimitReader(s, 64<<10))
	if err != nil {
		return err
	}
	detail := fmt.Sprintf("status %d: %s", s.Status, message(text))
	switch {
	case s.Status == 429, s.Status == 503:
		return &refusal{results.FaultRejected, detail}
	case s.Status >= 500:
		return &refusal{results.FaultServer, detail}
	case s.Status >= 400:
		return &refusal{results.FaultClient, detail}
	case s.Status == 200:
		return &refusal{results.FaultMalformed, fmt.Sprintf("not an event stream but %q, which begins %.80q", s.Header("Content-Type"), text)}
	}
	return &refusal{results.FaultMalformed, fmt.Sprintf("status %d, Location %q: redirects are not followed", s.Status, s.Header("Location"))}
}

// message is the server's own words in an error's body: {"error":{"message":…}}, {"error":"…"}, {"detail":…}, {"message":…}.
func message(body []byte) string {
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
	case json.Unmarshal(answer.Error, &text) == nil && text != "", json.Unmarshal(answer.Detail, &text) == nil && text != "":
		return text
	case answer.Message != "":
		return answer.Message
	}
	return string(body)
}

// trim makes one line of at most 300 bytes.
func trim(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}
