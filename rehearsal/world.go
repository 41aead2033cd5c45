// Package rehearsal tells what simulated servers would do: it puts a simulator under every target of a scenario, in
// virtual time or on a real socket, keeps their truth beside the run, and fits a machine's coefficients to a run. It is
// the only room that sees both the simulator and the run directory.
package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/sweep"
	"loadgen/telemetry"
	"loadgen/vllm"
)

// iterationDetails makes an engine log every step.
const iterationDetails = "enable-logging-iteration-details"

// rehearsalScrape is how often /metrics is read in virtual time, where windows last minutes and reading costs real
// time.
const rehearsalScrape = 2 * time.Second

// A Rehearsal is the world of simulated servers in virtual time.
type Rehearsal struct {
	*sweep.Env
	Scenario *scenarios.Scenario // with the settings that are played
	Notes    []string            // refusals and what is played instead

	clk     *clock.Virtual
	servers map[string]*simulator.Server
	logs    map[string]*stepLog // of the targets whose engine logs its iterations
}

// A Problem is why a scenario cannot be rehearsed, with what to do about it; the hint may be empty.
type Problem struct {
	Hint string
	err  error
}

func (p *Problem) Error() string { return p.err.Error() }
func (p *Problem) Unwrap() error { return p.err }

func problem(hint, format string, args ...any) error {
	return &Problem{hint, fmt.Errorf(format, args...)}
}

// Options say how a scenario is rehearsed.
type Options struct {
	Tool   string                                     // name and version of the program
	Truth  func(target string) io.Writer              // each server's truth log; nil: none is written
	Change func(target string, of *simulator.Options) // of a target's server, before it starts; nil: nothing

	only []string // targets that are played; nil: all
}

// New puts a simulated server under every target of a scenario, at the host and port of its URL; targets with the same
// address and model share one. A target whose settings the engine refuses is played with the default budget of its
// card, and the refusal is noted. An error is a Problem.
func New(sc *scenarios.Scenario, opts Options) (*Rehearsal, error) {
	clk := clock.NewVirtual()
	clk.Stall = 30 * time.Second // between two steps a search asks the step model, for seconds on a busy machine
	network := memnet.New(clk)
	played := *sc
	played.Targets = slices.Clone(sc.Targets)
	r := &Rehearsal{clk: clk, servers: map[string]*simulator.Server{}, logs: map[string]*stepLog{}, Scenario: &played}
	at := map[string]string{}
	for i := range played.Targets {
		t := &played.Targets[i]
		if opts.only != nil && !slices.Contains(opts.only, t.Name) {
			continue
		}
		t.Metrics = nil // the simulated server shows its own
		address, err := listenAddress(t.URL)
		if err != nil {
			return nil, err
		}
		if first, taken := at[address]; taken {
			if err := r.share(t, first); err != nil {
				return nil, err
			}
			continue
		}
		o := simulator.Options{Model: t.Model, Config: t.Config, GPU: t.Card, Card: t.OwnCard, Flags: t.Settings,
			Seed: sc.Seed + uint64(i)}
		if opts.Truth != nil {
			o.Truth = opts.Truth(t.Name)
		}
		if on, _ := t.Settings[iterationDetails].(bool); on {
			r.logs[t.Name] = &stepLog{clk: clk}
			o.Log = r.logs[t.Name]
		}
		if opts.Change != nil {
			opts.Change(t.Name, &o)
		}
		server, err := r.start(t, o)
		if err != nil {
			return nil, err
		}
		for _, w := range server.Facts().Warnings {
			r.Notes = append(r.Notes, t.Name+": "+w)
		}
		at[address], r.servers[t.Name] = t.Name, server
		network.Listen(address, server.Accept)
	}
	r.Env = &sweep.Env{Clock: clk, Simulated: true, Tool: opts.Tool, Scrape: rehearsalScrape, Dial: network.Dial,
		GPU: r.gpu, Log: r.follow}
	return r, nil
}

// Has reports whether a target's server is of this world.
func (r *Rehearsal) Has(target string) bool { return r.servers[target] != nil }

// share lets a target use the server of another at the same address.
func (r *Rehearsal) share(t *scenarios.Target, first string) error {
	owner, _ := r.Scenario.Target(first)
	if owner.Model != t.Model {
		return problem("give each server a URL of its own", "targets %s and %s have the same address and different models",
			first, t.Name)
	}
	t.Settings, r.servers[t.Name], r.logs[t.Name] = owner.Settings, r.servers[first], r.logs[first]
	return nil
}

// start starts a target's server, with the card's default budget where the engine refuses the given one.
func (r *Rehearsal) start(t *scenarios.Target, o simulator.Options) (*simulator.Server, error) {
	if t.API == generator.Responses.Name {
		return nil, problem("api: chat rehearses the same load", "target %s: the simulator does not serve the Responses API",
			t.Name)
	}
	server, err := simulator.New(r.clk, o)
	var refused *simulator.Refusal
	if !errors.As(err, &refused) {
		if err != nil {
			err = problem("a rehearsal needs models and cards that it knows", "target %s: %w", t.Name, err)
		}
		return server, err
	}
	card, _ := t.GPU()
	given := t.Settings[vllm.MaxNumBatchedTokens]
	t.Settings = t.Settings.With(scenarios.Settings{vllm.MaxNumBatchedTokens: vllm.DefaultsFor(card).MaxNumBatchedTokens})
	o.Flags = t.Settings
	server, again := simulator.New(r.clk, o)
	if again != nil {
		return nil, problem("change the target's settings", "target %s: the engine refuses these settings: %w", t.Name,
			refused)
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%s: the engine refuses max-num-batched-tokens %v: %s Played with %v instead.",
		t.Name, given, refused.Says, t.Settings[vllm.MaxNumBatchedTokens]))
	return server, nil
}

// OnStall has f called when the virtual clock's goroutines stand still without a reason.
func (r *Rehearsal) OnStall(f func(error)) {
	r.clk.OnStall = func(e *clock.StallError, _ []byte) { f(e) }
}

// gpu reads the simulated cards' memory every second, as nvidia-smi would.
func (r *Rehearsal) gpu(ctx context.Context, t scenarios.Target, start time.Duration,
	sink func(results.Sample)) func() {
	ctx, cancel := context.WithCancel(ctx)
	g := clock.NewGroup(r.clk, "the simulated nvidia-smi")
	g.Go("nvidia-smi", func() {
		for at := r.clk.Now(); ; at += telemetry.GPUPeriod {
			r.readGPUs(t, at-start, sink)
			if r.clk.SleepUntil(ctx, at+telemetry.GPUPeriod) != nil {
				return
			}
		}
	})
	return func() {
		cancel()
		_ = g.Wait(context.WithoutCancel(ctx))
	}
}

func (r *Rehearsal) readGPUs(t scenarios.Target, at time.Duration, sink func(results.Sample)) {
	f := r.servers[t.Name].Facts()
	for i := range f.TP {
		id := strconv.Itoa(i)
		if i < len(t.GPUs) {
			id = strconv.Itoa(t.GPUs[i])
		}
		sink(results.Sample{At: at, Source: results.GPU, Name: telemetry.GPUMemoryTotal, Label: id,
			Value: f.Memory.Total * 1024})
		sink(results.Sample{At: at, Source: results.GPU, Name: telemetry.GPUMemoryUsed, Label: id,
			Value: (f.Memory.Requested + f.Memory.Graphs) * 1024})
	}
}

// listenAddress is host:port of a URL, with the scheme's port where none is given.
func listenAddress(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", problem("", "%w", err)
	}
	if u.Port() != "" {
		return u.Host, nil
	}
	if u.Scheme == "https" {
		return "", problem("a rehearsal speaks plain http", "%s: https cannot be rehearsed", raw)
	}
	return u.Host + ":80", nil
}
