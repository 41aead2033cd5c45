package machine

import "time"

// A Profile is how near to its data sheet a card comes in vLLM, and what the host adds. Its numbers trade off against each
// other, so a row is to be taken as a set.
type Profile struct {
	Card        string
	Bandwidth   float64       // of the peak, reading weights
	Compute     float64       // of the peak, linear layers in 16 bit
	KVRead      float64       // of the peak bandwidth, reading 16-bit KV in decode
	Attention   float64       // of the peak, attention of prefill
	Knee        float64       // exponent of the roofline's rounding: 4 is round, 8 is sharp
	Step        time.Duration // added to every step: kernel launches, sampling, what asynchronous scheduling cannot hide
	StepSeq     time.Duration // … and per request in it
	Host        time.Duration // scheduling and bookkeeping between steps, hidden behind the GPU when scheduling is async
	HostSeq     time.Duration
	Layer       time.Duration // host time to launch one layer without a CUDA graph
	Accept      time.Duration // the API server's time for a request before the engine gets it
	AcceptToken time.Duration // … and per token of its prompt
	Chunk       time.Duration // the API server's time for one chunk of a stream: it makes 1/Chunk a second at most
	Jitter      float64       // standard deviation of a step's length, relative
	Source      string
}

// Profiles are the cards known here, one for each of vllm.Cards. Estimated for all: the host's times, and the API server's
// (a ceiling of some 7,000 streamed tokens/s was seen on slow cores, vLLM 0.26; 10,000 is assumed).
var Profiles = []Profile{
	{Card: "H100", Bandwidth: .78, Compute: .70, KVRead: .80, Attention: .45, Knee: 6, Step: 1500 * us, StepSeq: 15 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01,
		Source: "guess near a Qwen3-32B fit; graph cliff from one run of vLLM 0.26 (Qwen3-8B, bf16)"},
	{Card: "H200", Bandwidth: .78, Compute: .70, KVRead: .80, Attention: .45, Knee: 6, Step: 1500 * us, StepSeq: 15 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01, Source: "estimated: as the H100"},
	{Card: "A100", Bandwidth: .80, Compute: .70, KVRead: .80, Attention: .50, Knee: 6, Step: 1500 * us, StepSeq: 15 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01, Source: "estimated"},
	{Card: "L40S", Bandwidth: .85, Compute: .60, KVRead: .80, Attention: .50, Knee: 8, Step: 900 * us, StepSeq: 7 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01, Source: "estimated: between the RTX 4090 and the RTX PRO 6000"},
	{Card: "RTX 4090", Bandwidth: .90, Compute: .76, KVRead: .85, Attention: .60, Knee: 8, Step: 800 * us, StepSeq: 6 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01,
		Source: "fitted to a vLLM 0.19 trace of Llama-3.1-8B in bf16 (LLMServingSim)"},
	{Card: "RTX 3090", Bandwidth: .85, Compute: .75, KVRead: .80, Attention: .55, Knee: 8, Step: 1000 * us, StepSeq: 8 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01, Source: "estimated"},
	{Card: "RTX PRO 6000", Bandwidth: .64, Compute: .65, KVRead: .76, Attention: .65, Knee: 8, Step: 800 * us, StepSeq: 5 * us,
		Host: 600 * us, HostSeq: 6 * us, Layer: 500 * us, Accept: 2 * ms, AcceptToken: us, Chunk: 100 * us, Jitter: .01,
		Source: "fitted to vLLM 0.19 traces of Llama-3.1-8B and Qwen3-32B TP 2 in bf16 (LLMServingSim)"},
}

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// FindProfile returns the profile of a card by its name in vllm.Cards.
func FindProfile(card string) (Profile, bool) {
	for _, p := range Profiles {
		if p.Card == card {
			return p, true
		}
	}
	return Profile{}, false
}
