package rehearsal

import (
	"time"

	"loadgen/results"
	"loadgen/simulator/engine"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

const (
	burst      = 300 * time.Microsecond // lines read closer together tell nothing of how long their steps took
	leastSteps = 40                     // in a stretch
	parts      = 9                      // of a level: a busy API server reads a second's steps at once
)

// stretches reads the engine's log of a step of the run; none where it was not read, or where the engine may have been
// idle: in an open loop.
func (l fitLoad) stretches(st *results.Step) ([]machine.Stretch, error) {
	if l.context() == 0 {
		return nil, nil
	}
	samples, err := st.Samples()
	if err != nil {
		return nil, err
	}
	return stretchesOf(logged(samples, l.context())), nil
}

// context is how many tokens of KV an answer reads in a step, on average; 0 where no request follows another.
func (l fitLoad) context() float64 {
	sum, closed := 0.0, false
	for _, r := range l.Requests {
		sum += float64(r.Prompt) + float64(r.Output)/2
		closed = closed || r.Follows > 0
	}
	if !closed {
		return 0
	}
	return sum / float64(len(l.Requests))
}

// A line is a step of the engine's log, and when it was read.
type line struct {
	engine.Step
	at time.Duration
}

// logged are the steps of engine 0, in order. The log does not tell how much context they read, nor which prompts began
// before.
func logged(samples []results.Sample, context float64) (out []line) {
	for _, s := range samples {
		if s.Source != results.Engine || s.Missing || s.Label != "0" {
			continue
		}
		n := int(s.Value)
		if s.Name == vllm.StepIndex {
			out = append(out, line{Step: engine.Step{Index: n}, at: s.At})
		}
		if len(out) == 0 {
			continue
		}
		switch step := &out[len(out)-1]; s.Name {
		case vllm.StepContextRequests:
			step.Prefills, step.Sampled = n, step.Sampled+n
		case vllm.StepContextTokens:
			step.PrefillTokens, step.Tokens = n, step.Tokens+n
			step.Attended = float64(n) * (float64(n)/float64(max(step.Prefills, 1)) + 1) / 2
		case vllm.StepGenerationRequests:
			step.Decodes, step.Tokens, step.Sampled = n, step.Tokens+n, step.Sampled+n
			step.Context = int(context * s.Value)
		}
	}
	return out
}

// stretchesOf cuts a log where one burst of lines has ended.
func stretchesOf(lines []line) (out []machine.Stretch) {
	least := max(leastSteps, len(lines)/parts)
	from := -1 // the line with which the stretch before ended
	for i := range lines {
		if i > 0 && lines[i].Index != lines[i-1].Index+1 {
			from = -1 // lines are missing
		}
		ended := i+1 == len(lines) || lines[i+1].at-lines[i].at > burst
		switch {
		case !ended:
		case from < 0:
			from = i
		case i-from >= least:
			out = append(out, stretch(lines[from:i+1]))
			from = i
		}
	}
	return out
}

// stretch is from the first line, whose step had ended by then, to the last.
func stretch(lines []line) machine.Stretch {
	s := machine.Stretch{Took: lines[len(lines)-1].at - lines[0].at}
	for _, l := range lines[1:] {
		s.Steps = append(s.Steps, l.Step)
	}
	return s
}
