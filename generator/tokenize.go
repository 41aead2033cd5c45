package generator

import (
	"encoding/json"

	"loadgen/results"
)

// tokenize counts a whole answer that came without usage with the server's own /tokenize, after its end and before its
// slot sends again. Where there is no such page, or more came than visible text, the estimate of a token for each event
// stays. A text that is tokenized again may differ by a token or two from what was generated.
func (w *sender) tokenize(r *Run) {
	rec := w.record
	if rec.Counted != results.CountedEstimated || !rec.OK() || w.other || r.counts.Load() {
		return
	}
	var text string
	if json.Unmarshal([]byte(`"`+string(w.answer)+`"`), &text) != nil {
		return
	}
	n, err := r.ep.Tokenizer(r.ep.Target().Model).Count(text)
	if err != nil {
		r.counts.Store(true)
		return
	}
	rec.OutputTokens, rec.Counted = int32(n), results.CountedTokenize
}
