package scenarios

import "testing"

// What vLLM refuses is told, by its own rules, on both sides of each.
func TestWhatDoesNotStart(t *testing.T) {
	for _, c := range []struct {
		target, class string
		refused       string // the finding's id
	}{
		{"model: Qwen/Qwen3-8B, card: H100, settings: {tensor-parallel-size: 3}", "", "start-refused"},
		{"model: Qwen/Qwen3-8B, card: H100, settings: {tensor-parallel-size: 4}", "", ""},
		{"model: Qwen/Qwen3-32B, card: RTX 4090", "", "start-memory"},
		{"model: Qwen/Qwen3-8B-AWQ, card: RTX 4090, settings: {max-model-len: 8192}", "", ""},
		{"model: unheard, settings: {max-num-batched-tokens: 256, max-num-seqs: 512}", "", "start-refused"},
		{"model: unheard, settings: {max-num-batched-tokens: 512, max-num-seqs: 512}", "", ""},
		{"model: unheard, settings: {max-num-seqs: 4096}", "", ""}, // the budget's default hangs on the card
		{"model: unheard, settings: {max-num-batched-tokens: 2048, max-model-len: 4096, enable-chunked-prefill: false}", "",
			"start-refused"},
		{"model: unheard, settings: {max-num-batched-tokens: 4096, max-model-len: 4096, enable-chunked-prefill: false}", "",
			""},
		{"model: unheard, settings: {max-num-seqs: 4, max-num-active-seqs: 8}", "", "active-below-seqs"},
		{"model: unheard, settings: {max-model-len: 2048}", "{input: {fixed: 2049}, output: {fixed: 5}}",
			"longer-than-window"},
		{"model: unheard, settings: {max-model-len: 2048}", "{input: {uniform: [10, 4000]}, output: {fixed: 5}}", ""},
	} {
		class := c.class
		if class == "" {
			class = "{input: {fixed: 40}, output: {fixed: 5}}"
		}
		s, err := Parse("x.yaml", []byte("version: 1\ntargets: {s: {url: 'http://localhost:1', "+c.target+
			"}}\nprompts: {a: "+class+"}\nload: {concurrency: [1]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		refused := ""
		for _, f := range s.Concerns() {
			if f.Refused {
				refused += f.ID
			}
		}
		if refused != c.refused {
			t.Errorf("%s: refused by %q, want %q: %s", c.target, refused, c.refused, s.said())
		}
	}
}
