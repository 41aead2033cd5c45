package simulator

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// Logprobs have the shapes of vLLM's ChatCompletionLogProbs and CompletionLogProbs, one entry per token, the token
// itself first.
func TestLogprobs(t *testing.T) {
	w := newWorld(t, small())
	var whole, stream, text, none string
	w.run(func() {
		whole = w.do("POST", "/v1/chat/completions",
			chat(mini, "a", `,"max_tokens":5,"ignore_eos":true,"logprobs":true,"top_logprobs":3`), 0).body
		text = w.do("POST", "/v1/completions", `{"model":"`+mini+
			`","prompt":"a","max_tokens":5,"ignore_eos":true,"logprobs":2}`, 0).body
		none = w.do("POST", "/v1/chat/completions", chat(mini, "a", `,"max_tokens":5,"top_logprobs":3`), 0).body
		stream = strings.Join(w.do("POST", "/v1/chat/completions",
			chat(mini, "b", `,"max_tokens":5,"ignore_eos":true,"logprobs":true,"stream":true`), 0).events, "\n")
	})
	var a struct {
		Choices []struct {
			Text     string
			Logprobs struct {
				Content []struct {
					Token   string
					Logprob float64
					Top     []struct {
						Token   string
						Logprob float64
						Bytes   []byte
					} `json:"top_logprobs"`
				}
				Offsets []int                `json:"text_offset"`
				Own     []float64            `json:"token_logprobs"`
				Tokens  []string             `json:"tokens"`
				Top     []map[string]float64 `json:"top_logprobs"`
			}
		}
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(whole, `"bytes":`, `"_":`)), &a); err != nil ||
		len(a.Choices[0].Logprobs.Content) != 5 {
		t.Fatal(err, whole)
	}
	for _, one := range a.Choices[0].Logprobs.Content {
		sum := 0.0
		for i, top := range one.Top {
			sum += math.Exp(top.Logprob)
			if i > 0 && top.Logprob >= one.Top[i-1].Logprob {
				t.Errorf("%+v does not fall", one)
			}
		}
		if len(one.Top) != 3 || one.Top[0].Token != one.Token || one.Top[0].Logprob != one.Logprob || sum > 1 {
			t.Errorf("%+v, %v in all", one, sum)
		}
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	l := a.Choices[0].Logprobs
	if strings.Join(l.Tokens, "") != a.Choices[0].Text || len(l.Own) != 5 || len(l.Top) != 5 || len(l.Top[0]) != 2 {
		t.Errorf("%+v", a)
	}
	for i, at := range l.Offsets {
		if !strings.HasPrefix(a.Choices[0].Text[at:], l.Tokens[i]) || l.Top[i][l.Tokens[i]] != l.Own[i] {
			t.Errorf("token %d at %d: %+v", i, at, l)
		}
	}
	if strings.Count(stream, `"logprobs":{"content":[{"token":" `) != 5 || !strings.Contains(stream, `"bytes":[32,`) {
		t.Error(stream)
	}
	if !strings.Contains(none, "`logprobs` must be set to true") {
		t.Error(none)
	}
}

// What /tokenize takes apart, /detokenize puts together.
func TestDetokenize(t *testing.T) {
	w := newWorld(t, small())
	const said = "Der Server, (12) très vite."
	var back, unknown, bad string
	w.run(func() {
		var a struct{ Tokens []int }
		if err := json.Unmarshal([]byte(w.do("POST", "/tokenize", `{"prompt":"`+said+`"}`, 0).body), &a); err != nil {
			t.Error(err)
		}
		ids, _ := json.Marshal(a.Tokens)
		back = w.do("POST", "/detokenize", `{"model":"`+mini+`","tokens":`+string(ids)+`}`, 0).body
		unknown = w.do("POST", "/detokenize", `{"tokens":[7]}`, 0).body
		bad = w.do("POST", "/detokenize", `{"tokens":"x"}`, 0).body
	})
	var a struct{ Prompt string }
	if err := json.Unmarshal([]byte(back), &a); err != nil || a.Prompt != said {
		t.Errorf("%v: %s", err, back)
	}
	if json.Unmarshal([]byte(unknown), &a) != nil || a.Prompt == "" || a.Prompt == said {
		t.Error(unknown)
	}
	if !strings.Contains(bad, `"code":400`) {
		t.Error(bad)
	}
}
