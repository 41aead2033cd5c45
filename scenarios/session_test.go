package scenarios

import (
	"testing"
	"time"
)

// What a plan counts with is what is drawn: two classes of one weight, one request and a session of three.
func TestSessionsInThePlan(t *testing.T) {
	s, err := Parse("talks.yaml", []byte(`version: 1
targets: {mini: {url: http://localhost:1, model: m}}
prompts:
  talk: {system: Be brief, input: {fixed: 100}, output: {fixed: 50}, shared_prefix: {tokens: 40},
    session: {turns: {fixed: 3}, think: {uniform: [2s, 8s]}}}
  single: {input: {fixed: 100}, output: {fixed: 50}}
load: {rate: [2]}
`))
	if err != nil {
		t.Fatal(err)
	}
	step := s.Plan("").Steps[0]
	if step.LoopName() != "partly open" || step.Label() != "2/s sessions" {
		t.Errorf("%s %s", step.LoopName(), step.Label())
	}
	m := NewMix(s, step)
	if m.Turns() != 2 || m.Life(2*time.Second) != 9*time.Second { // (3·2 + 2·5 + 2) ÷ 2
		t.Errorf("%v turns in %v", m.Turns(), m.Life(2*time.Second))
	}
	// Three of four requests are the session's, of 100, 250 and 400 tokens and 2 of the system's.
	if in, out := m.MeanTokens(); in != (3*252+100)/4. || out != 50 {
		t.Errorf("%v tokens in, %v out", in, out)
	}
	seen := map[string]bool{}
	for k := range 200 {
		p := m.Prompt(-1, k)
		if p.Class == "talk" && (len(p.Later) != 2 || p.Shared != 40 ||
			p.Messages != `[{"role":"system","content":"Be brief"},{"role":"user","content":"`+p.Text+`"}]`) {
			t.Fatalf("%+v", p)
		}
		for _, later := range append([]Prompt{p}, p.Later...) {
			if seen[later.Text] {
				t.Fatalf("twice: %s", later.Text)
			}
			seen[later.Text] = true
		}
		for _, later := range p.Later {
			if later.Think < 2*time.Second || later.Think > 8*time.Second || later.Shared != 0 ||
				later.Messages != `[{"role":"user","content":"`+later.Text+`"}]` {
				t.Fatalf("%+v", later)
			}
		}
	}
}
