package locale

import (
	"math"
	"strconv"
	"strings"
)

// unknown stands for a number that nobody knows.
const unknown = "–"

// Number writes three significant digits, without an exponent: "0.0346", "12.0", "8,270".
func (l *Locale) Number(v float64) string {
	if math.IsNaN(v) {
		return unknown
	}
	if math.IsInf(v, 1) {
		return "∞"
	}
	if math.IsInf(v, -1) {
		return "−∞"
	}
	return l.fixed(v, 3)
}

// Count writes a whole number, all of it: "1,111".
func (l *Locale) Count(n int) string { return l.grouped(strconv.Itoa(n)) }

// Load writes a load: a whole number as it was played, else as Number does.
func (l *Locale) Load(v float64) string {
	if v == math.Trunc(v) {
		return l.Given(v)
	}
	return l.Number(v)
}

// Given writes a number as whoever gave it did, with no more digits than that takes: "8", "0.5".
func (l *Locale) Given(v float64) string { return l.grouped(strconv.FormatFloat(v, 'f', -1, 64)) }

// Decimal puts the locale's decimal mark into a number that is written already, such as "0.5 s".
func (l *Locale) Decimal(plain string) string { return strings.ReplaceAll(plain, ".", l.decimal) }

// Share writes a share that was given: "99 %", "99.9 %".
func (l *Locale) Share(v float64) string { return l.Given(math.Round(1e8*v)/1e6) + l.space() + "%" }

// Percent writes a share that was measured. Only nothing is "0 %", and only all of it "100 %".
func (l *Locale) Percent(share float64) string {
	if math.IsNaN(share) {
		return unknown
	}
	p := 100 * share
	digits := 1
	switch rest := 100 - p; {
	case p == 0 || p == 100:
		digits = 0
	case p > 0 && p < 10:
		digits = decimals(p, 2)
	case rest > 0 && rest < 1:
		digits = decimals(rest, 1)
	}
	return l.grouped(strconv.FormatFloat(p, 'f', digits, 64)) + l.space() + "%"
}

// Ratio writes "× 1.12".
func (l *Locale) Ratio(v float64) string { return "× " + l.Number(v) }

// Span writes an interval: "1.02–1.10".
func (l *Locale) Span(lo, hi float64) string { return l.Number(lo) + "–" + l.Number(hi) }

// GiB writes memory given in GiB.
func (l *Locale) GiB(v float64) string {
	if math.IsNaN(v) {
		return unknown
	}
	return l.Number(v) + l.space() + "GiB"
}

// space stands before a unit: narrow and unbreakable in French.
func (l *Locale) space() string {
	if l == French {
		return "\u202f"
	}
	return " "
}

// Count is a number with its noun: 1 target, 3 targets.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// fixed writes so many significant digits; whole numbers beyond them end in noughts.
func (l *Locale) fixed(v float64, digits int) string {
	if v == 0 {
		return "0"
	}
	scale := math.Pow(10, float64(decimals(v, digits)))
	rounded := math.Round(v*scale) / scale // 9.996 is 10.0, with a digit less
	return l.grouped(strconv.FormatFloat(rounded, 'f', max(0, decimals(rounded, digits)), 64))
}

// decimals is how many places behind the point carry so many significant digits; negative: noughts before it.
func decimals(v float64, digits int) int {
	return digits - 1 - int(math.Floor(math.Log10(math.Abs(v))+1e-9))
}

// grouped puts the locale's separators into a plain decimal number, and a minus sign before it.
func (l *Locale) grouped(plain string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(plain, "-"); negative {
		sign, plain = "−", rest
	}
	whole, part, broken := strings.Cut(plain, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + l.group + whole[i:]
	}
	if broken {
		whole += l.decimal + part
	}
	return sign + whole
}
