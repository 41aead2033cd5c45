package advice

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

const ms = time.Millisecond

// Each limit is named on an engine where it is true by construction, and its flag moves in the right direction; beside
// each the same server without it.
func TestWhatHoldsAServerBack(t *testing.T) {
	for name, c := range map[string]struct {
		server
		flag   string
		up     bool
		beyond bool // it holds more than anything is told of
		limit  string
	}{
		"max-num-seqs": {with(chat().with(vllm.MaxNumSeqs, 8), scenarios.Objective{TTFT: 500 * ms, Attainment: 0.9}),
			vllm.MaxNumSeqs, true, true, "max-num-seqs"},
		"max-num-seqs enough": {with(chat(), scenarios.Objective{TTFT: 5000 * ms, Attainment: 0.9}), "", false,
			false, "none"},
		"budget too large": {with(documents(chat()).with(vllm.MaxNumBatchedTokens, 16384),
			scenarios.Objective{ITL: 150 * ms, Attainment: 0.9}), vllm.MaxNumBatchedTokens, false, true,
			"prefill-interference"},
		"no clause on gaps": {with(documents(chat()).with(vllm.MaxNumBatchedTokens, 16384),
			scenarios.Objective{TTFT: 60000 * ms, Attainment: 0.9}), "", false, false, "none"},
		"KV memory": {with(chat().with(vllm.GPUMemoryUtilization, 0.225),
			scenarios.Objective{TTFT: 400 * ms, Attainment: 0.9}), vllm.GPUMemoryUtilization, true, true, "kv-memory"},
	} {
		t.Run(name, func(t *testing.T) {
			study := c.study(t)
			a := advised(t, study)
			readAlike(t, study, a.Held)
			if a.Bottleneck != c.limit {
				t.Errorf("%s holds it back, want %s", a.Bottleneck, c.limit)
			}
			if c.flag == "" {
				if len(a.Changes) > 0 {
					t.Errorf("advised %+v", a.Changes)
				}
				return
			}
			got, ok := a.change(c.flag)
			if !ok {
				t.Fatalf("no change of %s: %+v", c.flag, a.Changes)
			}
			if up := number(t, got.To) > number(t, got.From); up != c.up {
				t.Errorf("%v → %v", got.From, got.To)
			}
			e := got.Effect
			if e == nil || !(e.Lo > 1) || !(e.Lo <= e.Ratio && e.Ratio <= e.Hi) || math.IsInf(e.Hi, 0) {
				t.Errorf("effect %+v", e)
			}
			if e != nil && e.AtLeast != c.beyond {
				t.Errorf("effect %+v, beyond what is told: %v", e, c.beyond)
			}
			if cl := got.Clause; cl == nil || !(cl.Hi < 1) || !(0 < cl.Lo && cl.Lo < cl.Ratio && cl.Ratio < cl.Hi) ||
				cl.At != a.Held.Above.Label || !strings.Contains(got.Why, "p90 at "+cl.At+" about ") {
				t.Errorf("effect on what broke: %+v, %q", cl, got.Why)
			}
		})
	}
}

// readAlike holds what a comparison reads of a run, without a search for what to change, against what is advised on it.
func readAlike(t *testing.T, s *analysis.Study, told analysis.HeldLoad) {
	t.Helper()
	Read(s)
	is, line := s.Targets[0].Held(s.Scenario), s.Targets[0].HeldByLevels(s.Scenario)
	if is.State != told.State || is.Value != told.Value || is.AtValue != told.AtValue || is.Lower != told.Lower {
		t.Errorf("read %+v, told %+v", is, told)
	}
	if is.State != analysis.Held {
		return
	}
	if is.Value == line.Value {
		t.Errorf("the model reads %v, as the line does: this shows nothing", is.Value)
	}
	if each := is.AtValue.Output / is.AtValue.Requests; math.Abs(each/40-1) > 0.02 { // chat's answers, on average
		t.Errorf("%.2f tokens/s and %.2f requests/s: answers of %.2f tokens", is.AtValue.Output, is.AtValue.Requests, each)
	}
}

func with(s server, o scenarios.Objective) server {
	s.objective = o
	return s
}

func documents(s server) server {
	s.long, s.levels = 0.1, []int{1, 4, 16}
	return s
}

// Where all that was played is met a change must be clearly worth it: more requests at once are, while some wait.
func TestMetAndStillWaiting(t *testing.T) {
	second := scenarios.Objective{TTFT: time.Second, Attainment: 0.9}
	a := advised(t, with(chat().with(vllm.MaxNumSeqs, 32), second).study(t))
	if a.Held.State != analysis.HeldAtLeast || len(a.Changes) != 1 || !a.Changes[0].Effect.AtLeast {
		t.Fatalf("%+v", a)
	}
	a.Changes, a.TradeOffs = nil, nil
	little := triedChange(vllm.MaxNumSeqs, 32., 64., 1.1, 1.049)
	y := yardstick{goal: 0.9, highest: 48}
	s := with(chat(), second).study(t)
	m, err := newModel(s, s.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	little.apply = func(m *model) *model { return m }
	c := &calibration{model: m, levels: pointsOf(s.Targets[0], scenarios.Closed)}
	if a.choose(y, c, m, []scored{little}, []scored{little}); len(a.Changes) > 0 || len(a.TradeOffs) != 1 {
		t.Errorf("%+v, %+v: less than 5 %% may be gained", a.Changes, a.TradeOffs)
	}
	a.Held.State, a.TradeOffs = analysis.Held, nil
	if a.choose(y, c, m, []scored{little}, []scored{little}); len(a.Changes) != 1 || len(a.TradeOffs) > 0 {
		t.Errorf("%+v, %+v: where it breaks, what gains is advised", a.Changes, a.TradeOffs)
	}
}

// An objective that is met at every level, one that is met at none, and none: each is said as it is.
func TestWhatIsAskedIsSaid(t *testing.T) {
	met := advised(t, with(chat(), scenarios.Objective{TTFT: time.Minute, Attainment: 0.9}).study(t))
	if met.Held.State != analysis.HeldAtLeast || met.Bottleneck != "none" || len(met.Changes) > 0 {
		t.Errorf("%+v", met)
	}
	never := advised(t, with(chat(), scenarios.Objective{TPOT: ms, Attainment: 0.9}).study(t))
	if never.Held.State != analysis.HeldNone || !has([]string{never.Says}, "cannot be met") ||
		!has([]string{never.Says}, "no setting that was examined would meet it") || len(never.Changes) > 0 {
		t.Errorf("%+v", never)
	}
	if none := advised(t, chat().study(t)); none.Held.Known() || !has([]string{none.Says}, "no objective is given") {
		t.Errorf("%+v", none)
	}
}

// What the arithmetic does not know is not advised on, and said.
func TestWhatIsNotKnownIsNotExamined(t *testing.T) {
	s := chat().study(t)
	s.Targets[0].Target.Model = "frob/Frob-9B"
	a := Of(s)[0]
	if len(a.Changes) > 0 || !has(a.Unexamined, "shape of frob/Frob-9B is not known") || a.Grade != analysis.GradeD {
		t.Errorf("%+v", a)
	}
	if all := Of(&analysis.Study{Targets: []*analysis.TargetStudy{{}}}); len(all) > 0 {
		t.Errorf("%+v of a target without a load", all[0])
	}
	s = chat().study(t)
	s.Targets[0].Info.Engine = "SGLang"
	if a := Of(s)[0]; len(a.Changes) > 0 || !has(a.Unexamined, "SGLang") {
		t.Errorf("%+v", a)
	}
	s = chat().study(t)
	delete(s.Targets[0].Settings, vllm.TensorParallelSize)
	if got := Of(s)[0].Settings()[3]; got.Flag != vllm.TensorParallelSize || got.From != nil {
		t.Errorf("%+v", got)
	}
}

// Coefficients that are off by a third are found again: the calibrated model serves what the server served.
func TestCalibrationFollowsTheRun(t *testing.T) {
	s := with(chat(), scenarios.Objective{TTFT: 300 * ms, TPOT: 30 * ms, Attainment: 0.9})
	s.output = [2]int{60, 180}
	s.turn = func(p *machine.Profile) {
		p.Compute, p.Bandwidth, p.Step, p.Accept = p.Compute*0.67, p.Bandwidth*0.75, p.Step*2, p.Accept*2
	}
	study := s.study(t)
	m, err := newModel(study, study.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	off := func(m *model) (worst float64) {
		for _, p := range study.Targets[0].Points {
			worst = math.Max(worst, math.Abs(math.Log(m.play(p.Level).output/p.OutputRate.Value)))
		}
		return worst
	}
	c := m.calibrate(&Advice{Target: study.Targets[0], Held: study.Targets[0].Held(study.Scenario)})
	before, after := off(m), off(c.with(c.posterior.Best))
	t.Logf("tok/s off by %.0f %% before, %.1f %% after; spread %.2f", 100*before, 100*after, c.posterior.Spread)
	if after > 0.05 || before < 0.1 {
		t.Errorf("off by %.3f, before by %.3f", after, before)
	}
}

// Where launching a step is believed to take longer than its work, none of the GPU's coefficients changes anything at
// first; that it is the GPU which takes so long is found all the same.
func TestABusyGPUIsFound(t *testing.T) {
	s := with(chat().with(vllm.MaxNumBatchedTokens, 1024).with(vllm.MaxNumSeqs, 16), scenarios.Objective{TTFT: 325 * ms,
		Attainment: 0.9})
	s.model, s.card, s.prompt, s.output, s.levels = "Qwen/Qwen3-8B-AWQ", "H200", [2]int{500, 6000}, [2]int{20, 100},
		[]int{1, 4, 8}
	s.turn = func(p *machine.Profile) {
		p.Compute, p.Layer, p.KVRead = p.Compute*0.68, p.Layer*7/10, p.KVRead*0.75
	}
	study := s.study(t)
	m, err := newModel(study, study.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	c := m.calibrate(begin(study, study.Targets[0]))
	t.Logf("%.2f, spread %.2f", c.posterior.Best, c.posterior.Spread)
	if compute := c.posterior.Best[0]; c.posterior.Spread > poor || math.Abs(compute-math.Log(0.68)) > 0.1 {
		t.Errorf("compute × %.2f, want × 0.68; spread %.2f", math.Exp(compute), c.posterior.Spread)
	}
}

// What-if on both sides of what vLLM starts with, and of what matters.
func TestWhatIf(t *testing.T) {
	s := with(chat().with(vllm.MaxNumSeqs, 8), scenarios.Objective{TTFT: 500 * ms, Attainment: 0.9}).study(t)
	for question, want := range map[[2]string]string{
		{vllm.MaxNumSeqs, "64"}:             "more load would be held",
		{vllm.MaxNumSeqs, "4"}:              "less load would be held",
		{vllm.MaxNumSeqs, "0"}:              "refuses to start",
		{vllm.MaxNumBatchedTokens, "4"}:     "must be greater than or equal to max_num_seqs (8)",
		{vllm.MaxNumBatchedTokens, "16384"}: "no effect worth a change",
		{vllm.TensorParallelSize, "3"}:      "Total number of attention heads (32)",
		{vllm.TensorParallelSize, "2"}:      "cannot be told from this run",
		{vllm.GPUMemoryUtilization, "1.2"}:  "refuses to start",
	} {
		all, err := WhatIf(s, []string{question[0] + "=" + question[1]})
		if err != nil || !has([]string{all[0].Says}, want) {
			t.Errorf("%v: %+v, %v", question, all, err)
		}
		if e := all[0].Effect; e != nil && e.AtLeast != (question == [2]string{vllm.MaxNumSeqs, "64"}) {
			t.Errorf("%v: %+v is told as a lower bound, or should be", question, e)
		}
	}
	m, err := newModel(s, s.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	less := int(math.Round(-0.3 * m.machine.Card.MemoryGiB * (1 << 30) / float64(m.machine.BlockBytes(16))))
	all, err := WhatIf(s, []string{"gpu-memory-utilization=0.6"})
	if want := fmt.Sprintf("%d KV tokens on %d", 16*less, 16*m.blocks); err != nil || !has(all[0].Because, want) {
		t.Errorf("%+v, want %s", all, want)
	}
	for _, wrong := range [][]string{{"frob=1"}, {"max-num-seqs=NaN"}, {"kv-cache-dtype=1"}, {"max-num-seqs"},
		{"max-num-seqs=4", "max-num-seqs=8"}, {"max-num-seqs=4", "tensor-parallel-size=2"}} {
		if _, err := WhatIf(s, wrong); err == nil {
			t.Errorf("%v was answered", wrong)
		}
	}
	both, err := WhatIf(s, []string{"max-num-batched-tokens=16", "--max-num-seqs=64"})
	if err != nil || !has([]string{both[0].Says}, "(16) must be greater than or equal to max_num_seqs (64)") {
		t.Errorf("%+v, %v: settings are asked about together", both, err)
	}
}

// Any share of the memory is held against the longest request, the whole of it too.
func TestAllMemoryMustHoldARequest(t *testing.T) {
	s := chat().study(t)
	m, err := newModel(s, s.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	all := []Asked{{Flag: vllm.GPUMemoryUtilization, To: 1}}
	if _, why := m.asked(s, s.Targets[0], all); why != "" {
		t.Error(why)
	}
	m.blocks = -1000000 / kvBlock // others hold the memory
	if _, why := m.asked(s, s.Targets[0], all); !strings.Contains(why, "refuses to start") {
		t.Errorf("%q with no pool at all", why)
	}
}
