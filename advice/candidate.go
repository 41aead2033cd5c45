package advice

import (
	"fmt"
	"math"
	"slices"

	"loadgen/analysis"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A candidate is settings that could be tried, with the model that has them.
type candidate struct {
	changes []Change // without effects
	apply   func(m *model) *model
}

func (c candidate) and(o candidate) candidate {
	return candidate{append(slices.Clone(c.changes), o.changes...), func(m *model) *model { return o.apply(c.apply(m)) }}
}

// budgets and sequences are the values that are tried: vLLM's own defaults and their halves and doubles.
var (
	budgets   = []int{256, 512, 1024, 2048, 4096, 8192, 16384, 32768}
	sequences = []int{8, 16, 32, 64, 128, 256, 512, 1024}
)

// candidates are all single changes that vLLM would start with, by flag.
func (m *model) candidates(s *analysis.Study, t *analysis.TargetStudy) map[string][]candidate {
	out := map[string][]candidate{}
	for _, b := range budgets {
		if b == m.machine.Budget || m.same(b) {
			continue
		}
		c, ok := m.budget(t, b), true
		if b < m.machine.MaxSeqs {
			c, ok = m.fitting(t, b)
		}
		if ok {
			out[vllm.MaxNumBatchedTokens] = append(out[vllm.MaxNumBatchedTokens], c)
		}
	}
	for _, n := range sequences {
		if n != m.machine.MaxSeqs && n <= m.machine.Budget &&
			!(n > m.machine.MaxSeqs && float64(m.machine.MaxSeqs) > m.most) {
			out[vllm.MaxNumSeqs] = append(out[vllm.MaxNumSeqs], m.seqs(t, n))
		}
	}
	if c, ok := m.memory(s, t); ok {
		out[vllm.GPUMemoryUtilization] = append(out[vllm.GPUMemoryUtilization], c)
	}
	return out
}

// fitting is a budget below max-num-seqs, with which vLLM would not start, and the largest max-num-seqs that fits it;
// not where that could hold requests back.
func (m *model) fitting(t *analysis.TargetStudy, budget int) (candidate, bool) {
	for _, n := range slices.Backward(sequences) {
		if n <= min(budget, fullGraphs) {
			seqs := m.seqs(t, n)
			seqs.changes[0].Why = "max-num-batched-tokens must not lie below it"
			return m.budget(t, budget).and(seqs), float64(n) >= m.most
		}
	}
	return candidate{}, false
}

// fullGraphs is the max-num-seqs from which on vLLM captures CUDA graphs up to its largest size.
const fullGraphs = 256

// same reports whether no step of this load could tell two budgets apart: every prompt of all that may be there fits
// into both.
func (m *model) same(budget int) bool {
	all := m.longest() * int(math.Ceil(m.most))
	return budget > all && m.machine.Budget > all
}

func (m *model) budget(t *analysis.TargetStudy, to int) candidate {
	return candidate{[]Change{m.change(t, vllm.MaxNumBatchedTokens, float64(m.machine.Budget), float64(to))},
		func(m *model) *model {
			out := *m
			out.machine.Budget = to
			return &out
		}}
}

func (m *model) seqs(t *analysis.TargetStudy, to int) candidate {
	return candidate{[]Change{m.change(t, vllm.MaxNumSeqs, float64(m.machine.MaxSeqs), float64(to))},
		func(m *model) *model {
			out := *m
			out.machine.MaxSeqs = to
			return &out
		}}
}

// change tells the present value only where somebody told it.
func (m *model) change(t *analysis.TargetStudy, flag string, from, to float64) Change {
	c := Change{Flag: flag, To: to, lower: to < from}
	if _, told := t.Settings[flag]; told {
		c.From = from
	}
	return c
}

// driverHolds is what driver and graphs need beside what vLLM claims, GiB (docs/simulator.md).
const driverHolds = 0.4

// memory raises gpu-memory-utilization to the highest value in hundredths, 0.95 at most, that leaves room for what vLLM
// puts outside its share.
func (m *model) memory(s *analysis.Study, t *analysis.TargetStudy) (candidate, bool) {
	now, told := t.Settings.Float(vllm.GPUMemoryUtilization)
	if !told || sharedGPU(s, t) != "" {
		return candidate{}, false
	}
	to := 0.95
	for ; to > now; to = math.Round(100*to-1) / 100 {
		mem := m.machine.Memory(to, 0)
		if mem.Requested+mem.Graphs+driverHolds <= mem.Total {
			break
		}
	}
	if to < now+0.01 {
		return candidate{}, false
	}
	return m.utilization(t, now, to), true
}

func (m *model) utilization(t *analysis.TargetStudy, now, to float64) candidate {
	c := m.change(t, vllm.GPUMemoryUtilization, now, to)
	c.Caution = "watch the memory of the GPU under the longest prompts before it stays"
	return candidate{[]Change{c}, func(m *model) *model {
		out := *m
		out.blocks += int(math.Round((to - now) * m.machine.Card.MemoryGiB * (1 << 30) / float64(
			m.machine.BlockBytes(kvBlock))))
		return &out
	}}
}

// sharedGPU is why memory cannot be given: another server claims a part of the same card.
func sharedGPU(s *analysis.Study, t *analysis.TargetStudy) string {
	for _, c := range s.Scenario.Concerns() {
		if c.ID == "gpu-claimed-twice" && slices.Contains(c.Targets, t.Target.Name) {
			return c.Says
		}
	}
	return ""
}

// A resource is what a server may run short of, with the model that has a quarter more of it.
type resource struct {
	binding string
	says    string
	setting bool // more of it is another value of a setting, which may do harm
	relieve func(m *model) *model
}

const relief = 1.25

func turned(f func(p *machine.Profile)) func(m *model) *model {
	return func(m *model) *model {
		out := *m
		f(&out.machine.Profile)
		return &out
	}
}

// resources are examined in this order; of equal ones the first is named, which is the one that a flag changes.
var resources = []resource{
	{"max-num-seqs", "a quarter more requests at once (max-num-seqs)", true, func(m *model) *model {
		out := *m
		out.machine.MaxSeqs = int(math.Ceil(relief * float64(m.machine.MaxSeqs)))
		out.machine.Budget = max(out.machine.Budget, out.machine.MaxSeqs)
		return &out
	}},
	{"kv-memory", "a quarter more KV memory", false, func(m *model) *model {
		out := *m
		out.blocks = int(relief * float64(m.blocks))
		return &out
	}},
	{"token-budget", "a quarter more tokens in a step (max-num-batched-tokens)", true, func(m *model) *model {
		out := *m
		out.machine.Budget = int(relief * float64(m.machine.Budget))
		return &out
	}},
	{"prefill-interference", "steps a quarter shorter (max-num-batched-tokens)", true, func(m *model) *model {
		out := *m
		out.machine.Budget = max(m.machine.MaxSeqs, int(float64(m.machine.Budget)/relief))
		return &out
	}},
	{"front-end", "an API server a quarter faster", false, turned(func(p *machine.Profile) {
		scale(&p.Accept, 1/relief)
		scale(&p.AcceptToken, 1/relief)
		scale(&p.Token, 1/relief)
		scale(&p.Chunk, 1/relief)
	})},
	{"bandwidth", "a quarter more memory bandwidth", false, turned(func(p *machine.Profile) {
		p.Bandwidth *= relief
		p.KVRead *= relief
	})},
	{"compute", "a quarter more compute", false, turned(func(p *machine.Profile) {
		p.Compute *= relief
		p.Attention *= relief
	})},
	{hostOverhead, "per-step overhead of the host a quarter shorter", false, turned(func(p *machine.Profile) {
		scale(&p.Step, 1/relief)
		scale(&p.StepSeq, 1/relief)
		scale(&p.Layer, 1/relief)
		scale(&p.Piece, 1/relief)
	})},
}

// hostOverhead is no bottleneck of the list: it is told beside it.
const hostOverhead = "host"

// gives is what a quarter more of it would give, in a word. More of what is no setting never takes away: less than
// nothing is chance of the replays.
func (r resource) gives(gain float64) string {
	if !r.setting {
		gain = math.Max(gain, 1)
	}
	return gainWord(gain)
}

// gainWord is "+12 %", or "nothing" below half a percent.
func gainWord(ratio float64) string {
	if math.Abs(ratio-1) < 0.005 {
		return "nothing"
	}
	return fmt.Sprintf("%+.0f %%", 100*(ratio-1))
}
