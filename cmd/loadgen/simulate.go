package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loadgen/clock"
	"loadgen/simulator"
	"loadgen/vllm"
)

const simulateHelp = `Serve the simulator by itself on loopback, so that any client can be pointed at it.

  loadgen simulate --model Qwen/Qwen3-8B-AWQ --gpu "RTX 4090" --port 5001 --max-num-batched-tokens 8192

  --model M      served name; shape and quantisation follow from it
  --gpu G        card (default H100); --list shows models and cards
  --port P       port on 127.0.0.1 (default 8000)
  --api-key K    guards the paths under /v1; or --api-key-env VAR, which keeps the key out of ps
  --speed F      simulated seconds in a second; for looking, not for numbers (default 1)
  and vllm serve's own flags, in any spelling a version of vLLM took`

func newSimulate(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:                "simulate --model M [--gpu G] [--port P] [vLLM's own flags]",
		Short:              "Serve a simulated vLLM, so that any client can be pointed at it",
		Long:               simulateHelp,
		DisableFlagParsing: true, // the flags are vLLM's
		RunE: func(c *cobra.Command, args []string) error {
			o, err := parseSimulate(args)
			switch {
			case err != nil:
				return fail(exitUsage, "loadgen simulate --help", "%w", err)
			case o.help:
				t.say("%s", simulateHelp)
				return nil
			case o.list:
				t.listProfiles()
				return nil
			}
			return t.simulate(c.Context(), o)
		},
	}
}

// A simulateOptions is the command line of simulate: ours, and the server's.
type simulateOptions struct {
	simulator.Options
	port       int
	help, list bool
	warnings   []string
}

// parseSimulate takes our own flags out and leaves the rest to the simulator.
func parseSimulate(args []string) (simulateOptions, error) {
	o := simulateOptions{port: 8000}
	var gpu, key string
	var speed float64
	own := map[string]func(string) error{
		"--gpu":         func(v string) error { gpu = v; return nil },
		"--speed":       func(v string) (err error) { speed, err = strconv.ParseFloat(v, 64); return err },
		"--port":        func(v string) (err error) { o.port, err = strconv.Atoi(v); return err },
		"--api-key-env": func(v string) error { key = os.Getenv(v); return present(v, key) },
	}
	rest, err := o.takeOwn(args, own)
	if err != nil {
		return o, err
	}
	o.Options, o.warnings, err = simulator.ParseArgs(rest)
	o.GPU, o.Speed = gpu, speed
	if o.APIKey == "" {
		o.APIKey = key
	}
	if err == nil && o.Model == "" && !o.help && !o.list {
		err = errors.New("--model is missing")
	}
	return o, err
}

func present(name, value string) error {
	if value == "" {
		return fmt.Errorf("the variable %s is not set", name)
	}
	return nil
}

// takeOwn sets what own names and returns the other arguments.
func (o *simulateOptions) takeOwn(args []string, own map[string]func(string) error) (rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		set, ours := own[name]
		switch {
		case name == "--help" || name == "-h":
			o.help = true
		case name == "--list":
			o.list = true
		case !ours:
			rest = append(rest, args[i])
		default:
			if !inline {
				if i++; i == len(args) {
					return nil, fmt.Errorf("%s: expected a value", name)
				}
				value = args[i]
			}
			if err := set(value); err != nil {
				return nil, fmt.Errorf("%s: given %q: %w", name, value, err)
			}
		}
	}
	return rest, nil
}

func (t *terminal) listProfiles() {
	var models, cards []string
	for _, m := range vllm.Models {
		models = append(models, m.Name)
	}
	for _, c := range vllm.Cards {
		cards = append(cards, c.Name)
	}
	t.say("models: %s; with -FP8 or -AWQ in the name as quantised", strings.Join(models, ", "))
	t.say("cards:  %s", strings.Join(cards, ", "))
}

// simulate serves until Ctrl-C.
func (t *terminal) simulate(ctx context.Context, o simulateOptions) error {
	for _, w := range o.warnings {
		t.note("warning: %s", w)
	}
	server, err := simulator.New(clock.NewWall(), o.Options)
	if err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)))
	if err != nil {
		return fail(exitFailed, "is the port taken? --port P", "%w", err)
	}
	f := server.Facts()
	t.say("serving %s on http://%s: SIMULATED %s %s on %d × %s", f.Served, listener.Addr(), f.Model, f.Quant, f.TP, f.Card)
	t.say("KV %d tokens in %d blocks; budget %d, max-num-seqs %d, window %d", f.KVTokens, f.NumGPUBlocks, f.Budget, f.MaxSeqs, f.MaxModelLen)
	return serve(ctx, listener, server)
}

// serve answers until ctx ends, then lets answers in flight go.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fail(exitFailed, "", "%w", err)
	}
	return nil
}
