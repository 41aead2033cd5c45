package analysis

import (
	"maps"
	"slices"

	"loadgen/results"
)

var checkManifest = check{ID: "V18", Name: "manifest complete, settings constant",
	Doc: "What the server said of itself must be known and the same before and after: version, model and cache " +
		"configuration. A change is invalid, unknown warns. Judged for the run.",
	Remedy: "measure again without restarting the server",
	Judge:  judgeNothing,
}

func judgeNothing(check, *StepData) []results.Reason { return nil }

func manifestReasons(run *results.Run) []results.Reason {
	m, c := run.Manifest, checkManifest
	out := shardReasons(c, run)
	for _, w := range run.Warnings {
		out = append(out, c.reason(results.Warn, "%s", w)...)
	}
	for _, t := range m.Parsed.Targets {
		before, known := m.Before[t.Name]
		after, ended := m.After[t.Name]
		switch {
		case !known || before.Version == "":
			out = append(out, c.reason(results.Warn, "%s did not tell its version", t.Name)...)
		case !ended:
			out = append(out, c.reason(results.Warn, "%s was not asked again at the end", t.Name)...)
		case before.Version != after.Version || !slices.Equal(before.Models, after.Models) ||
			!maps.Equal(before.CacheConfig, after.CacheConfig):
			out = append(out, c.reason(results.Condemn, "%s changed during the run: version, model or cache configuration",
				t.Name)...)
		}
	}
	return out
}
