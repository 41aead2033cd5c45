package advice

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	draws  = 8  // of the coefficients, for the interval of an effect
	tried  = 24 // that they are taken from
	orders = 2  // of requests, that each is played with
)

// drawn are models with coefficients that the run leaves open, each with an order of requests of its own. The posterior
// is a normal distribution and knows some statistics only; coefficients that contradict the share of requests within
// the objective at a level that was played are not left open. So more are drawn than are wanted, and those are taken,
// at random, with the likelihood of the measured shares (sampling importance resampling, without replacement; the
// keys are Gumbel's). They are drawn once.
func (c *calibration) drawn(goal float64) []*model {
	if c.models != nil {
		return c.models
	}
	type keyed struct {
		*model
		key float64
	}
	all := make([]keyed, tried)
	each(tried, func(d int) {
		rng := rand.New(rand.NewPCG(21, uint64(d)))
		m := c.draw(rng)
		m.seed = uint64(1 + d)
		all[d] = keyed{m, c.likelihood(m, goal) - math.Log(rng.ExpFloat64())}
	})
	slices.SortStableFunc(all, func(a, b keyed) int { return cmp.Compare(b.key, a.key) })
	for _, k := range all[:draws] {
		c.models = append(c.models, k.model)
	}
	return c.models
}

// draw is a model with coefficients that the calibration's posterior leaves open.
func (c *calibration) draw(rng *rand.Rand) *model {
	z := make([]float64, len(knobs))
	for i := range z {
		z[i] = rng.NormFloat64()
	}
	return c.with(c.posterior.Draw(z))
}

// likelihood is the logarithm of how likely a model makes the shares within the objective that were measured; 0 where
// there is no objective.
func (c *calibration) likelihood(m *model, goal float64) (sum float64) {
	if goal == 0 {
		return 0
	}
	for _, p := range c.levels {
		measured, off := measuredProbit(p.Attainment)
		z := (probit(m.like(p).met) - measured) / math.Hypot(off, c.modelledProbit())
		sum -= z * z / 2
	}
	return sum
}
