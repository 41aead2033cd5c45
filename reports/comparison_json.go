package reports

import "loadgen/analysis"

// A comparedTarget is one target of `compare --json`. Bounds are null where the data carry none.
type comparedTarget struct {
	Target  string                `json:"target"`
	Verdict analysis.Judgement    `json:"verdict"`
	Why     string                `json:"why"`
	Decides []comparedNumber      `json:"decides"`
	Base    comparedSide          `json:"base"`
	Other   comparedSide          `json:"other"`
	Differ  []analysis.Difference `json:"differ"`
	Levels  []comparedLevel       `json:"levels"`
	// at equal TPOT, where the arms occupy different numbers of GPUs
	PerGPU []comparedPace `json:"per_gpu,omitempty"`
}

// A comparedSide is how often a side was measured.
type comparedSide struct {
	Starts      int `json:"starts"`
	Repetitions int `json:"repetitions"`
}

// A comparedPace is what both arms carry per GPU at one TPOT.
type comparedPace struct {
	TPOT  float64            `json:"tpot_s"`
	Base  float64            `json:"base"`
	Other float64            `json:"other"`
	Shows analysis.Judgement `json:"shows"`
}

// A comparedLevel is one level on both sides.
type comparedLevel struct {
	Level         string           `json:"level"`
	Blocks        int              `json:"blocks"`
	Grade         analysis.Grade   `json:"grade"`
	NotComparable string           `json:"not_comparable,omitempty"`
	Numbers       []comparedNumber `json:"numbers"`
}

// A comparedNumber is other ÷ base of one number.
type comparedNumber struct {
	Name  string             `json:"name"`
	Base  float64            `json:"base"`
	Other float64            `json:"other"`
	Ratio *float64           `json:"ratio"`
	Bound string             `json:"bound,omitempty"` // one side is a bound only
	Lo    *float64           `json:"lo"`
	Hi    *float64           `json:"hi"`
	Shows analysis.Judgement `json:"shows"`
}

// ComparisonJSON puts comparisons into their JSON shape.
func ComparisonJSON(all []analysis.Comparison) []comparedTarget {
	out := []comparedTarget{}
	for _, c := range all {
		t := comparedTarget{Target: c.Target, Verdict: c.Verdict, Why: c.Why, Decides: []comparedNumber{},
			Base: comparedSide(c.BaseEvidence), Other: comparedSide(c.OtherEvidence),
			Differ: append([]analysis.Difference{}, c.Differ...), Levels: []comparedLevel{}}
		for _, r := range c.Decisive {
			t.Decides = append(t.Decides, tellRatio(r))
		}
		for _, l := range c.Levels {
			level := comparedLevel{Level: l.Label, Blocks: l.Blocks, Grade: l.Grade, NotComparable: l.Not,
				Numbers: []comparedNumber{}}
			for _, r := range l.Ratios {
				level.Numbers = append(level.Numbers, tellRatio(r))
			}
			t.Levels = append(t.Levels, level)
		}
		for _, p := range c.PerGPU() {
			t.PerGPU = append(t.PerGPU, comparedPace{p.TPOT, p.Base.Value, p.Other.Value, p.Ratio.Says})
		}
		out = append(out, t)
	}
	return out
}

func tellRatio(r analysis.MetricRatio) comparedNumber {
	return comparedNumber{r.Name, r.Base, r.Other, jsonNumber(r.Ratio.Value), r.Bound, jsonNumber(r.Ratio.Lo),
		jsonNumber(r.Ratio.Hi), r.Says}
}
