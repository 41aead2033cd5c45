package advice

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"loadgen/analysis"
)

// refine puts the held load between its two levels where the calibrated model has it, corrected for what the two levels
// say themselves: a ladder's levels lie far apart, and a share of 99 % is known badly from a thousand requests that
// hang together.
func (a *Advice) refine(c *calibration, m *model) {
	h := &a.Held
	switch {
	case h.Searched:
		a.Held = a.Target.HeldFrom(c.sc, c.loop, c.belief(a.goal()))
		return
	case h.State != analysis.Held || c.posterior.Spread > misfit:
		return
	}
	loads := stretch(h.Below.Level, h.Above.Level)
	played := make([]outcome, len(loads))
	each(len(loads), func(i int) { played[i] = m.fully(loads[i]) })
	below := c.correction(h.Below.Attainment, played[0].met)
	above := c.correction(h.Above.Attainment, played[len(loads)-1].met)
	goal := distuv.UnitNormal.Quantile(a.goal())
	for i := 1; i < len(loads); i++ {
		at := func(k int) float64 {
			far := math.Log(loads[k]/loads[0]) / math.Log(loads[len(loads)-1]/loads[0])
			return probit(played[k].met) + below + far*(above-below)
		}
		z0, z1 := at(i-1), at(i)
		if z1 >= goal && i < len(loads)-1 {
			continue
		}
		share := clamp((z0-goal)/math.Max(z0-z1, 1e-9), 0, 1)
		h.Value = loads[i-1] * math.Pow(loads[i]/loads[i-1], share)
		h.AtValue.Requests = played[i-1].requests + share*(played[i].requests-played[i-1].requests)
		h.AtValue.Output = played[i-1].output + share*(played[i].output-played[i-1].output)
		break
	}
	if h.Lower > h.Value {
		h.Lower, h.AtLower = h.Value, h.AtValue
	}
}

func probit(share float64) float64 { return distuv.UnitNormal.Quantile(clamp(share, 0.002, 0.998)) }

// modelledProbit is how far a calibrated model's probit of a share is off.
func (c *calibration) modelledProbit() float64 { return 0.2 * math.Max(0.5, c.posterior.Spread) }

// measuredProbit is the probit of a measured share, with its standard deviation.
func measuredProbit(share analysis.Estimate) (value, deviation float64) {
	return probit(share.Value), math.Max(0.05, (probit(share.Hi)-probit(share.Lo))/2/1.96)
}

// correction is how far the model's probit of a level's share is moved towards the measured one: by the certainty of
// both.
func (c *calibration) correction(share analysis.Estimate, modelled float64) float64 {
	measured, deviation := measuredProbit(share)
	own := c.modelledProbit()
	return (measured - probit(modelled)) * own * own / (own*own + deviation*deviation)
}

// stretch is two loads and three between, in equal ratios.
func stretch(lo, hi float64) (out []float64) {
	for k := range 5 {
		out = append(out, lo*math.Pow(hi/lo, float64(k)/4))
	}
	return out
}
