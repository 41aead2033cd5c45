package scenarios

import (
	"fmt"
	"math"

	"loadgen/vllm"
)

// fitConcerns finds classes whose prompt and answer together do not fit a server's window. A vLLM refuses such a
// request where the answer's length is exact (min_tokens), and otherwise answers shorter than asked without a word.
func (s *Scenario) fitConcerns() []concern {
	var out []concern
	for _, t := range s.Targets {
		window, ok := t.Settings.Int(vllm.MaxModelLen)
		if !ok {
			if m, _, known := t.Shape(); known {
				window = m.MaxPosition
			}
		}
		if window <= 0 {
			continue
		}
		for _, c := range s.Prompts {
			if says := c.tooLong(window); says != "" {
				out = append(out, concern{ID: "longer-than-window", Targets: []string{t.Name}, Refused: c.Input.shortest() > window,
					Says:    fmt.Sprintf("%s: class %s: %s", t.Name, c.Name, says),
					Instead: "shorter prompts or answers, fewer turns, or a larger max-model-len"})
			}
		}
	}
	return out
}

// tooLong says how a class's requests exceed a window; empty: they fit.
func (c PromptClass) tooLong(window int) string {
	longest := func(l *Length) int {
		if l == nil {
			return 0
		}
		return l.longest()
	}
	prompt, answer := longest(c.Input), max(c.Output.Max, longest(c.Output.Length))
	if c.Input == nil {
		prompt = len(c.Text) / 4
	}
	prompt += len(c.System) / 4
	then := "vLLM answers shorter than asked, without a word"
	if c.Output.Length != nil || c.Output.FromFile == "exact" {
		then = "vLLM refuses it with status 400, since its answer's length is exact"
	}
	if c.Session != nil {
		return c.tooManyTurns(window, prompt, answer, then)
	}
	if c.Source != nil {
		over, most := 0, 0
		for _, r := range c.Source.rows {
			in, out := r.input, answer
			if in == 0 {
				in = len(r.text) / 4
			}
			if c.Output.FromFile != "" {
				out = r.output
			}
			if most = max(most, in+out); in+out > window {
				over++
			}
		}
		if over == 0 {
			return ""
		}
		return fmt.Sprintf("%d of its %d prompts with their answers are longer than the window of %d tokens, up to %d: %s",
			over, len(c.Source.rows), window, most, then)
	}
	if prompt+answer <= window {
		return ""
	}
	return fmt.Sprintf("a prompt of %d and an answer of %d tokens are longer than the window of %d: %s", prompt, answer,
		window, then)
}

// tooManyTurns says from which turn on a session no longer fits: on average where it does so, else at its longest.
func (c PromptClass) tooManyTurns(window, prompt, answer int, then string) string {
	turns := c.Session.Turns.longest()
	out := float64(answer)
	if c.Output.Length != nil {
		out = c.Output.Length.Mean
	}
	for _, of := range []struct {
		says string
		turn float64 // tokens of one question and answer
	}{{"on average", c.Input.Mean + out}, {"at its longest", float64(prompt + answer)}} {
		for k := 1; k <= min(turns, 10_000); k++ {
			if need := float64(k) * of.turn; need > float64(window) {
				return fmt.Sprintf("from turn %d of %d on a conversation needs %.0f tokens %s, and the window has %d: %s", k, turns,
					need, of.says, window, then)
			}
		}
	}
	return ""
}

// shortest is the smallest length that a law of one width draws; 0 where that is not known.
func (l *Length) shortest() int {
	switch {
	case l == nil:
		return 0
	case l.Law == "fixed":
		return int(l.Mean)
	}
	return l.Min
}

// longest is the largest length that a law draws; of one without a bound, what 1 of 1000 draws exceeds.
func (l *Length) longest() int {
	switch {
	case l.Max > 0:
		return l.Max
	case l.Law == "lognormal":
		s2 := math.Log1p(l.CV * l.CV)
		return int(math.Exp(math.Log(l.Mean) - s2/2 + 3.09*math.Sqrt(s2)))
	}
	return int(l.Mean * (1 + 3.09*l.CV))
}

// stopConcerns finds stop strings: a server holds back as much text as one of them may still begin.
func (s *Scenario) stopConcerns() []concern {
	var out []concern
	look := func(where string, q Request) {
		longest := 0
		switch x := q.ExtraBody["stop"].(type) {
		case string:
			longest = len(x)
		case []any:
			for _, e := range x {
				text, _ := e.(string)
				longest = max(longest, len(text))
			}
		}
		if longest > 1 {
			out = append(out, concern{ID: "stop-delays-text",
				Says: fmt.Sprintf("%s asks for stop strings: vLLM holds back %d characters of every answer, so its first text "+
					"comes some tokens late and TTFT is longer", where, longest-1),
				Instead: "stop_token_ids delays nothing"})
		}
	}
	look("request", s.Request)
	for _, c := range s.Prompts {
		if c.Request != nil {
			look("class "+c.Name, *c.Request)
		}
	}
	return out
}

// hopperConcerns finds settings that a vLLM on a Hopper card dies of, long after it was started, where nobody says
// which card it is.
func hopperConcerns(t Target) []concern {
	dtype, _ := t.Settings.Text("dtype")
	cache, _ := t.Settings.Text(vllm.KVCacheDtype)
	if _, known := t.GPU(); known || t.Card != "" || !vllm.HalfWithFP8KV(dtype, cache) {
		return nil
	}
	return []concern{{ID: "float16-with-fp8-cache", Targets: []string{t.Name},
		Says: fmt.Sprintf("%s: dtype %s with kv-cache-dtype %s: on a Hopper card (H100, H200) vLLM 0.26 dies of it "+
			"after loading the model (\"For FP8 input, output must have dtype BF16\")", t.Name, dtype, cache),
		Instead: "dtype bfloat16 there; card: says which card it is"}}
}

// activeConcerns finds the smaller of two limits on running requests.
func activeConcerns(t Target) []concern {
	active, ok1 := t.Settings.Int("max-num-active-seqs")
	seqs, ok2 := t.Settings.Int(vllm.MaxNumSeqs)
	if !ok1 || !ok2 || active == seqs {
		return nil
	}
	c := concern{ID: "active-below-seqs", Targets: []string{t.Name},
		Says: fmt.Sprintf("%s: max-num-active-seqs %d binds before max-num-seqs %d: no more requests run at once", t.Name,
			active, seqs),
		Instead: "raise max-num-active-seqs, not max-num-seqs"}
	if active > seqs {
		c.Refused = true
		c.Says, c.Instead = fmt.Sprintf("%s: max-num-active-seqs %d is above max-num-seqs %d: vLLM refuses to start", t.Name,
			active, seqs), fmt.Sprintf("max-num-active-seqs of at most %d", seqs)
	}
	return []concern{c}
}
