package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"loadgen/clock"
	"loadgen/simulator"
)

const simulateHelp = `Serve the simulator by itself on loopback, so that any client can be pointed at it.

  loadgen simulate --model Qwen/Qwen3-8B-AWQ --gpu "RTX 4090" --port 5001 --max-num-batched-tokens 8192
  loadgen simulate --model-config ./my-finetune --gpu L40S

  --model M      served name; shape and quantisation follow from it where it is known (--list)
  --model-config PATH  else from its config.json: the file, its directory, or a Hugging Face cache (HF_HOME is
                 looked into by itself)
  --gpu G        card (default H100), or its numbers: memory=80,bandwidth=2039,bf16=312 (GiB, GB/s, TFLOPS);
                 --list shows models, cards, regimes and faults
  --port P       port on 127.0.0.1 (default 8000)
  --api-key K    guards the paths under /v1; or --api-key-env VAR, which keeps the key out of ps
  --speed F      simulated seconds in a second; for looking, not for numbers (default 1)
  --regime NAME  a server on which a known bottleneck shows under the load that it names; other flags go on top
  --fault SPEC   KIND=SHARE[@TOKEN][/DURATION], as in stall=0.01@5/30s: what goes wrong, with which share of requests
  --slow SPEC    FACTOR[@FROM-TO], as in 1.5@60s-90s: the GPU takes so many times as long, in that time after the start
  --link L       between GPUs: nvlink, p2p (over PCIe) or host (through its memory); default: what the card has
  --taken GIB    of each GPU's memory, held by something else
  --log FILE     vLLM's log lines go there and not to standard error; - for none
  --profile FILE coefficients of --fit instead of the card's
  --truth FILE   one JSON line per step and per request: what really happened
  and vllm serve's own flags, in any spelling a version of vLLM took
--fault and --slow may be given several times.

  loadgen simulate --fit RUN [--target NAME] [--out profile.json]

fits a card's coefficients to a run and tells how far replays are off, before and after; --model, --gpu and vLLM's
flags say what the run does not.`

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
			case o.fitRun != "":
				return t.fit(o)
			}
			return t.simulate(c.Context(), o)
		},
	}
}

// simulate serves until Ctrl-C.
func (t *terminal) simulate(ctx context.Context, o simulateOptions) (err error) {
	for _, w := range o.warnings {
		t.note("warning: %s", w)
	}
	logs, err := t.openLogs(&o)
	defer func() { err = errors.Join(err, logs.close()) }()
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	server, err := simulator.New(clock.NewWall(), o.Options)
	if err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)))
	if err != nil {
		return fail(exitFailed, "is the port taken? --port P", "%w", err)
	}
	t.introduce(server.Facts(), listener.Addr(), o)
	if err = server.Serve(ctx, listener); err != nil {
		err = fail(exitFailed, "", "%w", err)
	}
	t.sayLate(server.Lateness(), o.Speed)
	return errors.Join(err, server.Flush())
}

// introduce says what serves where.
func (t *terminal) introduce(f simulator.Facts, at net.Addr, o simulateOptions) {
	for _, w := range f.Warnings {
		t.note("warning: %s", w)
	}
	t.say("serving %s on http://%s: SIMULATED %s %s on %d × %s", f.Served, at, f.Model, f.Quant, f.TP, f.Card)
	t.say("KV %d tokens in %d blocks; budget %d, max-num-seqs %d, window %d", f.KVTokens, f.NumGPUBlocks, f.Budget,
		f.MaxSeqs, f.MaxModelLen)
	t.say("coefficients: %s", f.Profile)
	if r := o.regime; r.Name != "" {
		t.say("regime %s: %s; bring %s", r.Name, r.Doc, loadOf(r.Load))
	}
}

// sayLate tells how well the server kept its own time.
func (t *terminal) sayLate(l simulator.Lateness, speed float64) {
	if l.Tokens == 0 {
		return
	}
	if speed == 0 {
		speed = 1
	}
	t.say("%d tokens written, %s late on average, p99 %s, %s at most, in simulated time at speed %g",
		l.Tokens, (l.Sum / time.Duration(l.Tokens)).Round(time.Microsecond), l.Quantile(.99).Round(time.Microsecond),
		l.Most.Round(time.Microsecond), speed)
}

// openedLogs are the files that a simulated server writes.
type openedLogs []*os.File

// openLogs creates them and sets the server's options.
func (t *terminal) openLogs(o *simulateOptions) (logs openedLogs, err error) {
	create := func(path string) *os.File {
		f, e := os.Create(path)
		if e == nil {
			logs = append(logs, f)
		}
		err = errors.Join(err, e)
		return f
	}
	switch o.logFile {
	case "":
		o.Log = t.err
	case "-":
	default:
		o.Log = create(o.logFile)
	}
	if o.truthFile != "" {
		o.Truth = create(o.truthFile)
	}
	return logs, err
}

func (l openedLogs) close() error {
	var errs []error
	for _, f := range l {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
