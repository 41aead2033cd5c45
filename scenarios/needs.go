package scenarios

import (
	"maps"
	"slices"
)

// Files are those that a scenario reads beside its own, as it names them.
func (s *Scenario) Files() (out []string) {
	add := func(names ...string) {
		for _, name := range names {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	for _, t := range s.Targets {
		add(t.ModelConfig)
	}
	for _, c := range s.Prompts {
		if c.Source != nil {
			add(c.Source.File)
		}
		for _, l := range []*Length{c.Input, c.Output.Length} {
			if l != nil {
				add(l.File)
			}
		}
	}
	for _, p := range s.Phases {
		if p.Arrival.Trace != nil {
			add(p.Arrival.Trace.File)
		}
	}
	return out
}

// Variables are those of the environment that hold the targets' keys and headers, sorted.
func (s *Scenario) Variables() (out []string) {
	for _, t := range s.Targets {
		if t.APIKeyEnv != "" {
			out = append(out, t.APIKeyEnv)
		}
		out = slices.AppendSeq(out, maps.Values(t.Headers))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
