// Package simulator is a vLLM whose truth we know: the V1 scheduler of simulator/engine on a model and cards of
// simulator/machine, behind vLLM's HTTP. It runs in virtual time over memnet and on the wall clock behind net/http;
// what it answers is the same.
package simulator

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"loadgen/simulator/engine"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// Options say what is simulated.
type Options struct {
	Model  string         // served name; shape and quantisation follow from it: "Qwen/Qwen3-8B-AWQ"
	Config vllm.Config    // the model's config.json; nil: the shape follows from the name
	GPU    string         // a card that vllm.FindCard knows; "": H100
	Card   *vllm.Card     // the card by its numbers; nil: by name
	Flags  map[string]any // vLLM's own flags by today's spelling without dashes; values are JSON scalars
	APIKey string         // guards the paths under /v1 when not empty
	Taken  float64        // GiB of each GPU that other processes hold
	Link   machine.Link   // between the GPUs; Auto: what the card has
	Seed   uint64         // of texts, lengths and jitter
	Speed  float64        // simulated seconds in a second of the wall clock; 0 is 1. For looking, not for numbers
	Truth  io.Writer      // JSON lines, one per step and per request; nil: off

	Log     io.Writer // vLLM's log lines; nil: off
	Faults  []Fault
	Slow    []Slowdown
	Profile *machine.Profile                 // instead of the card's
	Extra   func(*engine.Step) time.Duration // as in machine.Machine
}

// settings are Options with every default resolved.
type settings struct {
	served      string
	model       vllm.Model
	quant       vllm.Quant
	card        vllm.Card
	profile     machine.Profile
	extra       func(*engine.Step) time.Duration
	speed       float64
	budget      int
	seqs        int
	active      int // max-num-active-seqs; 0: not given
	tp          int
	apiServers  int
	maxLen      int
	blockSize   int
	utilization float64
	dtype       string
	kvDtype     string
	kvBytes     float64
	blocks      int // override
	longPrefill int
	fairPrefill bool // the adaptive threshold
	queued      int
	queuedToks  float64 // max-num-queued-tokens; less than 0: no limit
	interval    int     // stream-interval
	forceUsage  bool
	watermark   float64
	prefix      bool
	chunked     bool
	async       bool
	priority    bool // scheduling policy
	autoTools   bool // tools are called where the request leaves that to the model
	eager       bool
	reasoning   bool
	perRequest  bool // metrics of each request in its last chunk
	details     bool // prompt_tokens_details
	idHeaders   bool
	iterations  bool // a log line for each
	warnings    []string
}

// resolve reads the options, all faults at once.
func (o Options) resolve() (settings, error) {
	f := &flags{given: o.Flags}
	s := settings{speed: 1}
	if o.Speed > 0 {
		s.speed = o.Speed
	}
	name := o.Model
	if name == "" {
		name = f.text("model", "")
	}
	s.served = f.text("served-model-name", name)
	s.shape(f, name, o.Config)
	s.put(f, o)
	s.profile = machine.ProfileOf(s.card)
	if o.Profile != nil {
		s.profile = *o.Profile
	}
	s.extra = o.Extra
	if s.dtype = f.text("dtype", "auto"); o.GPU == "" { // a card that was not told refuses nothing of its own
		s.dtype = "auto"
	}
	s.read(f)
	s.tellEstimates(o.Profile != nil)
	return s, errors.Join(f.faults...)
}

// shape finds the model, by its config.json or its name.
func (s *settings) shape(f *flags, name string, config vllm.Config) {
	var known bool
	var err error
	if len(config) > 0 {
		s.model, err = config.Model(name[strings.LastIndex(name, "/")+1:])
		s.quant, known = s.model.Quant, true
	} else {
		s.model, s.quant, known = vllm.FindModel(name)
	}
	switch {
	case err != nil:
		f.fault("the config.json of %s: %w", name, err)
	case !known:
		f.fault("model %q is not known here: give its config.json, its directory or a Hugging Face cache (model_config in "+
			"a scenario, --model-config), or a name that loadgen simulate --list shows", name)
	}
}

// put finds the card, by its numbers or its name.
func (s *settings) put(f *flags, o Options) {
	if o.Card != nil {
		s.card = *o.Card
		return
	}
	gpu := o.GPU
	if gpu == "" {
		gpu = "H100"
	}
	var known bool
	if s.card, known = vllm.FindCard(gpu); !known {
		f.fault("GPU %q is not known here; known are %s", gpu, vllm.CardNames())
	}
}

// playable refuses what is not modelled, by name: no number is made up.
func (s *settings) playable(f *flags) {
	if s.model.Name == "" {
		return
	}
	if why := s.machine(machine.Auto).NotModelled(); why != "" {
		f.fault("%s is not rehearsed: %s; a real server of it can be measured all the same", s.model.Name, why)
	}
	for flag, what := range map[string]string{"pipeline-parallel-size": "pipeline parallelism",
		"data-parallel-size": "data parallelism"} {
		if n := f.whole(flag, 1); n > 1 {
			f.fault("--%s %d is not rehearsed: %s is not modelled; a real server with it can be measured all the same", flag, n,
				what)
		}
	}
	if f.on("enable-expert-parallel", false) && s.tp > 1 {
		f.fault("--enable-expert-parallel is not rehearsed: expert parallelism is not modelled; a real server with it can " +
			"be measured all the same")
	}
}

// tellEstimates warns of what no measurement stands behind; a profile that was named is taken for one.
func (s *settings) tellEstimates(named bool) {
	m := s.machine(machine.Auto)
	if s.model.Name != "" && m.NotModelled() == "" && !m.Measured() && !named {
		s.warn("nobody timed %s on the %s: its steps are estimated (docs/simulator.md); simulate --fit turns the estimate "+
			"into a fit from one short run", m.What(), s.card.Name)
	}
	if s.model.Experts != nil {
		s.warn("a step is taken to read as many experts as a router that spreads tokens evenly would: real routers " +
			"are uneven")
	}
}

func (s *settings) read(f *flags) {
	d := vllm.DefaultsFor(s.card)
	s.tp = f.whole(vllm.TensorParallelSize, 1)
	if s.apiServers = f.whole(vllm.APIServerCount, 1); s.apiServers == 0 {
		f.fault("--%s 0 serves no HTTP: give 1 or more", vllm.APIServerCount)
	}
	s.blockSize = f.whole(vllm.BlockSize, d.BlockSize)
	s.maxLen = f.whole(vllm.MaxModelLen, s.model.MaxPosition)
	s.utilization = f.number(vllm.GPUMemoryUtilization, d.GPUMemoryUtilization)
	s.budget, s.seqs = d.Sizes(f.whole(vllm.MaxNumBatchedTokens, 0), f.whole(vllm.MaxNumSeqs, 0), s.maxLen)
	s.active = f.whole("max-num-active-seqs", 0)
	s.kvDtype = f.text(vllm.KVCacheDtype, "auto")
	s.kvBytes = f.number("kv-cache-memory-bytes", 0)
	s.blocks = f.whole(vllm.NumGPUBlocks, 0)
	s.longPrefill = f.whole(vllm.LongPrefillThreshold, 0)
	s.fairPrefill = f.on("long-prefill-token-threshold-adaptive", false)
	s.queued = f.whole("max-num-queued-reqs", 0)
	s.queuedToks = f.number("max-num-queued-tokens", -1)
	s.interval = max(1, f.whole("stream-interval", 1))
	s.forceUsage = f.on("enable-force-include-usage", false)
	s.watermark = f.number("watermark", 0)
	s.prefix = f.on(vllm.PrefixCaching, true)
	s.chunked = f.on(vllm.ChunkedPrefill, true)
	s.async = f.on("async-scheduling", true)
	s.eager = f.on("enforce-eager", false)
	s.reasoning = f.text("reasoning-parser", "") != ""
	s.perRequest = f.on("enable-per-request-metrics", false)
	s.details = f.on("enable-prompt-tokens-details", false)
	s.idHeaders = f.on("enable-request-id-headers", false)
	s.iterations = f.on("enable-logging-iteration-details", false)
	if q := f.text("quantization", ""); q != "" {
		s.quant = quantOf(q, s.quant)
	}
	if s.maxLen > s.model.MaxPosition && f.given["hf-overrides"] == nil {
		s.warn("max-model-len %d is beyond the model's %d positions: a real vLLM wants --hf-overrides with "+
			"rope_parameters for it", s.maxLen, s.model.MaxPosition)
	}
	s.priority = f.text("scheduling-policy", "fcfs") == "priority"
	s.playable(f)
	s.autoTools = f.on("enable-auto-tool-choice", false)
}

// running is how many requests run at once: the smaller of the two limits binds.
func (s *settings) running() int {
	if s.active > 0 {
		return min(s.seqs, s.active)
	}
	return s.seqs
}

func (s *settings) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

func (s settings) machine(link machine.Link) machine.Machine {
	return machine.Machine{Card: s.card, Model: s.model, Quant: s.quant, TP: s.tp, KVDtype: s.kvDtype, Eager: s.eager,
		Budget: s.budget, MaxSeqs: s.seqs, Link: link, Profile: s.profile, APIServers: s.apiServers, Extra: s.extra}
}

// quantOf is the format that --quantization asks for.
func quantOf(flag string, otherwise vllm.Quant) vllm.Quant {
	switch name := strings.ToLower(flag); {
	case strings.Contains(name, "fp8"):
		return vllm.FP8
	case strings.Contains(name, "awq"), strings.Contains(name, "gptq"):
		return vllm.AWQ
	case name == "mxfp4":
		return vllm.MXFP4
	}
	return otherwise
}

// flags reads JSON scalars and collects faults.
type flags struct {
	given  map[string]any
	faults []error
}

func (f *flags) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Errorf(format, args...))
}

func (f *flags) number(name string, otherwise float64) float64 {
	switch v := f.given[name].(type) {
	case nil:
		return otherwise
	case float64:
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case string:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return n
		}
	}
	f.fault("--%s: %v is not a number", name, f.given[name])
	return otherwise
}

func (f *flags) whole(name string, otherwise int) int {
	n := f.number(name, float64(otherwise))
	if n != float64(int(n)) || n < 0 {
		f.fault("--%s: %v is not a whole number", name, f.given[name])
	}
	return int(n)
}

func (f *flags) text(name, otherwise string) string {
	switch v := f.given[name].(type) {
	case nil:
		return otherwise
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (f *flags) on(name string, otherwise bool) bool {
	switch v := f.given[name].(type) {
	case nil:
		return otherwise
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	f.fault("--%s: %v is not true or false", name, f.given[name])
	return otherwise
}
