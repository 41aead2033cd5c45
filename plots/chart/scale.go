package chart

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"

	"loadgen/locale"
)

// A Scale is how one kind of quantity is laid along an axis: where its axis begins and ends, and which values are
// marked.
type Scale struct {
	log    bool
	bounds func(lo, hi float64) (float64, float64)
	ticks  func(lo, hi float64) []plot.Tick
	value  func(float64) string // writes one
}

// Ticks implements plot.Ticker.
func (s Scale) Ticks(lo, hi float64) []plot.Tick { return s.ticks(lo, hi) }

// fromZero is a scale whose bottom stands for 0.
func (s Scale) fromZero() Scale {
	above := s.ticks
	s.ticks = func(lo, hi float64) []plot.Tick {
		const apart = 1.3 // that two labels do not touch
		out := []plot.Tick{{Value: lo, Label: s.value(0)}}
		return append(out, slices.DeleteFunc(above(lo, hi), func(t plot.Tick) bool { return t.Value < apart*lo })...)
	}
	return s
}

func (s Scale) normalizer() plot.Normalizer {
	if s.log {
		return plot.LogScale{}
	}
	return plot.LinearScale{}
}

// A spoken is a scale whose labels have the locale's decimal mark.
type spoken struct {
	Scale
	l *locale.Locale
}

// Ticks implements plot.Ticker.
func (s spoken) Ticks(lo, hi float64) []plot.Tick {
	out := s.Scale.Ticks(lo, hi)
	for i := range out {
		out[i].Label = s.l.Decimal(out[i].Label)
	}
	return out
}

// Seconds lays durations on a logarithmic axis from one of 1, 2, 5 to another.
func Seconds() Scale {
	return Scale{true, bounds125, func(lo, hi float64) []plot.Tick { return logTicks(lo, hi, locale.ShortSeconds) },
		locale.ShortSeconds}
}

// PerSecond lays rates on a logarithmic axis.
func PerSecond() Scale {
	return Scale{true, bounds125, func(lo, hi float64) []plot.Tick { return logTicks(lo, hi, locale.ShortCount) },
		locale.Short}
}

// Doubling lays concurrencies on an axis of powers of two.
func Doubling() Scale {
	return Scale{true, func(lo, hi float64) (float64, float64) {
		pad := math.Pow(hi/lo, 0.045)
		if lo == hi {
			pad = math.Sqrt2
		}
		return lo / pad, hi * pad
	}, ticksOfTwo, locale.Short}
}

// Amount lays counts and rates on a linear axis from 0.
func Amount() Scale {
	return Scale{false, func(_, hi float64) (float64, float64) {
		if !(hi > 0) {
			hi = 1
		}
		return -0.02 * hi, hi * 1.08 // what is 0 does not stand on the frame
	}, func(lo, hi float64) []plot.Tick { return linearTicks(lo, hi, locale.ShortCount) }, locale.Short}
}

// Share lays 0 to 1 on an axis of percent.
func Share() Scale {
	return Scale{false, func(_, _ float64) (float64, float64) { return -0.02, 1.08 },
		func(lo, hi float64) []plot.Tick {
			return linearTicks(lo, math.Min(hi, 1), func(v float64) string { return percent(math.Round(100*v) / 100) })
		}, percent}
}

// Shares lays shares of 0 to 1 on a logarithmic axis of percent.
func Shares() Scale {
	return Scale{true, func(lo, hi float64) (float64, float64) {
		lo, hi = bounds125(math.Max(lo, 1e-5), hi)
		return lo, math.Min(hi, 1.15)
	}, func(lo, hi float64) []plot.Tick { return logTicks(lo, math.Min(hi, 1), percent) }, percent}
}

// Ratios lays Ratios on a logarithmic axis that holds at least ×0.8 to ×1.25.
func Ratios() Scale {
	return Scale{true, func(lo, hi float64) (float64, float64) {
		return math.Min(lo*0.97, 0.8), math.Max(hi*1.03, 1.25)
	}, func(lo, hi float64) []plot.Tick {
		marks := []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3}
		if hi > 2*lo {
			marks = []float64{0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5}
		}
		if hi > 6*lo {
			marks = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100}
		}
		var out []plot.Tick
		for _, v := range marks {
			if inside(v, lo, hi) {
				out = append(out, plot.Tick{Value: v, Label: "×" + locale.Short(v)})
			}
		}
		return out
	}, func(v float64) string { return "×" + locale.Short(v) }}
}

// List lays rows one below the other: row i at −i.
func List(rows []string) Scale {
	n := float64(len(rows))
	return Scale{false, func(_, _ float64) (float64, float64) { return -n - 0.4, -0.4 }, func(_, _ float64) []plot.Tick {
		var out []plot.Tick
		for i, r := range rows {
			out = append(out, plot.Tick{Value: -float64(i + 1), Label: r})
		}
		return out
	}, func(y float64) string { return rows[min(max(int(-y)-1, 0), len(rows)-1)] }}
}

// Nines lays −log10(1−p): each further nine takes as much room as the one before.
func Nines() Scale {
	return Scale{false, func(_, hi float64) (float64, float64) { return 0, math.Max(hi, 1) },
		func(_, _ float64) []plot.Tick {
			out := []plot.Tick{{Value: 0, Label: "min"}}
			for _, t := range []struct {
				p     float64
				label string
			}{{0.5, "50"}, {0.75, "75"}, {0.9, "90"}, {0.99, "99"}, {0.999, "99.9"}, {0.9999, "99.99"}, {0.99999, "99.999"}} {
				out = append(out, plot.Tick{Value: nine(t.p), Label: t.label})
			}
			return out
		}, func(x float64) string { return "p" + locale.Short(100*(1-math.Pow(10, -x))) }}
}

func percent(v float64) string { return locale.Short(100*v) + " %" }

// nine is where the p-quantile stands on the axis of nines.
func nine(p float64) float64 { return -math.Log10(1 - p) }

// bounds125 goes out to 1, 2 or 5 times a power of ten on both sides, where that leaves the data most of the axis; else
// less far.
func bounds125(lo, hi float64) (float64, float64) {
	from, to := step125(lo, -1), step125(hi, 1)
	for from > lo*0.97 {
		from = step125(from*0.97, -1)
	}
	for to < hi*1.03 {
		to = step125(to*1.03, 1)
	}
	if whole := math.Log(hi / lo); hi > 2*lo && whole < 0.7*math.Log(to/from) {
		pad := math.Exp(0.12 * whole)
		return math.Max(from, lo/pad), math.Min(to, hi*pad)
	}
	return from, to
}

// step125 is the nearest 1, 2 or 5 times a power of ten that is not above v (side −1) or not below it (side 1).
func step125(v float64, side int) float64 {
	e := int(math.Floor(math.Log10(v) + 1e-12))
	best := 0.0
	for k := e - 1; k <= e+1; k++ {
		for _, m := range []float64{1, 2, 5} {
			x := power(m, k)
			if side < 0 && x <= v*(1+1e-12) {
				best = math.Max(best, x)
			}
			if side > 0 && x >= v*(1-1e-12) && (best == 0 || x < best) {
				best = x
			}
		}
	}
	return best
}

// power is m·10^e as the decimal number that it is, not a product that is off in its last bit.
func power(m float64, e int) float64 {
	v, _ := strconv.ParseFloat(fmt.Sprintf("%ge%d", m, e), 64)
	return v
}

// mostTicks is how many labels an axis carries without crowding.
const mostTicks = 8

// logTicks marks every digit of every decade and labels as many as have room: all digits, else 1-2-5, else decades.
func logTicks(lo, hi float64, format func(float64) string) []plot.Tick {
	choices := [][]float64{{1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 5}, {1, 2, 5}, {1, 3}, {1}}
	labelled := choices[len(choices)-1]
	for _, digits := range choices {
		if n := countTicks(lo, hi, digits); n <= mostTicks {
			labelled = digits
			break
		}
	}
	var out []plot.Tick
	for e := decade(lo); e <= decade(hi)+1; e++ {
		for m := 1.0; m < 10; m += 0.5 {
			t := plot.Tick{Value: power(m, e)}
			if !inside(t.Value, lo, hi) {
				continue
			}
			whole := m == math.Trunc(m)
			for _, d := range labelled {
				if d == m {
					t.Label = format(t.Value)
				}
			}
			if whole || t.Label != "" {
				out = append(out, t)
			}
		}
	}
	return out
}

func decade(v float64) int { return int(math.Floor(math.Log10(v))) }

func inside(v, lo, hi float64) bool { return v >= lo*(1-1e-9) && v <= hi*(1+1e-9) }

func countTicks(lo, hi float64, digits []float64) (n int) {
	for e := decade(lo); e <= decade(hi)+1; e++ {
		for _, m := range digits {
			if inside(power(m, e), lo, hi) {
				n++
			}
		}
	}
	return n
}

// ticksOfTwo marks powers of two, every second one where they would crowd.
func ticksOfTwo(lo, hi float64) []plot.Tick {
	first, last := int(math.Ceil(math.Log2(lo)-1e-9)), int(math.Floor(math.Log2(hi)+1e-9))
	every := 1 + (last-first)/12
	var out []plot.Tick
	for e := first; e <= last; e++ {
		t := plot.Tick{Value: math.Exp2(float64(e))}
		if (e-first)%every == 0 {
			t.Label = locale.ShortCount(t.Value)
		}
		out = append(out, t)
	}
	return out
}

// linearTicks labels multiples of 1, 2 or 5 times a power of ten, at most seven of them.
func linearTicks(lo, hi float64, format func(float64) string) []plot.Tick {
	step := step125((hi-lo)/6, 1)
	var out []plot.Tick
	for k := int(math.Ceil(lo/step - 1e-9)); float64(k)*step <= hi*(1+1e-9); k++ {
		v := float64(k) * step
		out = append(out, plot.Tick{Value: v, Label: format(v)})
	}
	return out
}
