package sse

import "bytes"

// A template is a chunk that the scanner has understood, without its text. Servers send thousands of chunks that differ
// in the text alone, so two comparisons and one string replace the scan: if all but one string's content is the same,
// bytes for bytes, so is what the chunk says.
type template struct {
	kind           Kind // of its text; Nothing: there is no template
	before, behind []byte
	id             []byte
}

// learn keeps a plain chunk: one text, and nothing else that tells.
func (t *template) learn(payload []byte, s *scanner, ev *event) {
	t.kind = Nothing
	if s.texts != 1 || ev.Finish != nil || ev.HasUsage || ev.HasMetrics || (ev.Kind != Content && ev.Kind != Reasoning) {
		return
	}
	t.kind = ev.Kind
	t.before = append(t.before[:0], payload[:s.from]...)
	t.behind = append(t.behind[:0], payload[s.to:]...)
	t.id = append(t.id[:0], ev.ID...)
}

// match reports the text that a chunk of the known shape brought.
func (t *template) match(payload []byte, s *scanner) (text []byte, ok bool) {
	n := len(t.before)
	if t.kind == Nothing || !bytes.HasPrefix(payload, t.before) || !bytes.HasSuffix(payload[n:], t.behind) {
		return nil, false
	}
	s.b, s.i = payload, n-1 // at the opening quote
	text, ok = s.str()
	return text, ok && len(text) > 0 && s.i-1 == len(payload)-len(t.behind)
}
