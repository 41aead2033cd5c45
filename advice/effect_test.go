package advice

import (
	"math"
	"testing"

	"loadgen/simulator/machine"
	"loadgen/stat"
	"loadgen/vllm"
)

// following is a calibration whose residuals have a spread, on a card with a format.
func following(spread float64, card string, quant vllm.Quant) *calibration {
	m := &model{}
	m.machine.Quant = quant
	m.machine.Card, _ = vllm.FindCard(card)
	m.machine.Profile, _ = machine.FindProfile(card)
	c := &calibration{model: m}
	c.posterior.Spread = spread
	return c
}

// How far a model may bend an effect: 12 % of it, as many times more as it follows the run worse, twice at most.
func TestHowFarAModelBends(t *testing.T) {
	for _, c := range []struct{ spread, want float64 }{{0.5, 0.12}, {1, 0.12}, {1.5, 0.18}, {2, 0.24}, {9, 0.24}} {
		known, unknown := measured(c.spread).bends(), following(c.spread, "L4", vllm.BF16).bends()
		if math.Abs(known-c.want) > 1e-12 || math.Abs(unknown-1.25*c.want) > 1e-12 {
			t.Errorf("%v: %v, and %v where nobody timed it, want %v", c.spread, known, unknown, c.want)
		}
	}
}

// An interval is the spread of draws, freed of the chance of their replays, with what replays and the model are off.
func TestTheIntervalOfAnEffect(t *testing.T) {
	const n = 4
	twice := func(x, y [orders]float64) [][orders]float64 { return [][orders]float64{x, y, x, y} }
	for name, c := range map[string]struct {
		logs          [][orders]float64
		centre, drawn float64
	}{
		"draws agree":   {twice([orders]float64{0.5, 0.5}, [orders]float64{0.5, 0.5}), 0.5, 0},
		"draws differ":  {twice([orders]float64{0.4, 0.4}, [orders]float64{0.6, 0.6}), 0.5, 0.04 / 3 * (1 + 1./n)},
		"orders differ": {twice([orders]float64{0.4, 0.6}, [orders]float64{0.6, 0.4}), 0.5, 0},
		"both differ":   {twice([orders]float64{0.3, 0.4}, [orders]float64{0.5, 0.6}), 0.45, 0.04/3*(1+1./n) - 0.005/2},
	} {
		got := measured(1).interval(c.logs, replayNoise)
		half := 1.96 * math.Hypot(math.Sqrt(c.drawn), math.Hypot(replayNoise, 0.12*c.centre))
		want := stat.Interval{Value: math.Exp(c.centre), Lo: math.Exp(c.centre - half), Hi: math.Exp(c.centre + half)}
		if math.Abs(got.Value-want.Value)+math.Abs(got.Lo-want.Lo)+math.Abs(got.Hi-want.Hi) > 1e-9 {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	same := make([][orders]float64, n)
	if got := measured(1).interval(same, replayNoise); got != (stat.Interval{Value: 1, Lo: 1, Hi: 1}) {
		t.Errorf("the same to the last digit: %+v", got)
	}
}

func measured(spread float64) *calibration { return following(spread, "H100", vllm.BF16) }
