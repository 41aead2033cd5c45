package advice

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// An Answer says what a setting would do to a target, from its run alone.
type Answer struct {
	Target  string         `json:"target"`
	Flag    string         `json:"flag"`
	From    any            `json:"from"`
	To      float64        `json:"to"`
	Says    string         `json:"says"`
	Because []string       `json:"because"`
	Grade   analysis.Grade `json:"grade"`
	Effect  *Effect        `json:"effect,omitempty"`
	Clause  *Effect        `json:"clause_effect,omitempty"`
}

const cannot = "cannot be told from this run: "

// WhatIf answers `FLAG=VALUE` for every target with interval and grade, or says that it cannot be told from this run.
// An error means that the question itself is wrong.
func WhatIf(s *analysis.Study, spelling, value string) ([]Answer, error) {
	flag, _, ok := vllm.FindFlag(spelling)
	if !ok {
		return nil, fmt.Errorf("unknown flag %q", spelling)
	}
	to, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(to) || math.IsInf(to, 0) {
		return nil, fmt.Errorf("%s: given %q, expected a number", flag.Name, value)
	}
	asks, ok := questions[flag.Name]
	if !ok {
		return nil, fmt.Errorf("what-if knows %v, not %s", vllm.Advised, flag.Name)
	}
	var out []Answer
	for _, t := range s.Targets {
		a := answer(s, t, asks, to)
		a.Target, a.Flag, a.From, a.To = t.Target.Name, flag.Name, t.Settings[flag.Name], to
		out = append(out, a)
	}
	return out, nil
}

// A question makes the candidate of a value, or says why vLLM would not start with it.
type question func(m *model, s *analysis.Study, t *analysis.TargetStudy, to float64) (c candidate, refused string)

var questions = map[string]question{
	vllm.MaxNumBatchedTokens:  askBudget,
	vllm.GPUMemoryUtilization: askMemory,
	vllm.MaxNumSeqs:           askSeqs,
	vllm.TensorParallelSize:   nil,
}

func answer(s *analysis.Study, t *analysis.TargetStudy, ask question, to float64) Answer {
	if ask == nil {
		return askParallel(t, to)
	}
	a := begin(s, t)
	loop := scenarios.Closed
	if a.Held.Known() {
		loop = a.Held.Loop
	}
	m, err := newModel(s, t, loop)
	if err != nil {
		return Answer{Grade: analysis.GradeD, Says: cannot + err.Error()}
	}
	candidate, refused := ask(m, s, t, to)
	if refused != "" {
		return Answer{Grade: analysis.GradeD, Says: refused}
	}
	out := m.answer(a, m.calibrate(a), candidate)
	if more := candidate.apply(m).blocks - m.blocks; more != 0 {
		said := fmt.Sprintf("%+d KV tokens on %d", more*kvBlock, m.blocks*kvBlock)
		if m.machine.Model.Window() > 0 { // layers of two kinds share the blocks, and hold tokens each in its way
			said = fmt.Sprintf("%+d KV blocks on %d", more, m.blocks)
		}
		out.Because = append(out.Because, said)
	}
	return out
}

func (m *model) answer(a *Advice, c *calibration, what candidate) Answer {
	y := newYardstick(a, c)
	central := c.with(c.posterior.Best)
	base, _ := y.value(central)
	a.Grade = c.grade(a)
	changed := y.score(central, base, []candidate{what})
	y.intervals(c, changed, 0)
	change := y.told(a, c, central, changed[0])[0]
	out := Answer{Grade: a.Grade, Effect: change.Effect, Clause: change.Clause, Because: []string{change.Why}}
	e := change.Effect
	switch {
	case e == nil:
		out.Says = cannot + "the load that could be held with it lies outside what was played"
	case e.Lo > 0.98 && e.Hi < worthwhile:
		out.Says = "no effect worth a change"
	case e.Lo > 1:
		out.Says = "more load would be held"
	case e.Hi < 1:
		out.Says = "less load would be held"
	default:
		out.Says = "not decided by this run: the interval holds gain and loss"
	}
	return out
}

// askParallel reports whether a size would start; what it brings needs an arm of its own.
func askParallel(t *analysis.TargetStudy, to float64) Answer {
	n := int(to)
	shape, _, known := t.Shape()
	switch {
	case to < 1 || to != math.Trunc(to):
		return Answer{Grade: analysis.GradeD, Says: "vLLM refuses to start: tensor-parallel-size must be a whole number " +
			"of GPUs"}
	case n == t.TP():
		return Answer{Grade: analysis.GradeA, Says: "this is the present setting"}
	case known && !shape.SplitsEvenly(n):
		return Answer{Grade: analysis.GradeD, Says: refused(vllm.Start{Model: shape, TP: n}.Invalid())}
	}
	return Answer{Grade: analysis.GradeD, Says: cannot +
		fmt.Sprintf("it holds one variant only; measure tensor-parallel-size %d too and compare per GPU, against %d "+
			"replicas as well", n, max(1, n/t.TP()))}
}

func askBudget(m *model, _ *analysis.Study, t *analysis.TargetStudy, to float64) (candidate, string) {
	s := m.start(t)
	s.Budget = int(to)
	return m.budget(t, s.Budget), refused(s.Invalid())
}

func askSeqs(m *model, _ *analysis.Study, t *analysis.TargetStudy, to float64) (candidate, string) {
	s := m.start(t)
	s.MaxSeqs = int(to)
	return m.seqs(t, s.MaxSeqs), refused(s.Invalid())
}

func askMemory(m *model, s *analysis.Study, t *analysis.TargetStudy, to float64) (candidate, string) {
	now, told := t.Settings.Float(vllm.GPUMemoryUtilization)
	if !told {
		return candidate{}, cannot + "it needs the present gpu-memory-utilization"
	}
	start := m.start(t)
	start.Utilization = to
	if r := start.Invalid(); r != nil {
		return candidate{}, refused(r)
	}
	if says := sharedGPU(s, t); says != "" && to > now {
		return candidate{}, "not on a shared GPU: " + says
	}
	c := m.utilization(t, now, to)
	return c, refused(start.Holds(c.apply(m).blocks))
}

// start is what vLLM is asked to start with today.
func (m *model) start(t *analysis.TargetStudy) vllm.Start {
	s := m.machine.Start()
	s.MaxLen, s.BlockSize, s.Utilization, s.Chunked = s.Model.MaxPosition, kvBlock, 1, true
	if on, told := t.Settings[vllm.ChunkedPrefill].(bool); told {
		s.Chunked = on
	}
	return s
}

// refused says that vLLM does not start; empty: it does.
func refused(r *vllm.Refusal) string {
	if r == nil {
		return ""
	}
	return "vLLM refuses to start: " + strings.TrimSuffix(r.Says, ".")
}
