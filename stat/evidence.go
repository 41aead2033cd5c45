package stat

import "math"

// What a quantile needs behind it (R3.2, V13): it is solid with so many samples beyond it in a window of so many mean
// answers, and soft with as many as it needs at least.
const (
	SolidBeyond, SolidAnswers = 10, 20
	SoftBeyond, SoftAnswers   = 5, 5
)

// Needed is how many samples make the p-quantile solid, 0 < p < 1: 1000 for p99.
func Needed(p float64) int { return int(math.Ceil(SolidBeyond/(1-p) - 1e-9)) }

// Strictest is the highest of the quantiles that n samples in a window of so many mean answers carry as solid, and that
// they carry at all; 0: none.
func Strictest(n, answers float64, quantiles ...float64) (solid, soft float64) {
	for _, p := range quantiles {
		beyond := n*(1-p) + 1e-9
		if beyond >= SolidBeyond && answers+1e-9 >= SolidAnswers {
			solid = math.Max(solid, p)
		}
		if beyond >= SoftBeyond && answers+1e-9 >= SoftAnswers {
			soft = math.Max(soft, p)
		}
	}
	return solid, soft
}
