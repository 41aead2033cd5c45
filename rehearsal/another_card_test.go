package rehearsal

import (
	"math"
	"os"
	"slices"
	"testing"

	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/stat"
)

// A H200 is told by a H100's coefficients with rates of its own hardly worse than by its own: that is how far advice
// on a card that nobody timed is taken to be off.
func TestAnotherCardsCoefficients(t *testing.T) {
	text, err := os.ReadFile("../testdata/gpu/starts/8b-8192.yaml")
	if err != nil {
		t.Fatal(err)
	}
	measured := readLadder(t, "starts", "bf16-8192")
	for card, most := range map[string]float64{"H200": .04, "H100": .06} {
		coefficients, _ := machine.FindProfile(card)
		coefficients.Card = "H200"
		var off [4][]float64
		run := playChanged(t, string(text), func(_ string, o *simulator.Options) { o.Profile = &coefficients })
		for _, st := range run.Steps {
			is, want := levelOf(t, st), measured[st.Meta.Step.Label()[1:]]
			for i := range is {
				if want[i] > 0 {
					off[i] = append(off[i], math.Abs(is[i]/want[i]-1))
				}
			}
		}
		for i := range off {
			slices.Sort(off[i])
			t.Logf("by the %s's: %s %.1f %%", card, cellNames[i], 100*stat.Quantile(off[i], 0.5))
		}
		if got := stat.Quantile(off[0], 0.5); got > most {
			t.Errorf("by the %s's coefficients tokens/s are off by %.3f", card, got)
		}
	}
}
