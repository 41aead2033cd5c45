package reports

import (
	"math"

	"loadgen/analysis"
)

// paces are the tokens/s of one user at which throughput is read: slower than reading, reading, skimming, faster.
var paces = []float64{5, 10, 20, 30, 50, 75, 100, 150, 200, 300}

// atPaces is what each target serves per GPU where one user gets so many tokens/s: the number that a capacity review
// compares.
func (t teller) atPaces() (Section, bool) {
	g := t.grid(">tok/s of one user")
	var columns []*analysis.TargetStudy
	for _, of := range t.s.Arms() {
		if len(of.Closed()) > 1 {
			columns = append(columns, of)
			g.column(Column{Head: of.Target.Name, Right: true}, "")
		}
	}
	for _, pace := range paces {
		row, some := []any{t.Given(pace)}, false
		for _, of := range columns {
			v := perGPUAt(of, pace)
			some = some || !math.IsNaN(v)
			row = append(row, t.Number(v))
		}
		if some {
			g.add(row...)
		}
	}
	return Section{Title: t.Say("tok/s per GPU at a given pace"), Table: g.table(), Notes: []string{
		t.Say("read between two neighbouring levels of the closed loop; pace is 1 ÷ TPOT p50; – no trusted levels on both " +
			"sides of it")}}, len(g.rows) > 0
}

// perGPUAt interpolates a target's output tokens/s per GPU between the neighbouring levels around a pace, the best
// where there are several; NaN where no two trusted levels lie around it.
func perGPUAt(of *analysis.TargetStudy, pace float64) float64 {
	best := math.NaN()
	points := of.Closed()
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		x, y := 1/shown(a.Metrics["tpot"].At(0.5)), 1/shown(b.Metrics["tpot"].At(0.5))
		inside := math.Min(x, y) <= pace && pace <= math.Max(x, y) && x != y
		if !inside || !a.Trusted() || !b.Trusted() || !a.OutputRate.Known() || !b.OutputRate.Known() {
			continue
		}
		share := (pace - x) / (y - x)
		if v := (a.OutputRate.Value + share*(b.OutputRate.Value-a.OutputRate.Value)) / float64(of.GPUs()); !(v <= best) {
			best = v
		}
	}
	return best
}
