package generator

import (
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// A talk is where the session of one user stands.
type talk struct {
	session int              // how many its user had before
	turn    int              // of the session, from 0
	prompt  scenarios.Prompt // of that turn
}

// record is that of a turn of the i-th entry of a list or schedule.
func (t *talk) record(slot int32, i int, due time.Duration) *results.Record {
	return &results.Record{ID: int64(t.turn)<<32 + int64(i), Slot: slot, Turn: int32(i), SessionTurn: int32(t.turn),
		Due: due}
}

// goOn makes the next turn of an answer that came whole; begin is when its user has thought it over. It tells whether
// there is one: who gets no answer leaves.
func (t *talk) goOn(answer []byte, rec *results.Record) (begin time.Duration, more bool) {
	if !rec.OK() || len(t.prompt.Later) == 0 {
		return 0, false
	}
	t.turn++
	t.prompt = follow(t.prompt, answer, rec)
	return rec.End + t.prompt.Think, true
}

// follow is the turn after p: the conversation so far with the answer as the server gave it, and what its user says
// next. The answer stands as it came in JSON, escapes and all; thoughts are not part of it.
func follow(p scenarios.Prompt, answer []byte, rec *results.Record) scenarios.Prompt {
	next := p.Later[0]
	next.Later = p.Later[1:]
	next.Shared = p.InputTokens + int(rec.OutputTokens-rec.ReasoningTokens)
	next.InputTokens += next.Shared
	next.Messages = p.Messages[:len(p.Messages)-1] + `,{"role":"assistant","content":"` + string(answer) + `"},` +
		next.Messages[1:]
	return next
}

// think sleeps between two turns of a session; one that has none before it just waits for its instant.
func (r *Run) think(until time.Duration, between bool) error {
	if !between {
		return r.sleepUntil(until)
	}
	r.tally.thinks(1)
	defer r.tally.thinks(-1)
	return r.sleepUntil(until)
}
