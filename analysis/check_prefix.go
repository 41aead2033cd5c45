package analysis

import (
	"math"

	"loadgen/results"
	"loadgen/scenarios"
)

var checkPrefix = check{ID: "V8", Name: "prefix cache as planned",
	Doc: "The share of prompt tokens that the server took from its prefix cache against the shared prefixes and the " +
		"history of sessions of the plan, give or " +
		"take a block of 16 and what the chat template adds; of literal and recorded texts, each with a cache_salt of its " +
		"own, nothing is planned. More than 1 percentage point " +
		"above the plan: warn; 2: invalid, since a cache answered that users do " +
		"not have. Below the plan by 2, or above it while requests were preempted, which find their own blocks again, or " +
		"where literal texts went without cache_salt: warn. " +
		"The server's counters are asked, else the cached tokens of each answer's usage. One generated prompt of 16 tokens " +
		"or more sent twice: invalid.",
	Remedy: "above: was the server asked the same before? /reset_prefix_cache, or another seed; below: is prefix " +
		"caching on, is the KV pool full?",
	Judge: judgePrefix,
}

// prefixBlock is the smallest unit that vLLM caches by default, tokens.
const prefixBlock = 16

func judgePrefix(c check, d *StepData) []results.Reason {
	if d.Meta.Step.Loop == scenarios.Each {
		return nil
	}
	out := judgeRepeats(c, d)
	least, most := plannedShare(d)
	hit, facts := foundShare(d)
	if math.IsNaN(hit) || math.IsNaN(most) {
		return append(out, c.reason(results.NotChecked, "the server tells nothing of its prefix cache")...)
	}
	const says = "%.1f %% of the prompt tokens came from the prefix cache, planned are %.1f to %.1f %%"
	switch {
	case least-hit > 0.02 || facts.Preemptions > 0 && hit-most > 0.01: // preempted requests find their own blocks again
		return append(out, c.reason(results.Warn, says, 100*hit, 100*least, 100*most)...)
	case d.Meta.Unsalted && literal(d) && hit-most > 0.01:
		return append(out, c.reason(results.Warn, says+"; literal texts went without cache_salt and find themselves there",
			100*hit, 100*least, 100*most)...)
	}
	return append(out, c.grade(hit-most, 0.01, 0.02, says, 100*hit, 100*least, 100*most)...)
}

// foundShare is the share of prompt tokens that came from the prefix cache: by the server's counters, else by its usage
// of the cohort. NaN: neither tells.
func foundShare(d *StepData) (float64, ServerFacts) {
	facts := serverFacts(d.Samples, d.Meta.Window)
	if facts.Known && !math.IsNaN(facts.PrefixHit) {
		return facts.PrefixHit, facts
	}
	_, _, told := tokenMeans(d.cohort())
	return told, facts
}

// literal reports whether a text of the cohort was not generated.
func literal(d *StepData) bool {
	return d.requests().any(func(r *results.Record) bool {
		return r.Phase == results.Measure && r.PlannedPrompt == 0
	})
}

// plannedShare is which share of the prompt tokens the cache should bring at least and at most; NaN when none were
// counted.
func plannedShare(d *StepData) (least, most float64) {
	all, before := 0.0, turnsBefore(d)
	for _, r := range d.cohort().all() {
		if !r.OK() || r.PromptTokens == 0 {
			continue
		}
		all += float64(r.PromptTokens)
		if r.PlannedPrompt > 0 {
			lo, hi := sharedTokens(r, before(r))
			least, most = least+float64(lo/prefixBlock*prefixBlock), most+float64(hi)
		}
	}
	return least / all, most / all
}

// sharedTokens bounds what the cache can know of a prompt, before whole blocks are taken: its shared prefix, with the
// template that may stand in front. In a session that is the turn before, whose answer is found again only where the
// template repeats it as the model made it: some leave its empty thought out.
func sharedTokens(r *results.Record, before *results.Record) (least, most int32) {
	if before == nil {
		return r.PlannedShared, r.PlannedShared + max(0, r.PromptTokens-r.PlannedPrompt)
	}
	return before.PlannedPrompt, before.PromptTokens + before.OutputTokens - before.ReasoningTokens
}

// turnsBefore finds the turn before a later one in its session; nil for a first turn.
func turnsBefore(d *StepData) func(*results.Record) *results.Record {
	back := int64(1)
	if d.Meta.Step.Loop == scenarios.Open {
		back = 1 << 32
	}
	byID, all := map[int64]int{}, d.requests()
	if d.Meta.Step.Sessions {
		for i, r := range all.all() {
			byID[r.ID] = i
		}
	}
	var scratch results.Record
	return func(r *results.Record) *results.Record {
		i, known := byID[r.ID-back]
		if r.SessionTurn == 0 || !known {
			return nil
		}
		return all.at(i, &scratch)
	}
}

// judgeRepeats looks for prompts that were sent twice.
func judgeRepeats(c check, d *StepData) []results.Reason {
	seen, twice := map[uint64]bool{}, 0
	for _, r := range d.requests().all() {
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
