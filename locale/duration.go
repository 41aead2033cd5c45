package locale

import (
	"math"
	"time"
)

// A Unit of time is what a column, an axis or a sentence counts in.
type Unit struct {
	Name    string
	Seconds float64
}

// The units of latencies.
var (
	Microseconds = Unit{"µs", 1e-6}
	Milliseconds = Unit{"ms", 1e-3}
	Seconds      = Unit{"s", 1}
)

// UnitFor is the one unit for values in seconds that stand in one column: the largest in which most of them are 1 or
// more, so that neither 0.000045 s nor 82,700,000 µs is read. Unknown and zero values have no say.
func UnitFor(values ...float64) Unit {
	var least, most = math.Inf(1), 0.0
	for _, v := range values {
		if v = math.Abs(v); v > 0 && !math.IsInf(v, 0) {
			least, most = math.Min(least, v), math.Max(most, v)
		}
	}
	switch middle := math.Sqrt(least * most); {
	case math.IsInf(least, 1):
		return Milliseconds
	case middle < 0.3e-3 && most < 0.1:
		return Microseconds
	case least >= 0.9995 || middle >= 3:
		return Seconds
	}
	return Milliseconds
}

// Duration writes seconds in the unit that they read best in: "3.75 ms", "12.3 s".
func (l *Locale) Duration(seconds float64) string {
	switch v := math.Abs(seconds); {
	case math.IsNaN(seconds):
		return unknown
	case v == 0:
		return "0" + l.space() + "ms"
	case v < 0.9995e-3:
		return l.Amount(Microseconds, seconds)
	case v < 0.9995:
		return l.Amount(Milliseconds, seconds)
	}
	return l.Amount(Seconds, seconds)
}

// Limit writes a time that was given, in seconds: "5 s", "250 ms".
func (l *Locale) Limit(seconds float64) string {
	u := Seconds
	if seconds < 1 {
		u = Milliseconds
	}
	return l.Given(math.Round(1e9*seconds/u.Seconds)/1e9) + l.space() + u.Name
}

// Amount writes seconds in a unit: "1,020 ms".
func (l *Locale) Amount(u Unit, seconds float64) string { return l.In(u, seconds) + l.space() + u.Name }

// In writes seconds in a unit, without its name.
func (l *Locale) In(u Unit, seconds float64) string { return l.Number(seconds / u.Seconds) }

// Length writes how long a person waits: "45 s", "12 min", "2 h 24 min".
func (l *Locale) Length(d time.Duration) string {
	s := l.space()
	switch {
	case d < time.Minute:
		return l.Count(int(math.Round(d.Seconds()))) + s + "s"
	case d < time.Hour:
		return l.Count(int(math.Round(d.Minutes()))) + s + "min"
	}
	m := int(math.Round(d.Minutes()))
	if m%60 == 0 {
		return l.Count(m/60) + s + "h"
	}
	return l.Count(m/60) + s + "h " + l.Count(m%60) + s + "min"
}
