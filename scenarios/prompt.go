package scenarios

import "time"

// A Prompt is one request's content. It belongs to (slot, turn) of a step: nothing is drawn from a shared queue.
type Prompt struct {
	Class       string
	Text        string
	Messages    string   // a JSON array of messages; empty: Text is one message of a user
	InputTokens int      // planned tokens of Text, and of the conversation before it; 0: literal text, not counted
	Shared      int      // planned tokens at its start that others of its group, or of its session, have too
	MaxTokens   int      // asked for
	Exact       bool     // exactly MaxTokens: ignore_eos and min_tokens
	Salt        string   // cache_salt: keeps repeated literal texts from hitting the prefix cache; may be empty
	Hash        uint64   // of Text, Messages and Salt
	Request     *Request // what its class asks, over the scenario's; nil: the scenario's

	Think time.Duration // since the answer before, of a later turn
	// what the user says after the answers, in the turns left of this session; each has Messages of its own alone
	Later []Prompt
}

// A Tokenizer counts tokens as the server does.
type Tokenizer interface {
	Count(text string) (int, error)
}

// Classes are the names of the classes of prompts where there are several; of a single one nothing is told by itself.
func (s *Scenario) Classes() (names []string) {
	if len(s.Prompts) > 1 {
		for _, c := range s.Prompts {
			names = append(names, c.Name)
		}
	}
	return names
}
