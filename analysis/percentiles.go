package analysis

import "loadgen/results"

// Percentiles are the quantiles that are estimated; each is shown only with the samples that carry it (R3.2).
var Percentiles = []float64{0.5, 0.75, 0.9, 0.95, 0.99, rare}

// A percentileRow is one metric of one level, over all prompts or one class of them.
type percentileRow struct {
	Level  string
	Metric string // its title
	Class  string // empty: all
	Spread Spread
}

// PercentileRows are the target's, level by level; classes stand apart where there are several. TTFO is left out where
// the model did not think: it is TTFT then.
func (t *TargetStudy) PercentileRows(s *Study) []percentileRow {
	var out []percentileRow
	for _, p := range t.Points {
		for _, name := range []string{"ttft", "ttfo", "itl", "tpot", "e2e"} {
			if name == "ttfo" && !(p.Metrics["reasoning_tokens"].Max > 0) {
				continue
			}
			out = append(out, percentileRow{p.Label, title(name), "", p.Metrics[name]})
		}
		if len(s.Scenario.Prompts) < 2 {
			continue
		}
		for _, c := range s.Scenario.Prompts {
			for _, name := range []string{"ttft", "tpot", "e2e"} {
				out = append(out, percentileRow{p.Label, title(name), c.Name, p.Classes[c.Name].Metrics[name]})
			}
		}
	}
	return out
}

func title(metric string) string {
	m, _ := results.FindMetric(metric)
	return m.Title
}
