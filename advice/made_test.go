package advice

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/stat"
	"loadgen/vllm"
)

// A server is a machine that a test makes a run of: what its levels would show, without HTTP.
type server struct {
	model, card string
	settings    scenarios.Settings
	objective   scenarios.Objective
	prompt      [2]int // tokens, uniform
	long        float64
	output      [2]int
	levels      []int
	turn        func(*machine.Profile) // of the truth; nil: the shipped coefficients
	kv          float64                // share of the pool that its gauges show
}

// study is the run of a server.
func (s server) study(t *testing.T) *analysis.Study {
	t.Helper()
	sc := &scenarios.Scenario{Objective: s.objective, Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 1}},
		Targets: []scenarios.Target{{Name: "mini", Model: s.model, Card: s.card, Settings: s.settings}}}
	ts := &analysis.TargetStudy{Target: sc.Targets[0], Settings: s.settings, Told: map[string]string{}}
	m := &model{sc: sc, loop: scenarios.Closed, seen: make([]analysis.Observed, 1), most: 1000}
	m.seen[0] = analysis.Observed{Class: "chat", Prompt: s.prompt[1], Output: s.output[1]}
	if err := m.build(ts); err != nil {
		t.Fatal(err)
	}
	if s.turn != nil {
		s.turn(&m.machine.Profile)
	}
	for _, n := range s.levels {
		ts.Points = append(ts.Points, s.level(t, m, n))
	}
	return &analysis.Study{Scenario: sc, Targets: []*analysis.TargetStudy{ts}, Run: &results.Run{Dir: t.TempDir()}}
}

func (s server) level(t *testing.T, m *model, n int) *analysis.Point {
	rng := rand.New(rand.NewPCG(uint64(n), 5))
	requests := make([]machine.Served, 3*n+400)
	for i := range requests {
		prompt := s.prompt[0] + rng.IntN(s.prompt[1]-s.prompt[0]+1)
		if rng.Float64() < s.long {
			prompt = 9000
		}
		requests[i] = machine.Served{Prompt: prompt, Output: s.output[0] + rng.IntN(s.output[1]-s.output[0]+1)}
		if i < n {
			requests[i].Arrival = time.Duration(i) * 100 * time.Millisecond
		}
	}
	from, to := 2*n, 2*n+400
	got, err := m.machine.ReplayLoop(m.blocks, n, to, requests, 3)
	if err != nil {
		t.Fatal(err)
	}
	p := &analysis.Point{Target: "mini", Loop: scenarios.Closed, Level: float64(n), Label: "n" + rounded(float64(n)),
		Relaxations: 40,
		Steps:       []results.StepMeta{{Verdict: results.Verdict{State: results.Trusted}}}, Cohort: to - from}
	met := make([]bool, 0, to-from)
	misses := map[string]int{}
	tokens := 0
	for _, r := range got[from:to] {
		o := analysis.Observed{Class: "chat", Prompt: r.Prompt, Output: r.Output, TTFT: r.TTFT(), TPOT: r.TPOT(),
			Gap: r.Gap.Seconds()}
		p.Observed = append(p.Observed, o)
		tokens += r.Output
		met = append(met, judged{ttft: o.TTFT, tpot: o.TPOT, gap: o.Gap, e2e: r.E2E()}.ofLimits(s.objective, r.Output) <= 1)
		for name, over := range map[string]bool{"TTFT": o.TTFT > s.objective.TTFT.Seconds(),
			"TPOT": o.TPOT > s.objective.TPOT.Seconds(), "the largest gap": o.Gap > s.objective.ITL.Seconds()} {
			if over {
				misses[name]++
			}
		}
	}
	if !s.objective.IsZero() {
		p.Attainment = analysis.Estimate{Interval: stat.Share(met, nil), N: len(met)}
		for name, limit := range map[string]time.Duration{"TTFT": s.objective.TTFT, "TPOT": s.objective.TPOT,
			"the largest gap": s.objective.ITL} {
			if limit > 0 && misses[name] > 0 {
				p.Missed = append(p.Missed, analysis.Miss{Clause: name, Share: float64(misses[name]) / float64(len(met))})
			}
		}
	} else {
		p.Attainment = analysis.Estimate{Show: analysis.Hidden}
	}
	span := (got[to].Arrival - got[from].Arrival).Seconds()
	p.RequestRate.Value, p.OutputRate.Value = float64(to-from)/span, float64(tokens)/span
	seqs, _ := s.settings.Int(vllm.MaxNumSeqs)
	p.Server = analysis.ServerFacts{Known: true, N: 60, Running: math.Min(float64(n), float64(seqs)),
		RunningMax: math.Min(float64(n), float64(seqs)),
		Waiting:    math.Max(0, float64(n-seqs)), KVKnown: true, KV: s.kv, KVMax: s.kv, FrontEnd: 0.1, PrefixHit: math.NaN()}
	return p
}

func chat() server {
	return server{model: "Qwen/Qwen3-8B", card: "H100", prompt: [2]int{100, 600}, output: [2]int{20, 60},
		levels: []int{1, 8, 48},
		settings: scenarios.Settings{vllm.MaxNumBatchedTokens: 8192, vllm.MaxNumSeqs: 256, vllm.GPUMemoryUtilization: 0.9,
			vllm.TensorParallelSize: 1, vllm.MaxModelLen: 16384}}
}

func (s server) with(flag string, v any) server {
	s.settings = s.settings.With(scenarios.Settings{flag: v})
	return s
}

func advised(t *testing.T, s *analysis.Study) *Advice {
	t.Helper()
	a := Of(s)[0]
	t.Log(a.Says, "|", a.Changes)
	for _, c := range a.TradeOffs {
		t.Logf("trade-off: %+v %+v", c, c.Effect)
	}
	return a
}

func (a *Advice) change(flag string) (Change, bool) {
	for _, c := range a.Changes {
		if c.Flag == flag {
			return c, true
		}
	}
	return Change{}, false
}

func number(t *testing.T, v any) float64 {
	t.Helper()
	f, ok := scenarios.Settings{"x": v}.Float("x")
	if !ok {
		t.Fatalf("%v is no number", v)
	}
	return f
}

func has(lines []string, part string) bool {
	for _, l := range lines {
		if strings.Contains(l, part) {
			return true
		}
	}
	return false
}
