package machine

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// A load is requests at a Poisson rate with lognormal lengths (coefficient of variation 0.5), as in vllm.md 7.4.
type load struct {
	rate       float64 // requests/s
	in, out, n int
}

// An outcome is what a load saw.
type outcome struct {
	ttft, itl           []float64 // seconds, sorted
	tokens              int
	span                time.Duration
	running, preemption int // most at once, and in all
	blocks              int
}

func (o outcome) speed() float64 { return float64(o.tokens) / o.span.Seconds() }

func at(sorted []float64, q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }

func h100(t *testing.T, model string, change func(*Machine)) Machine {
	t.Helper()
	m := Machine{TP: 1, KVDtype: "auto", Budget: 8192, MaxSeqs: 1024}
	var ok bool
	if m.Model, m.Quant, ok = vllm.FindModel(model); !ok {
		t.Fatal(model)
	}
	m.Card, _ = vllm.FindCard("H100")
	m.Profile, _ = FindProfile("H100")
	change(&m)
	return m
}

// play runs a load on a machine at a gpu_memory_utilization.
func play(t *testing.T, m Machine, utilization float64, l load, seed uint64) outcome {
	t.Helper()
	clk := clock.NewVirtual()
	o := outcome{blocks: m.Blocks(m.Memory(utilization, 0).KV, 16)}
	e := engine.New(clk, engine.Config{
		Blocks: o.blocks, BlockSize: 16, Budget: m.Budget, MaxSeqs: m.MaxSeqs, MaxModelLen: 32768, PrefixCaching: true,
		Async:    true,
		StepTime: m.StepTime(seed), OnStep: func(s *engine.Step) { o.running = max(o.running, s.Running) },
	})
	rng := rand.New(rand.NewPCG(seed, 2))
	length := func(mean int) int {
		s := math.Sqrt(math.Log(1.25))
		return max(1, int(float64(mean)*math.Exp(s*rng.NormFloat64()-s*s/2)))
	}
	err := clk.Run("load", func() {
		due := time.Duration(0)
		for range l.n {
			due += time.Duration(rng.ExpFloat64() / l.rate * 1e9)
			_ = clk.SleepUntil(context.Background(), due)
			last := due
			r := &engine.Request{Prompt: length(l.in), MaxTokens: length(l.out)}
			r.Emit = func(r *engine.Request) {
				gap := (clk.Now() - last).Seconds()
				if last = clk.Now(); r.Generated == 1 {
					o.ttft = append(o.ttft, gap)
				} else {
					o.itl = append(o.itl, gap)
				}
				o.tokens, o.span = o.tokens+1, clk.Now()
			}
			e.Do(func() { _ = e.Submit(r) })
		}
		_ = clk.SleepUntil(context.Background(), due+10*time.Hour)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(o.ttft)
	slices.Sort(o.itl)
	o.preemption = e.Counters().Preemptions
	return o
}

// The budget moves the tail of ITL and hardly the throughput.
func TestBudgetMovesTheTail(t *testing.T) {
	l := load{rate: 10, in: 2000, out: 200, n: 500}
	var tail, speed []float64
	for _, budget := range []int{1024, 2048, 8192} {
		o := play(t, h100(t, "Qwen3-8B", func(m *Machine) { m.Budget, m.MaxSeqs = budget, 256 }), .92, l, 1)
		t.Logf("budget %5d: TTFT p50 %.0f ms, ITL p50 %.1f p99 %.1f ms, %.0f tok/s, %d blocks", budget, 1e3*at(o.ttft, .5),
			1e3*at(o.itl, .5), 1e3*at(o.itl, .99), o.speed(), o.blocks)
		tail, speed = append(tail, at(o.itl, .99)), append(speed, o.speed())
	}
	if tail[1] < 1.3*tail[0] || tail[2] < 1.5*tail[1] {
		t.Errorf("ITL p99 at budgets 1024, 2048, 8192: %v s", tail)
	}
	if math.Abs(speed[2]/speed[0]-1) > .05 {
		t.Errorf("tokens/s %v", speed)
	}
}

// Memory decides where KV binds: half of it means a queue, preemptions and less throughput; where it does not, nothing
// changes.
func TestMemoryMovesTheQueue(t *testing.T) {
	m := h100(t, "Qwen3-8B", func(*Machine) {})
	l := load{rate: 6, in: 500, out: 1500, n: 700}
	full, half := play(t, m, .92, l, 1), play(t, m, .36, l, 1)
	for _, o := range []outcome{full, half} {
		t.Logf("%d blocks: TTFT p50 %.2f s, ITL p50 %.1f p99 %.1f ms, %.0f tok/s, %d preemptions, %d running", o.blocks,
			at(o.ttft, .5), 1e3*at(o.itl, .5), 1e3*at(o.itl, .99), o.speed(), o.preemption, o.running)
	}
	if full.preemption > 0 || half.preemption < 100 || half.running*2 > full.running ||
		at(half.ttft, .5) < 10*at(full.ttft, .5) || half.speed() > .9*full.speed() {
		t.Error("KV memory does not act as it must")
	}
	light := load{rate: 1, in: 500, out: 200, n: 100}
	if a, b := play(t, m, .92, light, 1), play(t, m, .5, light, 1); at(a.ttft, .99) != at(b.ttft, .99) ||
		a.speed() != b.speed() {
		t.Error("KV memory acts although it never fills")
	}
}

func TestMaxSeqsCapsRunning(t *testing.T) {
	l := load{rate: 6.5, in: 500, out: 1500, n: 600}
	wide := play(t, h100(t, "Qwen3-8B", func(m *Machine) { m.MaxSeqs = 1024 }), .92, l, 1)
	narrow := play(t, h100(t, "Qwen3-8B", func(m *Machine) { m.MaxSeqs = 64 }), .92, l, 1)
	t.Logf("running %d and %d, ITL p50 %.1f and %.1f ms, %.0f and %.0f tok/s", wide.running, narrow.running,
		1e3*at(wide.itl, .5), 1e3*at(narrow.itl, .5), wide.speed(), narrow.speed())
	if narrow.running != 64 || wide.running < 128 || narrow.speed() > .95*wide.speed() ||
		at(narrow.itl, .5) > at(wide.itl, .5) {
		t.Error("max_num_seqs does not act as it must")
	}
}

// Two GPUs are quicker than one, by less than twice.
func TestTensorParallel(t *testing.T) {
	l := load{rate: 4, in: 2000, out: 200, n: 200}
	one := play(t, h100(t, "Qwen3-8B", func(*Machine) {}), .92, l, 1)
	two := play(t, h100(t, "Qwen3-8B", func(m *Machine) { m.TP = 2 }), .92, l, 1)
	pcie := play(t, h100(t, "Qwen3-8B", func(m *Machine) { m.TP, m.Link = 2, PCIe }), .92, l, 1)
	a, b, c := at(one.itl, .5), at(two.itl, .5), at(pcie.itl, .5)
	t.Logf("ITL p50 %.1f, %.1f over NVLink, %.1f ms over PCIe; blocks %d, %d", 1e3*a, 1e3*b, 1e3*c, one.blocks, two.blocks)
	if b > .8*a || b < .5*a || c < 1.1*b || two.blocks < 2*one.blocks {
		t.Error("tensor parallel does not act as it must")
	}
}
