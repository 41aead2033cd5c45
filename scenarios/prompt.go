package scenarios

// A Prompt is one request's content. It belongs to (slot, turn) of a step: nothing is drawn from a shared queue.
type Prompt struct {
	Class       string
	Text        string
	InputTokens int    // planned tokens of Text; 0: literal text, not counted
	MaxTokens   int    // asked for
	Exact       bool   // exactly MaxTokens: ignore_eos and min_tokens
	Salt        string // cache_salt: keeps repeated literal texts from hitting the prefix cache; may be empty
	Hash        uint64 // of Text and Salt
}

// A Tokenizer counts tokens as the server does.
type Tokenizer interface {
	Count(text string) (int, error)
}
