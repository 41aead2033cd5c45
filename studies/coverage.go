package studies

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/stat"
)

// A cell is where intervals are counted: what the server does at a level, a number, and the window that it was measured
// in.
type cell struct{ Regime, Number, Window string }

// covering counts the intervals that were printed, and those that hold the truth.
type covering map[cell][2]int

func (c covering) count(at cell, holds bool) {
	n := c[at]
	if n[0]++; holds {
		n[1]++
	}
	c[at] = n
}

// windows are those that a deployment is measured in: the default preset's own, and shorter ones.
var windows = map[string]string{"12 s": "measure: 12s, ", "28 s": "measure: 28s, ", "default": ""}

// judgedLong is how many requests of a level the truth of its numbers looks at.
const judgedLong = 12000

// cover plays a deployment's ladder in each window and holds every printed interval against a long play of its engine.
// shown counts the levels of 100 requests and three answers' length, and those that print TTFT and TPOT p50.
func (d deployment) cover(dir string) (c covering, shown [2]int, err error) {
	c = covering{}
	m, blocks, err := d.options(nil).Machine()
	if err != nil {
		return nil, shown, err
	}
	long, truths := newTruth(m, blocks, d.Scenario, judgedLong), map[float64]map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(windows)) {
		s, err := d.measured(windows[name], dir+name)
		if err != nil {
			return nil, shown, err
		}
		for _, p := range s.Targets[0].Closed() {
			if !p.Trusted() {
				continue
			}
			if truths[p.Level] == nil {
				truths[p.Level] = long.play(int(p.Level)).numbers()
			}
			c.level(p, name, truths[p.Level])
			if p.Cohort >= 100 && p.Relaxations >= 3 {
				shown[0]++
				if p.Metrics["ttft"].Quantiles[0.5].Known() && p.Metrics["tpot"].Quantiles[0.5].Known() {
					shown[1]++
				}
			}
		}
	}
	return c, shown, nil
}

// measured plays the ladder with a window.
func (d deployment) measured(window, dir string) (*analysis.Study, error) {
	d.YAML = strings.Replace(d.YAML, "load: {concurrency:", "load: {"+window+"concurrency:", 1)
	var err error
	if d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML)); err != nil {
		return nil, err
	}
	return d.play(dir, 0)
}

// numbers are what a level shows in the end.
func (s served) numbers() map[string]float64 {
	out := map[string]float64{"tok/s": s.output, "req/s": s.requests, "attainment": s.met}
	for name, of := range map[string][]float64{"ttft": s.ttft, "tpot": s.tpot} {
		v := slices.Clone(of)
		slices.Sort(v)
		for _, q := range analysis.Probabilities {
			out[fmt.Sprintf("%s p%g", name, 100*q)] = stat.Quantile(v, q)
		}
	}
	return out
}

// level counts what a level prints.
func (c covering) level(p *analysis.Point, window string, truth map[string]float64) {
	see := func(number string, e analysis.Estimate) {
		if v, told := truth[number]; told && e.Known() && !math.IsNaN(e.Lo) { // below 20 values there are no bounds
			c.count(cell{regime(p), number, window}, v >= e.Lo && v <= e.Hi)
		}
	}
	see("tok/s", p.OutputRate)
	see("req/s", p.RequestRate)
	see("attainment", p.Attainment)
	for _, name := range []string{"ttft", "tpot"} {
		for q, e := range p.Metrics[name].Quantiles {
			see(fmt.Sprintf("%s p%g", name, 100*q), e)
		}
	}
}

// regime is what a server does at a level.
func regime(p *analysis.Point) string {
	switch {
	case p.Queued():
		return "requests queue"
	case p.Level <= 8:
		return "few in flight"
	}
	return "many in flight"
}
