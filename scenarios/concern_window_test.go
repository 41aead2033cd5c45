package scenarios

import (
	"strings"
	"testing"
)

func TestWhatDoesNotFitAWindow(t *testing.T) {
	const exact, short = "refuses it with status 400", "answers shorter than asked"
	for class, says := range map[string]string{
		"{input: {fixed: 1500}, output: {fixed: 1000}}": "1500 and an answer of 1000 " +
			"tokens are longer than the window of 2048: vLLM " + exact,
		"{input: {fixed: 1500}, output: {max: 1000}}": "1500 and an answer of 1000 " +
			"tokens are longer than the window of 2048: vLLM " + short,
		"{input: {fixed: 1500}, output: {max: 548}}":                                "",
		"{input: {uniform: [10, 2000]}, output: {max: 100}}":                        "a prompt of 2000",
		"{input: {lognormal: {mean: 1000, cv: 1}}, output: {max: 100}}":             "longer than the window",
		"{input: {lognormal: {mean: 1000, cv: 1, max: 1900}}, output: {max: 100}}":  "",
		"{input: {fixed: 300}, output: {fixed: 200}, session: {turns: {fixed: 4}}}": "",
		"{input: {fixed: 300}, output: {fixed: 200}, session: {turns: {fixed: 6}}}": "from turn 5 of 6 on a " +
			"conversation needs 2500 tokens on average",
		"{input: {uniform: [100, 300]}, output: {fixed: 200}, session: {turns: {fixed: 5}}}": "from turn 5 of 5 on a " +
			"conversation needs 2500 tokens at its longest",
		"{source: {file: 50-mooncake.jsonl, format: lengths}, output: {from_file: exact}}": "2 of its 3 prompts with " +
			"their answers are longer than the window of 2048 tokens, up to 7020",
		"{text: hello, output: {max: 3000}}": "longer than the window",
	} {
		s, err := Parse("testdata/field/x.yaml", []byte("version: 1\ntargets: {s: {url: 'http://localhost:1', model: m, "+
			"settings: {max-model-len: 2048}}}\nprompts: {a: "+class+"}\nload: {concurrency: [1]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if said := s.said(); says == "" && strings.Contains(said, "longer-than-window") || !strings.Contains(said, says) {
			t.Errorf("%s\nwant %q\ngot  %s", class, says, said)
		}
	}
}

func TestFindingsOfServerSettings(t *testing.T) {
	for target, says := range map[string]string{
		"settings: {dtype: float16, " +
			"kv-cache-dtype: fp8}": "float16-with-fp8-cache",
		"settings: {dtype: float16, kv-cache-dtype: fp8}, card: RTX 4090": "",
		"settings: {dtype: bfloat16, kv-cache-dtype: fp8}, card: H100":    "",
		"settings: {max-num-seqs: 4, max-num-active-seqs: 2}": "max-num-active-seqs " +
			"2 binds before max-num-seqs 4",
		"settings: {max-num-seqs: 4, max-num-active-seqs: 8}":                             "refuses to start",
		"gpus: [0, 1, 2], settings: {tensor-parallel-size: 1, pipeline-parallel-size: 3}": "",
		"gpus: [0, 1, 2], settings: {tensor-parallel-size: 1, " +
			"data-parallel-size: 2}": "tensor-parallel-size 1 × data-parallel-size 2 with 3 GPUs listed",
		"gpus: [0, 1], settings: {data-parallel-size: 4, data-parallel-size-local: 2}":               "",
		"gpus: [0], settings: {tensor-parallel-size: 2, nnodes: 2}":                                  "",
		"settings: {long-prefill-token-threshold-adaptive: true, max-num-queued-tokens: 5000000000}": "",
	} {
		s, err := Parse("x.yaml", []byte("version: 1\ntargets: {s: {url: 'http://localhost:1', model: m, "+target+
			"}}\nprompts: {a: {text: x, output: {max: 2}}}\nload: {concurrency: [1]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if said := s.said(); !strings.Contains(said, says) || says == "" && said != "" {
			t.Errorf("%s: want %q, got %q", target, says, said)
		}
	}
	s, err := Parse("x.yaml", []byte("version: 1\ntargets: {a: {url: 'http://h:1', model: m}, b: {url: 'http://h:1/', "+
		"model: n}, c: {url: 'http://h:2', model: n}}\nprompts: {a: {text: x, output: {max: 2}}}\nload: {concurrency: "+
		"[1]}\nrequest: {extra_body: {stop: [abcdefgh, x]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if said := s.said(); !strings.Contains(said, "two targets share a URL: a, b are all at http://h:1") ||
		strings.Count(said, "url-shared") != 1 || !strings.Contains(said, "holds back 7 characters") {
		t.Error(said)
	}
}
