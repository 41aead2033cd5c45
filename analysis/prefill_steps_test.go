package analysis

import (
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// Prompts of three steps each stall everybody three times and end with one first token. By first tokens a third of the long gaps
// are explained; by the engine's log all of them are.
func TestTheLogExplainsWhatFirstTokensCannot(t *testing.T) {
	build := func(log bool) Stall {
		d := steady(8, 400, 20*ms, 10*ms, 20*time.Second)
		stretch := func(at time.Duration) { // one step of 60 ms that ends at this instant, in every answer that runs
			for i := range d.Records {
				r := &d.Records[i]
				when := r.FirstToken
				for k := range r.Arrivals {
					if when += r.Arrivals[k].Gap; k > 0 && when >= at && when-r.Arrivals[k].Gap < at {
						r.Arrivals[k].Gap += 50 * ms // the rest of the answer comes later
						break
					}
				}
			}
		}
		for at := 9 * time.Second; at < 25*time.Second; at += 2 * time.Second {
			for k := range 3 {
				end := at + time.Duration(k)*70*ms
				stretch(end)
				if log {
					d.Samples = append(d.Samples, results.Sample{At: end + 55*ms, Source: results.Engine, Name: vllm.StepContextTokens, Label: "0", Value: 2048})
				}
			}
		}
		return Pool(oneClass, scenarios.Target{}, []*StepData{d}).Stall
	}
	if without, with := build(false), build(true); without.byPrefill() || !with.byPrefill() || with.Heavy != vllm.LargestGraph {
		t.Errorf("without the log %+v, with it %+v", without, with)
	}
}
