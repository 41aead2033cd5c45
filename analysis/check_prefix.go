package analysis

import (
	"math"

	"loadgen/results"
	"loadgen/scenarios"
)

var checkPrefix = Check{ID: "V8", Name: "prefix cache as planned",
	Doc: "Of generated prompts: the share of prompt tokens that the server took from its prefix cache against the shared prefixes of the plan, give or " +
		"take a block of 16 and what the chat template adds. More than 1 percentage point above the plan: warn; 2: invalid, since a cache answered that users do " +
		"not have. Below the plan by 2, or above it while requests were preempted, which find their own blocks again: warn. One prompt of 16 tokens or more sent twice: invalid.",
	Remedy: "above: was the server asked the same before? /reset_prefix_cache, or another seed; below: is prefix caching on, is the KV pool full?",
	Judge:  judgePrefix,
}

// prefixBlock is the smallest unit that vLLM caches by default, tokens.
const prefixBlock = 16

func judgePrefix(c Check, d *StepData) []results.Reason {
	if d.Meta.Step.Loop == scenarios.Each {
		return nil
	}
	out := judgeRepeats(c, d)
	least, most, known := plannedShare(d.Cohort())
	if !known {
		return append(out, c.reason(results.NotChecked, "literal and recorded texts are not judged")...)
	}
	facts := serverFacts(d.Samples, d.Meta.Window)
	hit := facts.PrefixHit
	if !facts.Known || math.IsNaN(hit) {
		return append(out, c.reason(results.NotChecked, "the server counts no queries of its prefix cache")...)
	}
	const says = "%.1f %% of the prompt tokens came from the prefix cache, planned are %.1f to %.1f %%"
	if least-hit > 0.02 || facts.Preemptions > 0 && hit-most > 0.01 { // preempted requests find their own blocks again
		return append(out, c.reason(results.Warn, says, 100*hit, 100*least, 100*most)...)
	}
	return append(out, c.grade(hit-most, 0.01, 0.02, says, 100*hit, 100*least, 100*most)...)
}

// plannedShare is which share of the prompt tokens the cache should bring at least and at most: whole blocks alone are cached,
// and the template may stand in front. Not known when a text was not generated, or its tokens were not counted.
func plannedShare(cohort []results.Record) (least, most float64, known bool) {
	all := 0.0
	for _, r := range cohort {
		if r.PlannedPrompt == 0 {
			return 0, 0, false
		}
		if !r.OK() || r.PromptTokens == 0 {
			continue
		}
		template := max(0, r.PromptTokens-r.PlannedPrompt)
		least += float64(r.PlannedShared / prefixBlock * prefixBlock)
		most += float64(r.PlannedShared + template)
		all += float64(r.PromptTokens)
	}
	return least / all, most / all, all > 0
}

// judgeRepeats looks for prompts that were sent twice.
func judgeRepeats(c Check, d *StepData) []results.Reason {
	seen, twice := map[uint64]bool{}, 0
	for _, r := range d.Records {
		if r.PlannedPrompt < prefixBlock || r.PromptHash == 0 {
			continue
		}
		if seen[r.PromptHash] {
			twice++
		}
		seen[r.PromptHash] = true
	}
	if twice == 0 {
		return nil
	}
	return c.reason(results.Condemn, "%d generated prompts were sent twice", twice)
}
