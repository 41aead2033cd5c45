package simulator

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/simulator/engine"
)

// A log writes the lines of vLLM's own that a reader of logs looks for. nil writes nothing.
type log struct {
	w                 io.Writer
	s                 *Server
	every             bool // a line for each iteration
	last              time.Duration
	prompt, generated int // tokens at the last statistics line
}

// statsInterval is VLLM_LOG_STATS_INTERVAL.
const statsInterval = 10 * time.Second

func (l *log) line(process, where, format string, args ...any) {
	if l == nil {
		return
	}
	at := l.s.now().UTC().Format("01-02 15:04:05")
	// a log that cannot be written stops no server
	_, _ = fmt.Fprintf(l.w, "("+process+" pid=1) INFO "+at+" ["+where+"] "+format+"\n", args...)
}

// start writes what a start-up says of the settings and of memory.
func (l *log) start() {
	if l == nil {
		return
	}
	set, m := l.s.set, l.s.mem
	l.line("APIServer", "api_utils.py:286", "non-default args: {%s}", python(l.s.opts))
	l.line("APIServer", "model.py:2152", "Using max model len %d", set.maxLen)
	if set.chunked {
		l.line("APIServer", "scheduler.py:307", "Chunked prefill is enabled with max_num_batched_tokens=%d.", set.budget)
	}
	l.line("EngineCore", "gpu_model_runner.py:1", "Model loading took %.2f GiB memory and %.6f seconds", m.Weights, 0.0)
	l.line("EngineCore", "gpu_worker.py:1", "Available KV cache memory: %.2f GiB", m.KV)
	l.line("EngineCore", "kv_cache_utils.py:1", "GPU KV cache size: %s tokens, Maximum concurrency for %s tokens per "+
		"request: %.2fx",
		thousands(set.start().Tokens(l.s.blocks)), thousands(set.maxLen), l.s.concurrency())
	if !set.eager {
		l.line("EngineCore", "gpu_model_runner.py:2", "Graph capturing finished in %.0f secs, took %.2f GiB", 0.0, m.Graphs)
	}
	l.line("APIServer", "launcher.py:1", "Simulated: %s", l.s.says())
}

// step writes the lines that follow iterations. Subtle: with asynchronous scheduling vLLM's "elapsed" is how long the
// engine waited and not how long the step took (0.03 ms logged for steps of 2.3 ms, vLLM 0.26): so it is here.
func (l *log) step(s *engine.Step) {
	if l == nil || s.Tokens == 0 {
		return
	}
	if l.every {
		elapsed := s.End - s.Start
		if l.s.set.async {
			elapsed = 30 * time.Microsecond
		}
		l.line("APIServer", "loggers.py:199", "Engine 000: Iteration(%d): %d context requests, %d context tokens, %d "+
			"generation requests, %d generation tokens, iteration elapsed time: %.2f ms, GPU KV cache usage: %.1f%%",
			s.Index, s.Prefills, s.PrefillTokens, s.Decodes, s.Decodes, elapsed.Seconds()*1e3, 100*l.s.usage())
	}
	if s.End-l.last >= statsInterval {
		l.stats(s)
	}
}

func (l *log) stats(s *engine.Step) {
	m, took := &l.s.metrics, (s.End - l.last).Seconds()
	c, rate := l.s.engine.Counters(), 0.0
	if c.PrefixQueries > 0 {
		rate = 100 * float64(c.PrefixHits) / float64(c.PrefixQueries)
	}
	l.line("APIServer", "loggers.py:335", "Engine 000: Avg prompt throughput: %.1f tokens/s, Avg generation throughput: "+
		"%.1f tokens/s, Running: %d reqs, Waiting: %d reqs, GPU KV cache usage: %.1f%%, Prefix cache hit rate: %.1f%%",
		float64(m.promptTotal-l.prompt)/took, float64(m.generated-l.generated)/took, s.Running, s.Waiting, 100*l.s.usage(),
		rate)
	l.last, l.prompt, l.generated = s.End, m.promptTotal, m.generated
}

func (s *Server) usage() float64 { return float64(s.metrics.used) / float64(s.blocks-1) }

// python writes the options as Python's repr of a dict; the key is hidden as vLLM hides it.
func python(o Options) string {
	args := []string{fmt.Sprintf("'model': '%s'", o.Model)}
	if o.APIKey != "" {
		args = append(args, "'api_key': '***'")
	}
	for name, v := range o.Flags {
		key := "'" + strings.ReplaceAll(name, "-", "_") + "': "
		switch v := v.(type) {
		case string:
			args = append(args, key+"'"+v+"'")
		case bool:
			args = append(args, key+map[bool]string{true: "True", false: "False"}[v])
		default:
			args = append(args, key+fmt.Sprint(v))
		}
	}
	slices.Sort(args)
	return strings.Join(args, ", ")
}

// thousands writes 1,234,567.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
