package stat

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// leastVariance of the residuals is assumed, in units of what was expected: a few that fit by chance prove nothing.
const leastVariance = 0.1

// A Posterior is what residuals and a prior leave of parameters: a normal distribution round the best ones (Laplace).
type Posterior struct {
	Best   []float64
	Cost   float64 // sum of squares at Best, of residuals and of the distance from 0 in units of the prior
	Spread float64 // root of the mean squared residual at Best, in units of their expected deviation
	factor *mat.TriDense
}

// Draw is the parameters that lie z standard deviations from the best ones along independent directions.
func (p Posterior) Draw(z []float64) []float64 {
	out := append([]float64(nil), p.Best...)
	if p.factor == nil {
		return out
	}
	for i := range out {
		for j := 0; j <= i; j++ {
			out[i] += p.factor.At(i, j) * z[j]
		}
	}
	return out
}

// LeastSquares finds parameters whose residuals, each in units of its expected deviation, are least together with their
// own distance from 0 in units of prior: damped Gauss–Newton from start, with differences over step, at most so many
// rounds.
// residuals must be safe to call from several goroutines. The posterior is as wide as the residuals turn out, whatever
// was expected of them: what the model cannot follow is not mistaken for knowledge.
func LeastSquares(residuals func([]float64) []float64, start, prior []float64, step float64, rounds int) Posterior {
	p := Posterior{Best: slices.Clone(start)}
	r := residuals(p.Best)
	damping := 0.1
	for range rounds {
		h, g := normalEquations(residuals, p.Best, r, step)
		better := false
		for range 4 {
			next := solve(h, g, p.Best, prior, damping)
			rn := residuals(next)
			if cost(rn, next, prior) < cost(r, p.Best, prior) {
				gain := cost(r, p.Best, prior) - cost(rn, next, prior)
				p.Best, r, damping, better = next, rn, damping/3, gain > 0.01*cost(rn, next, prior)
				break
			}
			damping = 10*damping + 0.1
		}
		if !better {
			break
		}
	}
	h, _ := normalEquations(residuals, p.Best, r, step)
	p.Cost = cost(r, p.Best, prior)
	p.Spread = math.Sqrt(square(r) / float64(max(len(r), 1)))
	p.factor = posteriorFactor(h, prior, math.Max(leastVariance, p.Spread*p.Spread))
	return p
}

func square(r []float64) float64 {
	sum := 0.0
	for _, v := range r {
		sum += v * v
	}
	return sum
}

func cost(r, at, prior []float64) float64 {
	sum := square(r)
	for i := range at {
		sum += at[i] * at[i] / (prior[i] * prior[i])
	}
	return sum
}

// normalEquations are JᵀJ and Jᵀr, with the Jacobian by differences.
func normalEquations(residuals func([]float64) []float64, at, r []float64, step float64) (h *mat.SymDense,
	g []float64) {
	n := len(at)
	columns := make([][]float64, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			moved := append([]float64(nil), at...)
			moved[i] += step
			columns[i] = residuals(moved)
			for k := range columns[i] {
				columns[i][k] = (columns[i][k] - r[k]) / step
			}
		})
	}
	all.Wait()
	h, g = mat.NewSymDense(n, nil), make([]float64, n)
	for i := range n {
		for k := range r {
			g[i] += columns[i][k] * r[k]
		}
		for j := range i + 1 {
			sum := 0.0
			for k := range r {
				sum += columns[i][k] * columns[j][k]
			}
			h.SetSym(i, j, sum)
		}
	}
	return h, g
}

// solve takes one damped step, of at most 1 in any parameter.
func solve(h *mat.SymDense, g, at, prior []float64, damping float64) []float64 {
	n := len(at)
	a, b := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	a.CopySym(h)
	for i := range n {
		w := 1 / (prior[i] * prior[i])
		a.SetSym(i, i, (h.At(i, i)+w)*(1+damping))
		b.SetVec(i, -g[i]-w*at[i])
	}
	var chol mat.Cholesky
	var move mat.VecDense
	out := append([]float64(nil), at...)
	if !chol.Factorize(a) || chol.SolveVecTo(&move, b) != nil {
		return out
	}
	for i := range n {
		out[i] += math.Max(-1, math.Min(1, move.AtVec(i)))
	}
	return out
}

// posteriorFactor is L of the covariance L·Lᵀ = (h/variance + prior⁻²)⁻¹; nil where it cannot be had.
func posteriorFactor(h *mat.SymDense, prior []float64, variance float64) *mat.TriDense {
	n := len(prior)
	a := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			v := h.At(i, j) / variance
			if i == j {
				v += 1 / (prior[i] * prior[i])
			}
			a.SetSym(i, j, v)
		}
	}
	var chol, inverse mat.Cholesky
	var covariance mat.SymDense
	if !chol.Factorize(a) || chol.InverseTo(&covariance) != nil || !inverse.Factorize(&covariance) {
		return nil
	}
	l := mat.NewTriDense(n, mat.Lower, nil)
	inverse.LTo(l)
	return l
}
