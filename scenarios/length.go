package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
)

// A Length is a law of token counts: fixed, uniform, normal, lognormal or empirical.
type Length struct {
	Law  string  `json:"law"`           // fixed, uniform, normal, lognormal, empirical
	Mean float64 `json:"mean,omitzero"` // of the law before Min and Max cut it; fixed: the value
	CV   float64 `json:"cv,omitzero"`   // standard deviation ÷ mean; normal and lognormal
	Min  int     `json:"min,omitzero"`  // bounds of every draw, inclusive
	Max  int     `json:"max,omitzero"`

	Values []int  `json:"values,omitzero"` // empirical: every one as likely
	File   string `json:"file,omitzero"`   // empirical: where the values were read; they are not kept with a run
	Column string `json:"column,omitzero"`
	SHA    string `json:"sha256,omitzero"`

	read []int // of File
}

// Draw returns one length, at least 1.
func (l Length) Draw(r *rand.Rand) int {
	x := l.Mean
	switch l.Law {
	case "uniform":
		return l.Min + r.IntN(l.Max-l.Min+1)
	case "normal":
		x = l.Mean * (1 + l.CV*r.NormFloat64())
	case "lognormal":
		// mean m and cv c of a lognormal: σ² = ln(1+c²), μ = ln m − σ²/2
		s2 := math.Log1p(l.CV * l.CV)
		x = math.Exp(math.Log(l.Mean) - s2/2 + math.Sqrt(s2)*r.NormFloat64())
	case "empirical":
		values := l.values()
		return values[r.IntN(len(values))]
	}
	n := max(1, int(math.Round(x)))
	if l.Max > 0 {
		n = min(n, l.Max)
	}
	return max(n, l.Min)
}

// known reports whether there is a law to draw from; the values of a file are not kept with a run.
func (l *Length) known() bool { return l != nil && (l.Law != "empirical" || len(l.values()) > 0) }

func (l Length) values() []int {
	if l.read != nil {
		return l.read
	}
	return l.Values
}

// load reads an empirical law's column, beside the scenario.
func (l *Length) load(scenario string) error {
	data, err := beside(scenario, l.File, sourceMost)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	l.SHA = hex.EncodeToString(sum[:])
	if data, err = asUTF8(data); err != nil {
		return fmt.Errorf("%s: %w", l.File, err)
	}
	_, place, err := eachRow(data, []wanted{{named: l.Column}}, func(_ int, n []int) { l.read = append(l.read, n[0]) })
	if err != nil {
		return fmt.Errorf("%s:%d: %w", l.File, place, err)
	}
	if len(l.read) == 0 {
		return fmt.Errorf("%s: no length in it", l.File)
	}
	l.measure()
	return nil
}

// measure sets mean and bounds of the values.
func (l *Length) measure() {
	values, sum := l.values(), 0.0
	l.Min, l.Max = values[0], values[0]
	for _, v := range values {
		sum += float64(v)
		l.Min, l.Max = min(l.Min, v), max(l.Max, v)
	}
	l.Mean = sum / float64(len(values))
}
