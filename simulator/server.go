package simulator

import (
	"fmt"
	"sync/atomic"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
	"loadgen/simulator/machine"
	"loadgen/simulator/prompt"
	"loadgen/vllm"
)

// version is the vLLM whose behaviour is simulated.
const version = "0.32.0"

// A Server is one simulated vLLM. Accept drives it in virtual time, ServeHTTP on the wall clock.
type Server struct {
	opts    Options
	set     settings
	clk     clock.Clock
	engine  *engine.Engine
	mem     vllm.Memory
	blocks  int
	block   int // tokens in a block of the prefix cache
	truth   *truth
	log     *log
	metrics metrics
	http    httpCounts
	fronts  machine.Fronts[*choice]
	conns   atomic.Int64 // so far

	served      []byte // the model's name as JSON
	print       string // system_fingerprint
	fingerprint []byte // the same as the end of a chunk
	born        time.Duration

	// under the engine's lock
	ids   uint64
	seen  map[uint64]uint64 // how often a prompt came, so that its answers differ and every run has the same
	texts map[int]string    // of tokens that /tokenize gave
	line  []byte
	late  Lateness
	load  int // HTTP requests for text in flight
	fresh int // prompt tokens of the choices that have no token yet

	room []byte // in virtual time: for the next request, once the one before it is read
}

// New returns a server that has started up, or a *Refusal when vLLM would not start with these settings.
func New(clk clock.Clock, o Options) (*Server, error) {
	set, err := o.resolve()
	if err != nil {
		return nil, err
	}
	m := set.machine(o.Link)
	blocks, mem, refusal := set.start().Fit(o.Taken)
	if refusal != nil {
		return nil, refusal
	}
	if set.speed != 1 {
		clk = fast{clk, set.speed}
	}
	s := &Server{opts: o, set: set, clk: clk, mem: mem, blocks: blocks, seen: map[uint64]uint64{}, texts: map[int]string{}}
	s.served = prompt.Encode(set.served)
	s.print = fmt.Sprintf("vllm-%s-%08x", version, uint32(prompt.Mix(o.Seed+uint64(set.budget))))
	s.fingerprint = fmt.Appendf(nil, `,"system_fingerprint":"%s"`, s.print)
	s.truth = newTruth(o.Truth)
	s.metrics = newMetrics(set.maxLen)
	s.http.all = newHistogram(httpFineBounds...)
	s.born = clk.Now()
	if o.Log != nil {
		s.log = &log{w: o.Log, s: s, every: set.iterations}
	}
	beside, size := m.Beside(set.blockSize)
	s.block = size
	s.engine = engine.New(clk, engine.Config{
		Blocks: blocks, BlockSize: size, Beside: beside, Budget: set.budget, MaxSeqs: set.running(), MaxModelLen: set.maxLen,
		LongPrefill: set.longPrefill, FairPrefill: set.fairPrefill, MaxQueued: set.queued, Watermark: set.watermark,
		WholePrompts:  !set.chunked,
		PrefixCaching: set.prefix, Priority: set.priority, Async: set.async, StepTime: slowed(m.StepTime(o.Seed), o.Slow),
		OnStep: s.step,
	})
	s.fronts = machine.NewFronts(set.apiServers, clk, set.profile, s.engine.Do, (*choice).release)
	s.log.start()
	return s, nil
}

// Machine returns the model on its cards that o names, and how many KV blocks of 16 tokens it has.
func (o Options) Machine() (m machine.Machine, blocks int, err error) {
	set, err := o.resolve()
	if err != nil {
		return m, 0, err
	}
	m = set.machine(o.Link)
	blocks, _, refusal := set.start().Fit(o.Taken)
	if refusal != nil {
		return m, 0, refusal
	}
	return m, blocks * set.blockSize / 16, nil
}

// step follows the engine under its lock.
func (s *Server) step(step *engine.Step) {
	s.metrics.step(step)
	s.truth.step(step)
	s.log.step(step)
	s.fronts.Serve(step.Out)
}

// fast is a clock that runs at several times the speed of another.
type fast struct {
	clock.Clock
	speed float64
}

// Now is the sped-up time.
func (f fast) Now() time.Duration { return time.Duration(float64(f.Clock.Now()) * f.speed) }

// Time is the wall's at which it will be t here.
func (f fast) Time(t time.Duration) time.Time {
	return f.Clock.Time(time.Duration(float64(t) / f.speed))
}

// AfterFunc calls do at t of the sped-up time.
func (f fast) At(t time.Duration, do func()) { f.Clock.At(time.Duration(float64(t)/f.speed), do) }

func (f fast) AfterFunc(t time.Duration, do func()) clock.Timer {
	return f.Clock.AfterFunc(time.Duration(float64(t)/f.speed), do)
}

// Facts is what a server resolved at its start.
type Facts struct {
	Model, Served string
	Quant         string
	Card          string
	TP            int
	Budget        int
	MaxSeqs       int
	MaxModelLen   int
	BlockSize     int
	NumGPUBlocks  int
	KVTokens      int         // that the pool holds by vLLM's own count, the null block included
	Memory        vllm.Memory // of each GPU
	Matched       bool        // the pool was given, not worked out
	Profile       string      // where the step's coefficients come from
	Warnings      []string
}

// coefficients says where the step's come from, and where they are taken over to what was never timed.
func (s *Server) coefficients() string {
	source := s.set.profile.Source
	if m := s.set.machine(machine.Auto); s.opts.Profile == nil && !m.Measured() && source != "estimated" {
		source += "; for " + m.What() + " estimated from there"
	}
	return source
}

// Facts returns what was resolved.
func (s *Server) Facts() Facts {
	return Facts{
		Model: s.set.model.Name, Served: s.set.served, Quant: string(s.set.quant), Card: s.set.card.Name, TP: s.set.tp,
		Budget: s.set.budget, MaxSeqs: s.set.seqs, MaxModelLen: s.set.maxLen, BlockSize: s.set.blockSize,
		NumGPUBlocks: s.blocks, KVTokens: s.set.start().Tokens(s.blocks), Memory: s.mem, Matched: s.set.blocks > 0,
		Profile: s.coefficients(), Warnings: s.set.warnings,
	}
}

// says is how a server calls itself simulated.
func (s *Server) says() string {
	grade := "estimated"
	if s.set.blocks > 0 {
		grade = "matched"
	}
	return fmt.Sprintf("loadgen simulator: %s %s on %d × %s, KV %s", s.set.model.Name, s.set.quant, s.set.tp,
		s.set.card.Name, grade)
}
