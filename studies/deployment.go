// Package studies tells whether the analysis deserves trust: it makes random deployments on simulated servers whose
// coefficients are not the tool's own, lets the tool see what a real server would show, and holds what it concludes
// against brute force on the engine. Nobody imports it.
package studies

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/simulator/engine"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A deployment is a server with its load, and the world that it stands in.
type deployment struct {
	Name     string
	Scenario *scenarios.Scenario
	YAML     string
	World    world
	Flags    map[string]any
	Model    string
	Card     string
	Shipped  bool   // the world has the tool's own coefficients, whatever World says
	Twist    string // what the world has that the step model lacks; empty: nothing

	known kept
}

// A world is how far a server is from the coefficients that the tool ships.
type world struct {
	Profile machine.Profile
	Extra   func(*engine.Step) time.Duration
}

// options are the simulator's for the deployment, with flags on top of its own.
func (d deployment) options(change map[string]any) simulator.Options {
	flags := map[string]any{}
	for k, v := range d.Flags {
		flags[k] = v
	}
	for k, v := range change {
		flags[k] = v
	}
	p := d.World.Profile
	return simulator.Options{Model: d.Model, GPU: d.Card, Flags: flags, Seed: 1, Profile: &p, Extra: d.World.Extra}
}

var (
	models = []string{"Qwen/Qwen3-1.7B", "Qwen/Qwen3-1.7B-FP8", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ", "Qwen/Qwen3-8B-FP8",
		"Qwen/Qwen3-32B",
		"Qwen/Qwen3-32B-AWQ", "Qwen/Qwen3-32B-FP8", "meta-llama/Llama-3.1-8B-Instruct",
		"meta-llama/Llama-3.1-8B-Instruct-FP8",
		"meta-llama/Llama-3.1-70B-Instruct", "meta-llama/Llama-3.1-70B-Instruct-AWQ", "meta-llama/Llama-3.1-70B-Instruct-FP8"}
	cards = []string{"H100", "H200", "A100", "L40S", "RTX 4090", "RTX 3090", "RTX PRO 6000"}
	mixes = []string{
		"chat: {input: {lognormal: {mean: 500, cv: 0.8, max: 4000}}, output: {lognormal: {mean: 120, cv: 0.6, max: 500}}}",
		"story: {input: {lognormal: {mean: 150, cv: 0.6, max: 1000}}, output: {lognormal: {mean: 300, cv: 0.4, max: 800}}}",
		"rag: {input: {lognormal: {mean: 3000, cv: 0.5, max: 9000}}, output: {lognormal: {mean: 60, cv: 0.5, max: 200}}}",
		"chat: {weight: 9, input: {lognormal: {mean: 500, cv: 0.8, max: 4000}}, output: {lognormal: {mean: 120, cv: 0.6, " +
			"max: 500}}}, doc: {weight: 1, input: {lognormal: {mean: 8000, cv: 0.3, max: 14000}}, output: {lognormal: {mean: " +
			"100, cv: 0.5, max: 400}}}",
		"summary: {input: {lognormal: {mean: 1500, cv: 0.6, max: 6000}}, output: {lognormal: {mean: 200, cv: 0.4, " +
			"max: 500}}}",
	}
)

// random draws a deployment that starts, and an objective that breaks somewhere on its ladder. known keeps the tool's
// own coefficients.
func random(seed uint64, known bool) deployment {
	rng := rand.New(rand.NewPCG(seed, 77))
	for {
		d, ok := draw(rng, seed, known)
		if ok {
			return d
		}
	}
}

func draw(rng *rand.Rand, seed uint64, known bool) (d deployment, ok bool) {
	d.Model, d.Card = models[rng.IntN(len(models))], cards[rng.IntN(len(cards))]
	pick := func(of ...int) int { return of[rng.IntN(len(of))] }
	d.Flags = map[string]any{
		vllm.MaxNumBatchedTokens: pick(512, 1024, 2048, 8192, 16384, 65536), vllm.MaxNumSeqs: pick(16, 32, 64, 128, 256),
		vllm.GPUMemoryUtilization: []float64{0.5, 0.7, 0.9, 0.95}[rng.IntN(4)], vllm.TensorParallelSize: pick(1, 1, 2, 4),
		vllm.MaxModelLen: 16384,
	}
	base, _ := machine.FindProfile(d.Card)
	d.World = world{Profile: base}
	if !known {
		d.World, d.Twist = strange(rng, base)
	}
	m, blocks, err := d.options(nil).Machine()
	if err != nil {
		return d, false
	}
	mix := mixes[rng.IntN(len(mixes))]
	d.Name = fmt.Sprintf("%d %s on %d × %s", seed, d.Model, m.TP, d.Card)
	d.YAML = d.yaml(mix, "", seed)
	if d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML)); err != nil {
		panic(err)
	}
	objective := d.objective(rng, m, blocks)
	d.YAML = d.yaml(mix, objective, seed)
	if d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML)); err != nil {
		panic(err)
	}
	return d, true
}

// strange is a world off the tool's coefficients: each by 20 to 50 %, this start by a deviation of 2.8 %, and every
// third with a term that the step model lacks.
func strange(rng *rand.Rand, p machine.Profile) (world, string) {
	off := func() float64 {
		by := 1 + 0.2 + 0.3*rng.Float64()
		if rng.IntN(2) == 0 {
			by = 1 / by
		}
		return by
	}
	start := math.Exp(0.028 * rng.NormFloat64())
	shares, times := coefficients(&p)
	for _, share := range shares {
		*share = math.Min(1.4, *share*off()/start)
	}
	for _, t := range times {
		*t = time.Duration(float64(*t) * off() * start)
	}
	w := world{Profile: p}
	switch rng.IntN(9) {
	case 0: // another graph cliff
		w.Extra = func(s *engine.Step) time.Duration {
			if s.Tokens > 256 {
				return 4 * time.Millisecond
			}
			return 0
		}
		return w, "graph cliff at 256 tokens"
	case 1: // a floor of the host
		w.Extra = func(s *engine.Step) time.Duration { return time.Duration(s.Decodes+s.Prefills) * 25 * time.Microsecond }
		return w, "host time per request"
	case 2: // tokenizer and scheduling time with every prompt
		w.Extra = func(s *engine.Step) time.Duration { return time.Duration(s.Prefills) * 3 * time.Millisecond }
		return w, "time per prompt"
	}
	return w, ""
}

// coefficients are those of a profile that a world may have otherwise: shares of a card's rates, and times.
func coefficients(p *machine.Profile) (shares []*float64, times []*time.Duration) {
	return []*float64{&p.Compute, &p.Bandwidth, &p.KVRead, &p.Attention}, []*time.Duration{&p.Step, &p.StepSeq, &p.Layer,
		&p.Piece, &p.Accept, &p.AcceptToken, &p.Chunk, &p.Token}
}

func (d deployment) yaml(mix, objective string, seed uint64) string {
	var flags []string
	for _, f := range []string{vllm.MaxNumBatchedTokens, vllm.MaxNumSeqs, vllm.GPUMemoryUtilization,
		vllm.TensorParallelSize, vllm.MaxModelLen} {
		flags = append(flags, fmt.Sprintf("%s: %v", f, d.Flags[f]))
	}
	return fmt.Sprintf("version: 1\nseed: %d\ntargets:\n  a: {url: http://a:8000, model: %s, card: %s, settings: "+
		"{%s}}\nprompts: {%s}\n%sload: {concurrency: {from: 1, to: 256, factor: 2, stop: saturated}}\n",
		seed, d.Model, d.Card, strings.Join(flags, ", "), mix, objective)
}

// withSearch is the deployment whose ladder a search follows, as init proposes it; without an objective there is
// nothing to search.
func (d deployment) withSearch() deployment {
	if d.Scenario.Objective.IsZero() {
		return d
	}
	before, load, _ := strings.Cut(d.YAML, "load: {")
	d.YAML = before + "load: [{name: sweep, " + strings.TrimSpace(load) + ", {name: limit, find: concurrency}]\n"
	var err error
	if d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML)); err != nil {
		panic(err)
	}
	return d
}

// objective asks for what the server shows at some level of the ladder, so that it breaks nearby; one in eight asks for
// none, and one in sixteen for what a lone request does not keep.
func (d deployment) objective(rng *rand.Rand, m machine.Machine, blocks int) string {
	kind := rng.IntN(16)
	if kind < 2 {
		return ""
	}
	level := float64([]int{4, 8, 16, 24, 32, 48, 64}[rng.IntN(7)])
	goal := []float64{0.9, 0.95, 0.99}[rng.IntN(3)]
	seen := newTruth(m, blocks, d.Scenario, 400)
	if kind == 2 {
		level = 1
	}
	ttft, tpot, gap := seen.quantiles(level, goal)
	var clauses []string
	add := func(name string, v float64) {
		slack := 1.02 + 0.4*rng.Float64()
		if kind == 2 {
			slack = 0.6
		}
		if rng.IntN(2) == 0 || kind == 2 {
			clauses = append(clauses, fmt.Sprintf("%s: %.2fms", name, 1e3*v*slack))
		}
	}
	add("ttft", ttft)
	add("tpot", tpot)
	add("itl", gap)
	if len(clauses) == 0 {
		clauses = append(clauses, fmt.Sprintf("ttft: %.2fms", 1.2e3*ttft))
	}
	return fmt.Sprintf("objective: {%s, attainment: %g%%}\n", strings.Join(clauses, ", "), 100*goal)
}
