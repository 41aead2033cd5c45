package analysis

import (
	"math"
	"testing"
)

// Published table of Llama-3.3-70B FP8 TP2, 5000/500 (docs/method.md R4.3): ITL 18.58, 21.83, 38.75, 59.73 ms at c = 1,
// 5, 25, 50 and a plateau of 93.0 ms from 100 on: a = 17.69 ms, k = 0.841 ms, N_run = 89.6.
func TestKneeOfAPublishedTable(t *testing.T) {
	var points []*Point
	for _, r := range [][2]float64{{1, 18.58}, {5, 21.83}, {25, 38.75}, {50, 59.73}, {100, 93.0}, {150, 93.0}, {200, 93.0},
		{250, 93.0}} {
		run := math.Min(r[0], 89.6)
		points = append(points, level(r[0], 1000*run/r[1], r[1]/1e3, run, r[0]-run))
	}
	k := findKnee(points)
	if !k.Known || k.Name != "N_run" || math.Abs(k.N-89.6) > 3 {
		t.Errorf("knee %+v, want N_run = 89.6", k)
	}
	if math.Abs(k.A*1e3-17.69) > 0.1 || math.Abs(k.K*1e3-0.841) > 0.01 {
		t.Errorf("a = %.3f ms, k = %.4f ms", k.A*1e3, k.K*1e3)
	}
}

// A curve that no three-regime model fits names N* = X_max·R_min instead: 1 answer in 1 s alone, 20/s at most: N* = 20.
func TestKneeFallsBackToOperationalLaws(t *testing.T) {
	points := []*Point{level(1, 100, 0.01, 1, 0), level(4, 390, 0.011, 4, 0), level(16, 1500, 0.03, 16, 0),
		level(64, 2000, 0.09, 64, 0), level(128, 2000, 0.3, 128, 0)}
	k := findKnee(points)
	if !k.Known || k.Name != "N*" || math.Abs(k.N-20) > 0.1 {
		t.Errorf("%+v", k)
	}
}

func TestNoKneeWhileThroughputRises(t *testing.T) {
	points := []*Point{level(1, 100, 0.01, 1, 0), level(2, 190, 0.012, 2, 0), level(4, 350, 0.02, 4, 0)}
	if k := findKnee(points); k.Known || k.Why == "" {
		t.Errorf("%+v", k)
	}
	if k := findKnee(nil); k.Known || k.Why == "" {
		t.Errorf("of nothing: %+v", k)
	}
}

// One request at any moment waits for the next step to begin: that is no queue.
func TestAMomentaryWaitIsNoQueue(t *testing.T) {
	if level(4, 500, 0.01, 3.6, 0.4).Queued() {
		t.Error("0.4 waiting of 4")
	}
	if !level(4, 500, 0.01, 2, 2).Queued() {
		t.Error("2 waiting of 4")
	}
}
