package analysis

import (
	"math"
	"slices"

	"loadgen/results"
	"loadgen/stat"
)

var checkOutput = check{ID: "V9", Name: "lengths as planned",
	Doc: "Mean output tokens of exact-length classes against the plan: warn above 5 % off, invalid above 10 %. Empty " +
		"answers above 0.1 %: invalid. Generated prompts, as the server " +
		"counts them, warn: where planned lengths of a class differ by half or more, when a planned token is 5 % more or " +
		"less than one (a chat template adds the same to all); " +
		"where they do not, when prompts are 5 % shorter than planned, or longer by 64 tokens and 5 %. What was sent is " +
		"measured all the same.",
	Remedy: "ignore_eos must reach the server; look at finish_reason; are the words of generated prompts one token each " +
		"here (quick asks /tokenize)?",
	Judge: judgeOutput,
}

func judgeOutput(c check, d *StepData) []results.Reason {
	var planned, got float64
	empty, n := 0, 0
	for _, r := range d.requests().all() {
		if r.Phase != results.Measure {
			continue
		}
		n++
		if r.Fault == results.FaultEmpty {
			empty++
		}
		if r.OK() && r.PlannedExact {
			planned, got = planned+float64(r.PlannedOutput), got+float64(r.OutputTokens)
		}
	}
	var out []results.Reason
	if planned > 0 {
		out = c.grade(math.Abs(got/planned-1), 0.05, 0.10, "output tokens are %+.1f %% off the plan", 100*(got/planned-1))
	}
	if empty > 1 && empty*1000 > n { // one alone may be a model that had nothing to say
		out = append(out, c.reason(results.Condemn, "%d of %d answers were empty", empty, n)...)
	}
	for _, class := range promptClasses(d) {
		out = append(out, c.prompts(d, class)...)
	}
	return out
}

// templateMost is what a chat template may add to a prompt, tokens.
const templateMost = 64

// promptClasses are the classes whose prompts were generated and counted, each request alone: in a session the history
// is part of what is counted.
func promptClasses(d *StepData) (out []string) {
	for _, r := range d.cohort().all() {
		if !d.Meta.Step.Sessions && r.OK() && r.PlannedPrompt > 0 && r.PromptTokens > 0 && !slices.Contains(out, r.Class) {
			out = append(out, r.Class)
		}
	}
	return out
}

// prompts grades a class's prompts as the server counted them.
func (c check) prompts(d *StepData, class string) []results.Reason {
	var planned, got []float64
	for _, r := range d.cohort().all() {
		if r.Class == class && r.OK() && r.PlannedPrompt > 0 && r.PromptTokens > 0 {
			planned, got = append(planned, float64(r.PlannedPrompt)), append(got, float64(r.PromptTokens))
		}
	}
	if len(planned) >= 20 && slices.Max(planned) >= 1.5*slices.Min(planned) {
		if line, ok := stat.FitLine(planned, got, nil); ok {
			return c.grade(math.Abs(line.Slope-1), 0.05, math.Inf(1), "a planned prompt token of %s is %.2f tokens here", class,
				line.Slope)
		}
	}
	mean, was := stat.Mean(planned), stat.Mean(got)
	switch {
	case was < mean:
		return c.grade(1-was/mean, 0.05, math.Inf(1), "prompts of %s have %.0f tokens here, planned are %.0f", class, was,
			mean)
	case was-mean > templateMost && was/mean > 1.05:
		return c.reason(results.Warn, "prompts of %s have %.0f tokens here, planned are %.0f: more than a chat template adds",
			class, was, mean)
	}
	return nil
}
