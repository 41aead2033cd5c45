package scenarios

import (
	"strings"
	"testing"
)

const salted = `version: 1
targets: {a: {url: http://localhost:1, model: m}}
prompts:
  made:    {weight: 2, input: {uniform: [40, 90]}, output: {uniform: [5, 50]}, shared_prefix: {tokens: 32, groups: 2}}
  literal: {text: say a word, output: {max: 9}}
  talk:    {input: {fixed: 30}, output: {fixed: 9}, session: {turns: {uniform: [2, 4]}, think: {uniform: [1s, 4s]}}}
load: {concurrency: [4]}
`

// turnsOf are a request and the later turns of its session.
func turnsOf(p Prompt) []Prompt { return append([]Prompt{p}, p.Later...) }

// opening is what a block of the prefix cache holds of a prompt's start.
func opening(p Prompt) string {
	return p.Salt + "/" + strings.Join(strings.Fields(p.Text)[:min(16, len(strings.Fields(p.Text)))], " ")
}

// Two runs' salts change words and cache salts alone: lengths, order, classes, pauses and what requests share are the
// seed's, and no opening of one run is in the other. The same salt is the same run; none is what it was.
func TestASaltChangesTextsAlone(t *testing.T) {
	s, err := Parse("salted.yaml", []byte(salted))
	if err != nil {
		t.Fatal(err)
	}
	step := s.Plan("").Steps[0]
	plain, one, two, again := NewMix(s, step), NewMix(s, step).Salted("one"), NewMix(s, step).Salted("two"),
		NewMix(s, step).Salted("one")
	seen := map[string]string{} // whose an opening is
	groups := map[string]bool{}
	for slot := range 4 {
		for turn := range 50 {
			for i, p := range turnsOf(plain.Prompt(slot, turn)) {
				for name, m := range map[string]*Mix{"one": one, "two": two} {
					q := turnsOf(m.Prompt(slot, turn))[i]
					if q.Class != p.Class || q.InputTokens != p.InputTokens || q.MaxTokens != p.MaxTokens || q.Shared != p.Shared ||
						q.Think != p.Think ||
						len(strings.Fields(q.Text)) != len(strings.Fields(p.Text)) || (q.Salt == "") != (p.Salt == "") ||
						len(q.Later) != len(p.Later) {
						t.Fatalf("%s: %+v became %+v", name, p, q)
					}
					if whose, ok := seen[opening(q)]; ok && whose != name {
						t.Errorf("%q is in both runs", opening(q))
					}
					seen[opening(q)] = name
					if q.Class == "made" && name == "one" {
						groups[opening(q)] = true
					}
				}
				if whose, ok := seen[opening(p)]; ok {
					t.Errorf("%q without a salt is in run %s", opening(p), whose)
				}
				if again := turnsOf(again.Prompt(slot, turn))[i]; again.Hash != turnsOf(one.Prompt(slot, turn))[i].Hash {
					t.Error("the same salt is another run")
				}
			}
		}
	}
	if len(groups) != 2 {
		t.Errorf("%d shared prefixes, want 2", len(groups))
	}
	if NewMix(s, step).Salted("").Prompt(0, 0).Hash != plain.Prompt(0, 0).Hash {
		t.Error("no salt changes a text")
	}
}
