// Package stat turns numbers into estimates: quantiles with intervals that survive dependence, means, fits. It knows
// nothing of servers.
package stat

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Sections is B, into how many contiguous sections a series is cut to see its own variation (R3.4).
const Sections = 10

// Quantile is x_(⌈np⌉) of ascending values (R3.1), the definition that HDR histograms use; NaN when there is none.
func Quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return sorted[Rank(n, p)-1]
}

// Rank is ⌈np⌉, from 1 to n: which of n ascending values the p-quantile is.
func Rank(n int, p float64) int { return min(max(int(math.Ceil(float64(n)*p-1e-9)), 1), n) }

// An Interval is a value and its 95 % bounds; bounds are NaN where the data carry none.
type Interval struct{ Value, Lo, Hi float64 }

// Over is the interval of a share: of one part in n.
func (i Interval) Over(n float64) Interval { return Interval{i.Value / n, i.Lo / n, i.Hi / n} }

// longSeries is from where the autocorrelation of a series is no longer estimated: sections alone give the bounds then.
const longSeries = 20000

// A Ranked is N values that are asked for by rank, 1 being the smallest.
type Ranked struct {
	N  int
	At func(rank int) float64
}

func rankedOf(sorted []float64) Ranked {
	return Ranked{N: len(sorted), At: func(rank int) float64 { return sorted[rank-1] }}
}

// quantile is x_(⌈np⌉); NaN when there is none.
func (r Ranked) quantile(p float64) float64 {
	if r.N == 0 {
		return math.NaN()
	}
	return r.At(Rank(r.N, p))
}

// at is the value of the rank nearest to one that may lie outside.
func (r Ranked) at(rank float64) float64 { return r.At(min(max(int(rank), 1), r.N)) }

// A Sample is values in the order of their requests' starts, ready for quantiles: whole and in sections, each sorted
// once.
type Sample struct {
	inOrder  []float64 // nil: too many to be kept
	whole    Ranked
	sections [Sections]Ranked
}

// NewSample prepares values in order.
func NewSample(inOrder []float64) *Sample {
	s, n := &Sample{inOrder: inOrder}, len(inOrder)
	values := slices.Clone(inOrder)
	if n < 2*Sections {
		slices.Sort(values)
		s.whole = rankedOf(values)
		return s
	}
	var ends []int
	for b := range Sections {
		from, to := b*n/Sections, (b+1)*n/Sections
		slices.Sort(values[from:to])
		s.sections[b], ends = rankedOf(values[from:to]), append(ends, to)
	}
	s.whole = rankedOf(merged(slices.Clone(values), make([]float64, n), ends))
	return s
}

// merged sorts values that are ascending up to each of the ends; spare is as long, and what it returns is one of the
// two.
func merged(values, spare []float64, ends []int) []float64 {
	for len(ends) > 1 {
		from, left := 0, ends[:0]
		for pair := range slices.Chunk(ends, 2) {
			to := pair[len(pair)-1]
			merge(spare[from:to], values[from:pair[0]], values[pair[0]:to])
			from, left = to, append(left, to)
		}
		values, spare, ends = spare, values, left
	}
	return values
}

// merge fills out with ascending a and b.
func merge(out, a, b []float64) {
	for i := range out {
		if len(a) == 0 || len(b) > 0 && cmp.Less(b[0], a[0]) {
			out[i], b = b[0], b[1:]
		} else {
			out[i], a = a[0], a[1:]
		}
	}
}

// NewRankedSample prepares more than longSeries values that are kept by rank alone, whole and in consecutive sections.
func NewRankedSample(whole Ranked, sections [Sections]Ranked) *Sample {
	return &Sample{whole: whole, sections: sections}
}

// Quantile estimates the p-quantile. The bounds are the wider of order statistics thinned by the autocorrelation of
// exceeding the quantile, and of sectioning (R3.4); NaN below 20 values.
func (s *Sample) Quantile(p float64) Interval {
	q := s.whole.quantile(p)
	if s.whole.N < 2*Sections {
		return Interval{q, math.NaN(), math.NaN()}
	}
	tau := 1.0
	if s.inOrder != nil && s.whole.N <= longSeries {
		tau = exceedanceTime(s.inOrder, q)
	}
	lo, hi := orderStatistics(s.whole, p, tau)
	var values [Sections]float64
	for b := range Sections {
		values[b] = s.sections[b].quantile(p)
	}
	half := sectionHalfWidth(values, q)
	out := Interval{q, math.Min(lo, q-half), math.Max(hi, q+half)}
	if s.whole.At(1) >= 0 {
		out.Lo = math.Max(out.Lo, 0)
	}
	return out
}

// MeanInterval estimates the mean of values in order; the bounds come from sectioning (batch means).
func MeanInterval(inOrder []float64) Interval {
	m := Mean(inOrder)
	if len(inOrder) < 2*Sections {
		return Interval{m, math.NaN(), math.NaN()}
	}
	var values [Sections]float64
	for b := range Sections {
		values[b] = Mean(inOrder[b*len(inOrder)/Sections : (b+1)*len(inOrder)/Sections])
	}
	return OfSections(m, values)
}

// OfSections is an estimate of the whole with bounds from its values in consecutive sections (batch means).
func OfSections(whole float64, sections [Sections]float64) Interval {
	half := sectionHalfWidth(sections, whole)
	return Interval{whole, whole - half, whole + half}
}

// OfFewer is an estimate of sections that tell as much as fewer independent ones, at least two; as it is where they are
// not fewer.
func (i Interval) OfFewer(sections float64) Interval {
	worth := int(math.Max(2, math.Floor(sections)))
	if worth >= Sections {
		return i
	}
	wider := studentT(worth-1) / studentT(Sections-1) * math.Sqrt(Sections/float64(worth))
	return Interval{i.Value, i.Value - wider*(i.Value-i.Lo), i.Value + wider*(i.Hi-i.Value)}
}

// MeanOf estimates the mean of independent values, such as sections or repetitions, by Student's t; the bounds are NaN
// below two.
func MeanOf(x []float64) Interval {
	m := Mean(x)
	if len(x) < 2 {
		return Interval{m, math.NaN(), math.NaN()}
	}
	half := studentT(len(x)-1) * deviation(x, m) / math.Sqrt(float64(len(x)))
	return Interval{m, m - half, m + half}
}

// Mean is the arithmetic mean; NaN when there is no value.
func Mean(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// orderStatistics are the values at ranks np ± 1.96·√(np(1−p)τ): Bin(n,p) thinned to n/τ independent ones (R3.3, R3.4
// i).
func orderStatistics(r Ranked, p, tau float64) (lo, hi float64) {
	n := float64(r.N)
	half := 1.96 * math.Sqrt(n*p*(1-p)*tau)
	return r.at(math.Floor(n*p - half)), r.at(math.Ceil(n*p+half) + 1)
}

// sectionHalfWidth is t_{B−1,.975}·√(Σ(θ_b−θ)²/(B(B−1))) over B sections (R3.4 ii).
func sectionHalfWidth(values [Sections]float64, whole float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += (v - whole) * (v - whole)
	}
	return studentT(Sections-1) * math.Sqrt(sum/(Sections*(Sections-1)))
}

// studentT is the two-sided 95 % quantile of Student's t with df degrees of freedom.
func studentT(df int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(df)}.Quantile(0.975)
}

// exceedanceTime is the integrated autocorrelation time of 1{x > q} in order, by Geyer's initial positive sequence: at
// least 1, in observations.
func exceedanceTime(x []float64, q float64) float64 {
	e := exceedancesOf(x, q)
	n, ones := float64(e.n), float64(e.ones)
	variance := n * ones * (n - ones) // × n³, as covariances are: whole numbers, up to 200,000 values exactly
	if variance == 0 {
		return 1
	}
	tau, head, tail := -1.0, e.ones, e.ones // above the bound: of those that have a neighbour behind, or before them
	covariance := func(lag int) float64 {
		c := n*n*float64(e.both(lag)) - n*ones*float64(head+tail) + ones*ones*float64(e.n-lag)
		head, tail = head-e.at(e.n-1-lag), tail-e.at(lag)
		return c
	}
	for lag := 0; lag+1 < e.n/3; lag += 2 {
		pair := covariance(lag) + covariance(lag+1)
		if pair <= 0 {
			break
		}
		tau += 2 * pair / variance
	}
	return math.Max(1, tau)
}

// exceedances are which of n values in order are above a bound, a bit each.
type exceedances struct {
	n, ones int
	bits    []uint64
}

func exceedancesOf(x []float64, q float64) exceedances {
	e := exceedances{n: len(x), bits: make([]uint64, (len(x)+63)/64)}
	for i, v := range x {
		if v > q {
			e.ones++
			e.bits[i/64] |= 1 << (i % 64)
		}
	}
	return e
}

// at is 1 where the value is above the bound, else 0.
func (e exceedances) at(i int) int { return int(e.bits[i/64] >> (i % 64) & 1) }

// both counts the pairs at a lag of which both are above the bound.
func (e exceedances) both(lag int) (n int) {
	words, shift := lag/64, lag%64
	before := uint64(0)
	for i, here := range e.bits[words:] {
		then := e.bits[i]
		n += bits.OnesCount64(here & (then<<shift | before>>(64-shift)))
		before = then
	}
	return n
}

func deviation(x []float64, mean float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(x)-1))
}
