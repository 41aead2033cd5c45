package advice

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// An Answer says what settings would do to a target, together, from its run alone.
type Answer struct {
	Target  string         `json:"target"`
	Asked   []Asked        `json:"settings"`
	Says    string         `json:"says"`
	Because []string       `json:"because"`
	Grade   analysis.Grade `json:"grade"`
	Effect  *Effect        `json:"effect,omitempty"`
	Clause  *Effect        `json:"clause_effect,omitempty"`
}

// An Asked is one setting that is asked about; From is nil where nobody told it.
type Asked struct {
	Flag string  `json:"flag"`
	From any     `json:"from"`
	To   float64 `json:"to"`
}

const cannot = "cannot be told from this run: "

// WhatIf answers settings, each FLAG=VALUE, asked about together, for every target with interval and grade, or says
// that it cannot be told from this run. An error means that the question itself is wrong.
func WhatIf(s *analysis.Study, settings []string) ([]Answer, error) {
	var asked []Asked
	for _, said := range settings {
		next, err := ask(said)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(asked, func(a Asked) bool { return a.Flag == next.Flag }) {
			return nil, fmt.Errorf("%s is asked about twice", next.Flag)
		}
		if asked = append(asked, next); len(asked) > 1 &&
			slices.ContainsFunc(asked, func(a Asked) bool { return a.Flag == vllm.TensorParallelSize }) {
			return nil, fmt.Errorf("%s is answered by itself: it needs a run of its own", vllm.TensorParallelSize)
		}
	}
	var out []Answer
	for _, t := range s.Targets {
		a := answer(s, t, asked)
		a.Target, a.Asked = t.Target.Name, slices.Clone(asked)
		for i := range a.Asked {
			a.Asked[i].From = t.Settings[a.Asked[i].Flag]
		}
		out = append(out, a)
	}
	return out, nil
}

func ask(setting string) (a Asked, err error) {
	spelling, value, ok := strings.Cut(strings.TrimLeft(setting, "-"), "=")
	if !ok {
		return a, fmt.Errorf("given %q, expected FLAG=VALUE", setting)
	}
	flag, _, ok := vllm.FindFlag(spelling)
	if !ok {
		return a, fmt.Errorf("unknown flag %q", spelling)
	}
	a.Flag = flag.Name
	if a.To, err = strconv.ParseFloat(value, 64); err != nil || math.IsNaN(a.To) || math.IsInf(a.To, 0) {
		return a, fmt.Errorf("%s: given %q, expected a number", a.Flag, value)
	}
	if !slices.Contains(vllm.Advised, a.Flag) {
		return a, fmt.Errorf("what-if knows %v, not %s", vllm.Advised, a.Flag)
	}
	return a, nil
}

func answer(s *analysis.Study, t *analysis.TargetStudy, asked []Asked) Answer {
	if asked[0].Flag == vllm.TensorParallelSize {
		return askParallel(t, asked[0].To)
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
	what, refused := m.asked(s, t, asked)
	if refused != "" {
		return Answer{Grade: analysis.GradeD, Says: refused}
	}
	out := m.answer(a, m.calibrate(a), what)
	if more := what.apply(m).blocks - m.blocks; more != 0 {
		said := fmt.Sprintf("%+d KV tokens on %d", more*kvBlock, m.blocks*kvBlock)
		if m.machine.Model.Window() > 0 { // layers of two kinds share the blocks, and hold tokens each in its way
			said = fmt.Sprintf("%+d KV blocks on %d", more, m.blocks)
		}
		out.Because = append(out.Because, said)
	}
	return out
}

// asked is the candidate of all settings together, or why it cannot be told or vLLM would not start with it.
func (m *model) asked(s *analysis.Study, t *analysis.TargetStudy, asked []Asked) (out candidate, why string) {
	out.apply = func(m *model) *model { return m }
	start := m.start(t)
	for _, a := range asked {
		switch a.Flag {
		case vllm.MaxNumBatchedTokens:
			start.Budget = int(a.To)
			out = out.and(m.budget(t, start.Budget))
		case vllm.MaxNumSeqs:
			start.MaxSeqs = int(a.To)
			out = out.and(m.seqs(t, start.MaxSeqs))
		case vllm.GPUMemoryUtilization:
			now, told := t.Settings.Float(vllm.GPUMemoryUtilization)
			if !told {
				return out, cannot + "it needs the present gpu-memory-utilization"
			}
			if says := sharedGPU(s, t); says != "" && a.To > now {
				return out, "not on a shared GPU: " + says
			}
			start.Utilization = a.To
			out = out.and(m.utilization(t, now, a.To))
		}
	}
	r := start.Invalid()
	if r == nil && slices.ContainsFunc(asked, func(a Asked) bool { return a.Flag == vllm.GPUMemoryUtilization }) {
		r = start.Holds(out.apply(m).blocks)
	}
	return out, refused(r)
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
