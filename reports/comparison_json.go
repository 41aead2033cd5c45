package reports

import "loadgen/analysis"

// A ComparedTarget is one target of `compare --json`. Bounds are null where the data carry none.
type ComparedTarget struct {
	Target  string                `json:"target"`
	Verdict analysis.Judgement    `json:"verdict"`
	Why     string                `json:"why"`
	Decides []ComparedNumber      `json:"decides"`
	Base    ComparedSide          `json:"base"`
	Other   ComparedSide          `json:"other"`
	Differ  []analysis.Difference `json:"differ"`
	Levels  []ComparedLevel       `json:"levels"`
	PerGPU  []ComparedPace        `json:"per_gpu,omitempty"` // at equal TPOT, where the arms occupy different numbers of GPUs
}

// A ComparedSide is how often a side was measured.
type ComparedSide struct {
	Starts      int `json:"starts"`
	Repetitions int `json:"repetitions"`
}

// A ComparedPace is what both arms carry per GPU at one TPOT.
type ComparedPace struct {
	TPOT  float64            `json:"tpot_s"`
	Base  float64            `json:"base"`
	Other float64            `json:"other"`
	Shows analysis.Judgement `json:"shows"`
}

// A ComparedLevel is one level on both sides.
type ComparedLevel struct {
	Level         string           `json:"level"`
	Blocks        int              `json:"blocks"`
	Grade         analysis.Grade   `json:"grade"`
	NotComparable string           `json:"not_comparable,omitempty"`
	Numbers       []ComparedNumber `json:"numbers"`
}

// A ComparedNumber is other ÷ base of one number.
type ComparedNumber struct {
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
func ComparisonJSON(all []analysis.Comparison) []ComparedTarget {
	out := []ComparedTarget{}
	for _, c := range all {
		t := ComparedTarget{Target: c.Target, Verdict: c.Verdict, Why: c.Why, Decides: []ComparedNumber{}, Base: ComparedSide(c.BaseEvidence), Other: ComparedSide(c.OtherEvidence), Differ: append([]analysis.Difference{}, c.Differ...), Levels: []ComparedLevel{}}
		for _, r := range c.Decisive {
			t.Decides = append(t.Decides, comparedNumber(r))
		}
		for _, l := range c.Levels {
			level := ComparedLevel{Level: l.Label, Blocks: l.Blocks, Grade: l.Grade, NotComparable: l.Not, Numbers: []ComparedNumber{}}
			for _, r := range l.Ratios {
				level.Numbers = append(level.Numbers, comparedNumber(r))
			}
			t.Levels = append(t.Levels, level)
		}
		for _, p := range c.PerGPU() {
			t.PerGPU = append(t.PerGPU, ComparedPace{p.TPOT, p.Base.Value, p.Other.Value, p.Says})
		}
		out = append(out, t)
	}
	return out
}

func comparedNumber(r analysis.MetricRatio) ComparedNumber {
	return ComparedNumber{r.Name, r.Base, r.Other, jsonNumber(r.Ratio.Value), r.Bound, jsonNumber(r.Ratio.Lo), jsonNumber(r.Ratio.Hi), r.Says}
}
