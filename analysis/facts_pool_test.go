package analysis

import (
	"math"
	"slices"
	"testing"
	"time"

	"loadgen/scenarios"
	"loadgen/vllm"
)

// Two repetitions, the second with twice the load on the engine: means of both, counts of both, and one that tells
// nothing changes nothing.
func TestRepetitionsShareTheirFacts(t *testing.T) {
	rep := func(running float64, preempted float64) *StepData {
		d := steady(4, 50, 100*ms, 10*ms, 30*time.Second)
		d.gauge(vllm.Running, "", constant(running))
		d.gauge(vllm.Preemptions, "", func(s int) float64 { return preempted * float64(s) })
		return d
	}
	silent := steady(4, 50, 100*ms, 10*ms, 30*time.Second)
	one, two := Pool(oneClass, scenarios.Target{}, []*StepData{rep(10, 1)}),
		Pool(oneClass, scenarios.Target{}, []*StepData{rep(10, 1), rep(20, 3), silent})
	s := two.Server
	if s.Running != 15 || s.RunningMax != 20 || s.N != 2*one.Server.N || s.Preemptions != 4*one.Server.Preemptions ||
		!math.IsNaN(s.FrontEnd) {
		t.Errorf("%+v", s)
	}
}

// Each GPU's memory is pooled by itself: the mean of the repetitions' means, the highest of their peaks.
func TestMemoryOfEachGPU(t *testing.T) {
	got := poolGPU([]GPUFacts{
		{Known: true, Each: []GPUUse{{"0", 80, 10, 12}, {"1", 80, 20, 21}}},
		{Known: true, Each: []GPUUse{{"1", 80, 30, 31}, {"0", 80, 16, 17}}},
		{},
	}).Each
	if want := []GPUUse{{"0", 80, 13, 17}, {"1", 80, 25, 31}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
