package endpoint

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"loadgen/scenarios"
)

// tokenizeTimeout bounds one /tokenize call; it runs before any load.
const tokenizeTimeout = 30 * time.Second

type tokenizer struct {
	e     *Endpoint
	model string
}

// Tokenizer counts tokens with the server's own POST /tokenize: those of the bare text, without a chat template and
// without special tokens.
func (e *Endpoint) Tokenizer(model string) scenarios.Tokenizer { return tokenizer{e, model} }

// Count is the number of tokens of text.
func (t tokenizer) Count(text string) (int, error) {
	body, err := json.Marshal(map[string]any{"model": t.model, "prompt": text, "add_special_tokens": false})
	if err != nil {
		return 0, err
	}
	a, err := t.e.Post(context.Background(), "/tokenize", body, tokenizeTimeout)
	if err != nil {
		return 0, fmt.Errorf("/tokenize: %w", err)
	}
	if a.Status != 200 {
		return 0, fmt.Errorf("/tokenize: status %d", a.Status)
	}
	var answer struct{ Count *int }
	if err := json.Unmarshal(a.Body, &answer); err != nil || answer.Count == nil {
		return 0, fmt.Errorf("/tokenize: no count in its answer")
	}
	return *answer.Count, nil
}
