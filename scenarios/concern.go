package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"loadgen/vllm"
)

// A concern is something that a scenario's settings make likely to go wrong; it never makes a scenario unusable.
type concern struct {
	ID      string // gpu-claimed-twice, budget-is-window, …
	Targets []string
	Says    string
	Instead string // what to do about it
	Refused bool   // the server does not start, or answers none of a class's requests
}

// Concerns looks at the settings as the file states them: claims on one GPU, budgets, windows, tensor parallel.
func (s *Scenario) Concerns() []concern {
	out := append(s.sharedGPUs(), s.traceConcerns()...)
	out = append(out, s.togetherConcerns()...)
	out = append(out, s.sharedURLs()...)
	out = append(out, s.sourceConcerns()...)
	out = append(out, s.fitConcerns()...)
	out = append(out, s.stopConcerns()...)
	for _, t := range s.Targets {
		out = append(out, budgetConcerns(t)...)
		out = append(out, parallelConcerns(t)...)
		out = append(out, windowConcerns(t)...)
		out = append(out, spellingConcerns(t)...)
		out = append(out, hopperConcerns(t)...)
		out = append(out, startConcerns(t)...)
		out = append(out, activeConcerns(t)...)
	}
	return joined(out)
}

// joined says once what holds for several targets alike: "mini, medium: …".
func joined(all []concern) []concern {
	var out []concern
	var said []string // of out, without the targets
	for _, c := range all {
		what, one := strings.CutPrefix(c.Says, strings.Join(c.Targets, ", ")+": ")
		i := slices.Index(said, c.ID+what+c.Instead)
		if !one || i < 0 {
			out, said = append(out, c), append(said, c.ID+what+c.Instead)
			continue
		}
		out[i].Targets = append(out[i].Targets, c.Targets...)
		out[i].Says = strings.Join(out[i].Targets, ", ") + ": " + what
	}
	return out
}

// sharedGPUs finds devices whose claims do not sum below 1: gpu-memory-utilization is a fraction of the whole card, so
// what one server takes is not there for the next (vLLM request_memory).
func (s *Scenario) sharedGPUs() []concern {
	claims := map[int][]Target{}
	var ids []int
	for _, t := range s.Targets {
		for _, id := range t.GPUs {
			if claims[id] == nil {
				ids = append(ids, id)
			}
			claims[id] = append(claims[id], t)
		}
	}
	slices.Sort(ids)
	var out []concern
	for _, id := range ids {
		if c, ok := sharedGPU(id, claims[id]); ok {
			out = append(out, c)
		}
	}
	return out
}

func sharedGPU(id int, targets []Target) (concern, bool) {
	if len(targets) < 2 {
		return concern{}, false
	}
	c, sum, terms := concern{ID: "gpu-claimed-twice"}, 0.0, []string(nil)
	for _, t := range targets {
		gmu, ok := t.Settings.Float(vllm.GPUMemoryUtilization)
		if !ok {
			gmu = vllm.DefaultsFor(vllm.Card{}).GPUMemoryUtilization
		}
		sum += gmu
		terms = append(terms, fmt.Sprintf("%.2f (%s)", gmu, t.Name))
		c.Targets = append(c.Targets, t.Name)
	}
	if sum < 1 {
		return concern{}, false
	}
	c.Says = fmt.Sprintf("GPU %d is shared by %d servers that reserve %s = %.2f of its memory together; the shares on "+
		"one GPU must sum below 1",
		id, len(targets), strings.Join(terms, " + "), sum)
	c.Instead = "lower gpu-memory-utilization of each, or give them GPUs of their own"
	return c, true
}

// togetherConcerns finds a target that asks for company and has none.
func (s *Scenario) togetherConcerns() []concern {
	var names []string
	for _, t := range s.Targets {
		if t.Together {
			names = append(names, t.Name)
		}
	}
	if len(names) != 1 {
		return nil
	}
	return []concern{{ID: "together-alone", Targets: names, Says: names[0] +
		": together: true, and no other target says so: it is loaded alone",
		Instead: "set together: true on two or more targets, or on none"}}
}

func budgetConcerns(t Target) []concern {
	budget, ok := t.Settings.Int(vllm.MaxNumBatchedTokens)
	if !ok {
		return nil
	}
	var out []concern
	if window, ok := t.Settings.Int(vllm.MaxModelLen); ok && budget >= window && budget > 16384 {
		out = append(out, concern{ID: "budget-is-window", Targets: []string{t.Name},
			Says: fmt.Sprintf("%s: max-num-batched-tokens %d is as large as max-model-len %d: one long prompt may fill a step "+
				"and stall every "+
				"running answer, and the activations of such a step take memory from the KV cache", t.Name, budget, window),
			Instead: "2048 to 8192 with chunked prefill; the run will tell"})
	}
	return out
}

func parallelConcerns(t Target) []concern {
	var out []concern
	if need, says := gpusNeeded(t.Settings); need > 0 && len(t.GPUs) > 0 && len(t.GPUs) != need {
		out = append(out, concern{ID: "gpus-and-tp-differ", Targets: []string{t.Name},
			Says:    fmt.Sprintf("%s: %s with %d GPUs listed", t.Name, says, len(t.GPUs)),
			Instead: fmt.Sprintf("list the %d gpus that it takes", need)})
	}
	return out
}

// gpusNeeded is how many GPUs of this host the parallel sizes take: tensor × pipeline × data; 0 where none is stated,
// or where several hosts share them.
func gpusNeeded(s Settings) (need int, says string) {
	if backend, _ := s.Text("distributed-executor-backend"); backend == "ray" {
		return 0, ""
	}
	if nodes, ok := s.Int("nnodes"); ok && nodes > 1 {
		return 0, ""
	}
	data := "data-parallel-size"
	if _, ok := s["data-parallel-size-local"]; ok {
		data = "data-parallel-size-local"
	}
	need = 1
	var terms []string
	for _, flag := range []string{vllm.TensorParallelSize, "pipeline-parallel-size", data} {
		if n, ok := s.Int(flag); ok && (n > 1 || flag == vllm.TensorParallelSize) {
			need *= n
			terms = append(terms, fmt.Sprintf("%s %d", flag, n))
		}
	}
	if len(terms) == 0 {
		return 0, ""
	}
	return need, strings.Join(terms, " × ")
}

// sharedURLs finds targets that ask one server for different models: one of them asks the wrong one, unless a gateway
// knows both.
func (s *Scenario) sharedURLs() []concern {
	var out []concern
	for i, t := range s.Targets {
		same := []string{t.Name}
		first := true
		for j, o := range s.Targets {
			if j == i || strings.TrimRight(o.URL, "/") != strings.TrimRight(t.URL, "/") || o.Model == t.Model {
				continue
			}
			first = first && j > i
			same = append(same, o.Name)
		}
		if first && len(same) > 1 {
			out = append(out, concern{ID: "url-shared", Targets: same,
				Says: fmt.Sprintf("two targets share a URL: %s are all at %s, with different models", strings.Join(same, ", "),
					t.URL),
				Instead: "give each server the port that it is reached by; where a gateway serves both models, nothing"})
		}
	}
	return out
}
