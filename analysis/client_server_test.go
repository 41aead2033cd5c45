package analysis

import (
	"math"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/vllm"
)

// Every answer waits 1 ms, is sent in 2, queues 3, is prefilled in 60 of the 94 ms that are left to its first token,
// and is decoded in 1 ms less than we saw: the parts are these, and they are E2E.
func TestASplitAddsUp(t *testing.T) {
	d := steady(4, 50, 100*ms, 10*ms, 30*time.Second)
	for i := range d.Records {
		r := &d.Records[i]
		r.Sent, r.Written = r.Due+1*ms, r.Due+3*ms
		r.End += 5 * ms
		if i%2 == 0 {
			r.ServerQueue, r.ServerFirstToken, r.ServerGeneration = 3*ms, 60*ms, 489*ms
		}
	}
	s := splitOf(d.cohort())
	want := split{N: s.N, Wait: 0.001, Send: 0.002, Queue: 0.003, Prefill: 0.060, FrontEnd: 0.034, Decode: 0.489,
		Stream: 0.001, Close: 0.005, E2E: 0.595}
	for _, v := range [][2]float64{{s.Wait, want.Wait}, {s.Send, want.Send}, {s.Queue, want.Queue},
		{s.Prefill, want.Prefill}, {s.FrontEnd, want.FrontEnd},
		{s.Decode, want.Decode}, {s.Stream, want.Stream}, {s.Close, want.Close}, {s.E2E, want.E2E},
		{s.Wait + s.Send + s.Queue + s.Prefill + s.FrontEnd + s.Decode + s.Stream + s.Close, s.E2E}} {
		if math.Abs(v[0]-v[1]) > 1e-9 {
			t.Errorf("got %+v\nwant %+v", s, want)
		}
	}
	if n := d.cohort().n; s.N < n/2-2 || s.N > n/2+2 {
		t.Errorf("%d of %d have the server's timings", s.N, n)
	}
	if none := splitOf(requests{}); none.N != 0 {
		t.Errorf("%+v of nothing", none)
	}
}

// Four steps lie in the window: two with prompts of 300 and 500 tokens, with 8, 9, 10 and 11 answers.
func TestEngineFactsCountTheWindow(t *testing.T) {
	var samples []results.Sample
	step := func(at time.Duration, prompt, answers float64) {
		for name, v := range map[string]float64{vllm.StepContextTokens: prompt, vllm.StepGenerationRequests: answers} {
			samples = append(samples, results.Sample{At: at, Source: results.Engine, Name: name, Label: "0", Value: v})
		}
	}
	step(1*time.Second, 9000, 99) // before
	step(3*time.Second, 0, 8)
	step(4*time.Second, 300, 9)
	step(5*time.Second, 500, 10)
	step(6*time.Second, 0, 11)
	step(7*time.Second, 9000, 99) // after
	got := engineFactsOf(samples, results.Window{Start: 3 * time.Second, End: 7 * time.Second})
	want := engineFacts{Steps: 4, StepsPerSec: 1, Prefilling: 0.5, Decodes: 9.5, DecodesMax: 11, PromptMean: 400,
		PromptMax: 500}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if none := engineFactsOf(nil, results.Window{End: time.Second}); none != (engineFacts{}) {
		t.Errorf("%+v of no log", none)
	}
}
