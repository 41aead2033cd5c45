package simulator

import (
	"time"

	"loadgen/simulator/engine"
)

// metrics are the numbers behind /metrics, with vLLM's lags: the preemption counter moves with the victim's next token,
// histograms of whole requests when they finish, and what a client aborts is in none of the latter. Guarded by the
// engine's lock.
type metrics struct {
	ttft, itl, tpot, e2e, queue, inference, prefill, decode histogram
	iteration, prompts, outputs, longest, paramsN, limits   histogram
	preempts, computed                                      histogram

	success     [3]uint64 // by finishReasons
	promptTotal int
	cachedTotal int
	generated   int
	preemptions int
	rejected    int // by max-num-queued-reqs
	overTokens  int // … and by max-num-queued-tokens

	running, waiting, used int // after the last step
}

// finishReasons of request_success; abort, error and repetition never come from a client.
var finishReasons = []string{"stop", "length", "abort", "error", "repetition"}

func newMetrics(window int) metrics {
	tokens := series125(window)
	return metrics{
		ttft: newHistogram(ttftBounds...), itl: newHistogram(itlBounds...), tpot: newHistogram(itlBounds...),
		e2e: newHistogram(requestBounds...), queue: newHistogram(requestBounds...), inference: newHistogram(requestBounds...),
		prefill: newHistogram(requestBounds...), decode: newHistogram(requestBounds...),
		iteration: newHistogram(iterationBounds...), prompts: newHistogram(tokens...), outputs: newHistogram(tokens...),
		longest: newHistogram(tokens...), paramsN: newHistogram(paramsBounds...), limits: newHistogram(tokens...),
		preempts: newHistogram(preemptBounds...), computed: newHistogram(tokens...),
	}
}

// step takes what the engine tells once per step.
func (m *metrics) step(s *engine.Step) {
	m.running, m.waiting, m.used = s.Running, s.Waiting, s.Used
	if s.Generated > 0 {
		m.generated += s.Generated
		m.iteration.observe(float64(s.Prompt + s.Generated))
	}
}

// first takes a choice's first token.
func (m *metrics) first(c *choice, now time.Duration) {
	m.ttft.observe((now - c.a.came).Seconds())
	m.promptTotal += c.Prompt
	m.cachedTotal += c.Cached
}

// finished takes a choice that ended by itself.
func (m *metrics) finished(c *choice, now time.Duration) {
	if c.why == "stop" {
		m.success[0]++
	} else {
		m.success[1]++
	}
	decode := (c.last - c.First).Seconds()
	m.e2e.observe((now - c.a.came).Seconds())
	m.queue.observe((c.Admitted - c.Queued).Seconds())
	m.inference.observe((c.last - c.Admitted).Seconds())
	m.prefill.observe((c.First - c.Admitted).Seconds())
	m.decode.observe(decode)
	m.tpot.observe(decode / float64(max(c.sent-1, 1)))
	m.prompts.observe(float64(c.Prompt))
	m.outputs.observe(float64(c.sent))
	m.limits.observe(float64(c.MaxTokens))
	m.preempts.observe(float64(c.Preemptions))
	m.computed.observe(float64(c.Prompt - c.Cached))
}

// answered takes a whole HTTP request.
func (m *metrics) answered(a *answer) {
	longest := 0
	for _, c := range a.choices {
		longest = max(longest, c.sent)
	}
	m.longest.observe(float64(longest))
	m.paramsN.observe(float64(len(a.choices)))
}
