package analysis

import (
	"math"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/vllm"
)

// A histogram's mean is the window's only where its readings cover most of it.
func TestHistogramsOfAWholeWindow(t *testing.T) {
	for every, known := range map[time.Duration]bool{time.Second: true, 2 * time.Second: true, 6 * time.Second: false} {
		var samples []results.Sample
		for at := time.Second; at < 12*time.Second; at += every {
			for label, v := range map[string]float64{"sum": 0.1, "count": 1} {
				samples = append(samples, results.Sample{At: at, Source: results.Server, Name: vllm.TTFTSeconds, Label: label,
					Value: v * at.Seconds()})
			}
			samples = append(samples, results.Sample{At: at, Source: results.Server, Name: vllm.Running, Value: 4})
		}
		f := serverFacts(samples, results.Window{Start: time.Second, End: 11 * time.Second})
		if !f.Known || math.IsNaN(f.TTFT) == known || known && math.Abs(f.TTFT-0.1) > 1e-9 {
			t.Errorf("readings every %v: TTFT %v", every, f.TTFT)
		}
	}
}
