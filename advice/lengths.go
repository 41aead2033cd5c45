package advice

import (
	"math"
	"math/rand/v2"

	"loadgen/analysis"
	"loadgen/scenarios"
)

const (
	population = 20000 // requests whose lengths stand for all that a scenario asks for
	kept       = 0.005 // relative: to which answers are as long as planned
)

// drawnLengths are requests in the scenario's own shares of classes: how many of each came is chance. Their lengths are
// drawn from the class's laws where its answers have the lengths that were planned, with as many tokens more as its
// prompts had, from their templates; else they are those of an answer of the class that was seen. nil where none was.
func drawnLengths(sc *scenarios.Scenario, seen []analysis.Observed) []analysis.Observed {
	classes := map[string][]analysis.Observed{}
	for _, o := range seen {
		classes[o.Class] = append(classes[o.Class], o)
	}
	laws := map[string]template{}
	for class, answers := range classes {
		laws[class] = beyondPlan(answers)
	}
	mix, rng := scenarios.NewMix(sc, scenarios.Step{}), rand.New(rand.NewPCG(7, 19))
	out := make([]analysis.Observed, population)
	for i := range out {
		class, input, output, lawful := mix.Lengths(rng)
		answers := classes[class]
		switch law := laws[class]; {
		case len(answers) == 0:
			return nil
		case lawful && law.kept:
			out[i] = analysis.Observed{Class: class, Prompt: input + law.tokens, Output: output}
		default:
			out[i] = answers[rng.IntN(len(answers))]
		}
	}
	return out
}

// A template is by how many tokens prompts of a class are longer than planned, on average. The plan is not kept where
// answers are not as long as planned, or prompts were served from the prefix cache.
type template struct {
	tokens int
	kept   bool
}

func beyondPlan(answers []analysis.Observed) template {
	var prompt, planned, output, asked float64
	for _, o := range answers {
		if o.Planned.Prompt == 0 || o.Planned.Output == 0 || o.Cached > 0 {
			return template{}
		}
		prompt, planned = prompt+float64(o.Prompt), planned+float64(o.Planned.Prompt)
		output, asked = output+float64(o.Output), asked+float64(o.Planned.Output)
	}
	return template{int(math.Round((prompt - planned) / float64(len(answers)))), math.Abs(output/asked-1) <= kept}
}
