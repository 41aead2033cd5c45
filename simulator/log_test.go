package simulator

import (
	"regexp"
	"strings"
	"testing"
)

func TestLog(t *testing.T) {
	var lines strings.Builder
	o := small()
	o.Log = &lines
	o.Flags["enable-logging-iteration-details"] = true
	o.Flags["async-scheduling"] = false
	w := newWorld(t, o)
	w.run(func() {
		w.do("POST", "/v1/chat/completions", chat(mini, words60(3000), `,"max_tokens":1500,"ignore_eos":true`), 0)
	})
	for _, want := range []string{
		`non-default args: \{'api_key': '\*\*\*', 'async_scheduling': False, .*'max_model_len': 8192`,
		`Using max model len 8192\n`,
		`Chunked prefill is enabled with max_num_batched_tokens=2048\.\n`,
		`Model loading took 5\.75 GiB memory and [\d.]+ seconds\n`,
		`Available KV cache memory: \d+\.\d\d GiB\n`,
		`GPU KV cache size: 105,424 tokens, Maximum concurrency for 8,192 tokens per request: 12\.87x\n`,
		`Engine 000: Iteration\(0\): 1 context requests, 2048 context tokens, 0 generation requests, 0 generation tokens, ` +
			`iteration elapsed time: \d{3}\.\d\d ms, GPU KV cache usage: 1\.9%\n`,
		`Engine 000: Iteration\(2\): 0 context requests, 0 context tokens, 1 generation requests, 1 generation tokens, ` +
			`iteration elapsed time: \d\.\d\d ms, GPU KV cache usage: 2\.9%\n`,
		`Engine 000: Avg prompt throughput: \d+\.\d tokens/s, Avg generation throughput: \d+\.\d tokens/s, Running: 1 ` +
			`reqs, Waiting: 0 reqs, GPU KV cache usage: \d\.\d%, Prefix cache hit rate: 0\.0%\n`,
	} {
		if !regexp.MustCompile(want).MatchString(lines.String()) {
			t.Errorf("no line %s", want)
		}
	}
	if strings.Contains(lines.String(), "'key'") {
		t.Error("the key is in the log")
	}
	if t.Failed() {
		t.Log(lines.String()[:3000])
	}
}
