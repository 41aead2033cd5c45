package locale

import (
	"math"
	"strconv"
)

// Labels of axes have room for few letters: no noughts at their end. They are written with a point, which Decimal makes
// the locale's.

// ShortSeconds writes a duration given in seconds in the unit that needs the fewest digits.
func ShortSeconds(s float64) string {
	switch {
	case s >= 0.9995:
		return Short(s) + " s"
	case s >= 0.9995e-3:
		return Short(s*1e3) + " ms"
	}
	return Short(s*1e6) + " µs"
}

// ShortCount writes a count or rate: 500, 1.5k, 20k, 1M.
func ShortCount(v float64) string {
	switch {
	case v >= 1e6:
		return Short(v/1e6) + "M"
	case v >= 1e4 || v >= 1e3 && math.Mod(math.Round(v), 100) == 0:
		return Short(v/1e3) + "k"
	}
	return Short(v)
}

// Short writes three significant digits without trailing noughts.
func Short(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(r, 'f', -1, 64)
}
