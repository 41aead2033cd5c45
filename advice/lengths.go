package advice

import (
	"math"
	"math/rand/v2"

	"loadgen/analysis"
	"loadgen/scenarios"
)

const (
	population = 20000 // requests whose lengths stand for all that a scenario's laws draw
	kept       = 0.005 // relative: to which answers are as long as planned
)

// drawnLengths are requests of lengths that the scenario's own laws draw, where the answers seen have the lengths that
// were planned: what was seen of them is but a sample, whose mean is off by chance. Prompts have as many tokens more as
// those seen have, from their templates. nil where lengths are no law's.
func drawnLengths(sc *scenarios.Scenario, seen []analysis.Observed) []analysis.Observed {
	mix := scenarios.NewMix(sc, scenarios.Step{})
	if !mix.Lawful() {
		return nil
	}
	more, ok := beyondPlan(seen)
	if !ok {
		return nil
	}
	rng, out := rand.New(rand.NewPCG(7, 19)), make([]analysis.Observed, population)
	for i := range out {
		class, input, output := mix.Lengths(rng)
		out[i] = analysis.Observed{Class: class, Prompt: input + more[class], Output: output}
	}
	return out
}

// beyondPlan is by how many tokens prompts of each class are longer than planned, on average; false where answers are
// not as long as planned, or prompts were served from the prefix cache.
func beyondPlan(seen []analysis.Observed) (more map[string]int, ok bool) {
	type sums struct{ n, prompt, planned, output, asked float64 }
	all := map[string]sums{}
	for _, o := range seen {
		s := all[o.Class]
		if o.Planned.Prompt == 0 || o.Planned.Output == 0 || o.Cached > 0 {
			return nil, false
		}
		all[o.Class] = sums{s.n + 1, s.prompt + float64(o.Prompt), s.planned + float64(o.Planned.Prompt),
			s.output + float64(o.Output), s.asked + float64(o.Planned.Output)}
	}
	more = map[string]int{}
	for class, s := range all {
		if math.Abs(s.output/s.asked-1) > kept {
			return nil, false
		}
		more[class] = int(math.Round((s.prompt - s.planned) / s.n))
	}
	return more, true
}
