package reports

import (
	"math"
	"testing"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/stat"
)

func paced(gpus []int, levels ...[2]float64) *analysis.TargetStudy {
	of := &analysis.TargetStudy{Target: scenarios.Target{Name: "mini", GPUs: gpus}}
	for _, l := range levels {
		known := func(v float64) analysis.Estimate {
			return analysis.Estimate{Interval: stat.Interval{Value: v, Lo: v, Hi: v}, N: 100}
		}
		p := &analysis.Point{Loop: scenarios.Closed, OutputRate: known(l[1])}
		p.Metrics = map[string]analysis.Spread{"tpot": {Quantiles: map[float64]analysis.Estimate{0.5: known(1 / l[0])},
			N: 100}}
		p.Steps = append(p.Steps, stepMeta())
		of.Points = append(of.Points, p)
	}
	return of
}

// Between 100 tok/s a user at 200 tok/s and 50 at 600, 75 is half way: 400 tok/s, on two GPUs 200 each.
func TestThroughputAtAPace(t *testing.T) {
	of := paced([]int{0, 1}, [2]float64{100, 200}, [2]float64{50, 600}, [2]float64{60, 500})
	for pace, want := range map[float64]float64{75: 200, 100: 100, 50: 300, 55: 280, 101: math.NaN(), 49: math.NaN()} {
		if got := perGPUAt(of, pace); !(math.Abs(got-want) < 1e-9) && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("at %g tok/s a user: %g, want %g", pace, got, want)
		}
	}
	of.Points[1].Steps[0].Verdict.State = "invalid"
	if got := perGPUAt(of, 75); !math.IsNaN(got) {
		t.Errorf("read beside a condemned step: %g", got)
	}
}
