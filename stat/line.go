package stat

import "math"

// A Line is y = Intercept + Slope·x by weighted least squares, with 95 % half-widths from its residuals.
type Line struct {
	Intercept, Slope         float64
	InterceptHalf, SlopeHalf float64 // NaN below three points
	MaxResidual              float64 // largest |y − fit| ÷ |y|
	N                        int
}

// FitLine fits a line; w nil weighs all points alike. ok is false when x does not vary.
func FitLine(x, y, w []float64) (l Line, ok bool) {
	var sw, sx, sy float64
	weight := func(i int) float64 {
		if w == nil {
			return 1
		}
		return w[i]
	}
	for i := range x {
		sw, sx, sy = sw+weight(i), sx+weight(i)*x[i], sy+weight(i)*y[i]
	}
	mx, my := sx/sw, sy/sw
	var sxx, sxy float64
	for i := range x {
		sxx += weight(i) * (x[i] - mx) * (x[i] - mx)
		sxy += weight(i) * (x[i] - mx) * (y[i] - my)
	}
	if len(x) < 2 || sxx <= 0 {
		return Line{N: len(x)}, false
	}
	l = Line{Slope: sxy / sxx, N: len(x), InterceptHalf: math.NaN(), SlopeHalf: math.NaN()}
	l.Intercept = my - l.Slope*mx
	rss := 0.0
	for i := range x {
		r := y[i] - l.Intercept - l.Slope*x[i]
		rss += weight(i) * r * r
		l.MaxResidual = math.Max(l.MaxResidual, math.Abs(r/y[i]))
	}
	if n := len(x); n > 2 {
		s2 := rss / float64(n-2)
		t := studentT(n - 2)
		l.SlopeHalf = t * math.Sqrt(s2/sxx)
		l.InterceptHalf = t * math.Sqrt(s2*(1/sw+mx*mx/sxx))
	}
	return l, true
}
