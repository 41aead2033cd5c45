package machine

import (
	"fmt"
	"time"

	"loadgen/vllm"
)

// A Profile is how near to its data sheet a card comes in vLLM, and what the host adds. Its numbers trade off against
// each other, so a row is to be taken as a set.
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
	Layer       time.Duration // host time to launch one layer without a CUDA graph: a step takes at least so long
	Piece       time.Duration // … to launch one layer of a step with prefill, whose graph is in pieces
	Accept      time.Duration // the API server's time for a request before the engine gets it
	AcceptToken time.Duration // … and per token of its prompt
	Stage       time.Duration // how much of that it does in one turn of its event loop, between waves of tokens; 0: all
	Token       time.Duration // its time for one token that the engine made
	// … and for one chunk of a stream: it writes 1/(Token + Chunk) chunks of one token a second at most
	Chunk  time.Duration
	Jitter float64 // standard deviation of a step's length, relative
	Source string

	Kernels *kernels `json:",omitempty"` // the formats that were measured on this card; the others are estimated
	FP8KV   *fp8KV   `json:",omitempty"` // as measured; nil: estimated
}

// Check tells what cannot be in a profile: shares of a peak outside 0 to 1.5, no rounding, times below 0.
func (p Profile) Check() error {
	for _, share := range []float64{p.Bandwidth, p.Compute, p.KVRead, p.Attention} {
		if !(share > 0 && share <= 1.5) {
			return fmt.Errorf("profile of %q: %v of a peak", p.Card, share)
		}
	}
	if least := min(p.Step, p.StepSeq, p.Host, p.HostSeq, p.Layer, p.Piece, p.Accept, p.AcceptToken, p.Stage, p.Token,
		p.Chunk); least < 0 {
		return fmt.Errorf("profile of %q: a time of %v", p.Card, least)
	}
	if !(p.Knee >= 1 && p.Knee <= 100) || !(p.Jitter >= 0 && p.Jitter < .3) {
		return fmt.Errorf("profile of %q: knee %v, jitter %v", p.Card, p.Knee, p.Jitter)
	}
	return nil
}

// Profiles are the cards known here, one for each of vllm.Cards. The host's and the API server's times are those seen
// on two machines with Hopper cards and taken for all.
var Profiles = []Profile{
	measured(Profile{Card: "H100", Bandwidth: .785, Compute: .6325, KVRead: .93, Attention: .583, Knee: 4, Step: 980 * us,
		StepSeq: 8 * us,
		Kernels: &kernels{BF16: hopper.BF16},
		Source: "measured: one H100 80GB, vLLM 0.26, Qwen3-8B in bf16 (lone prompts, steady decode; the intercept with " +
			"Qwen3-1.7B)"}),
	h200(),
	measured(Profile{Card: "A100", Bandwidth: .80, Compute: .70, KVRead: .80, Attention: .50, Knee: 6, Step: 1500 * us,
		StepSeq: 15 * us,
		Source:  "estimated"}),
	measured(Profile{Card: "L40S", Bandwidth: .85, Compute: .60, KVRead: .80, Attention: .50, Knee: 8, Step: 900 * us,
		StepSeq: 7 * us,
		Source:  "estimated: between the RTX 4090 and the RTX PRO 6000"}),
	measured(Profile{Card: "RTX 4090", Bandwidth: .90, Compute: .76, KVRead: .85, Attention: .60, Knee: 8, Step: 800 * us,
		StepSeq: 6 * us,
		Kernels: &kernels{BF16: hopper.BF16},
		Source:  "fitted to a vLLM 0.19 trace of Llama-3.1-8B in bf16 (LLMServingSim)"}),
	measured(Profile{Card: "RTX 3090", Bandwidth: .85, Compute: .75, KVRead: .80, Attention: .55, Knee: 8, Step: 1000 * us,
		StepSeq: 8 * us,
		Source:  "estimated"}),
	measured(Profile{Card: "RTX PRO 6000", Bandwidth: .64, Compute: .65, KVRead: .76, Attention: .65, Knee: 8,
		Step: 800 * us, StepSeq: 5 * us,
		Kernels: &kernels{BF16: hopper.BF16},
		Source:  "fitted to vLLM 0.19 traces of Llama-3.1-8B and Qwen3-32B TP 2 in bf16 (LLMServingSim)"}),
	guessed("T4", .6), guessed("L4", .6), guessed("L40", .6), guessed("A10", .65), guessed("A10G", .65),
	guessed("A30", .7), guessed("A40", .65), guessed("A100 40GB", .7), guessed("A100 PCIe", .7),
	guessed("A6000", .65), guessed("RTX 6000 Ada", .65), guessed("RTX 5090", .65), guessed("H100 PCIe", .65),
	guessed("H100 NVL", .65), guessed("H20", .7), guessed("B200", .5),
}

// guessed is a card that nobody measured here: such shares of its data sheet as the measured cards reach.
func guessed(card string, compute float64) Profile {
	return measured(Profile{Card: card, Bandwidth: .80, Compute: compute, KVRead: .80, Attention: .50, Knee: 6,
		Step: 1000 * us, StepSeq: 8 * us, Source: "estimated"})
}

// measured adds what the host and the API server took on the H100's machine (16 cores of an Intel Xeon, vLLM 0.26).
// Host, Layer and Piece are those of the H200's machine, 16 cores of the same make: Host from decode of the 1.7B at 64
// to 256 in flight, which waits for it.
func measured(p Profile) Profile {
	p.Host, p.HostSeq = 2100*us, 24500*time.Nanosecond
	p.Layer, p.Piece = 960*us, 300*us
	p.Accept, p.AcceptToken, p.Stage, p.Token, p.Chunk = 4500*us, 1400*time.Nanosecond, 150*us, 20*us, 54*us
	p.Jitter = .01
	return p
}

// h200 was measured with every format, and its API server by itself (testdata/gpu/quantised).
func h200() Profile {
	p := measured(Profile{Card: "H200", Bandwidth: .785, Compute: .645, KVRead: .95, Attention: .62, Knee: 4,
		Step: 980 * us, StepSeq: 8300 * time.Nanosecond,
		Kernels: &hopper, FP8KV: &hopperFP8KV,
		Source: "measured: two H200, vLLM 0.26, Qwen3-8B in bf16, FP8 and AWQ, with fp8 KV 8B-AWQ and 1.7B-FP8"})
	p.Accept, p.AcceptToken, p.Stage, p.Token, p.Chunk = 4900*us, 1400*time.Nanosecond, 260*us, 24*us, 70*us
	return p
}

const us = time.Microsecond

// ProfileOf returns the coefficients of a card: those known by its name, else such shares of its numbers as the
// measured cards reach.
func ProfileOf(card vllm.Card) Profile {
	if p, ok := FindProfile(card.Name); ok {
		return p
	}
	return guessed(card.Name, .6)
}

// FindProfile returns the profile of a card by its name in vllm.Cards.
func FindProfile(card string) (Profile, bool) {
	for _, p := range Profiles {
		if p.Card == card {
			return p, true
		}
	}
	return Profile{}, false
}
