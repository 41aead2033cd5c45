package locale

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{English.Number(0.0346), "0.0346"}, {English.Number(0.1), "0.100"}, {English.Number(12), "12.0"},
		{English.Number(9.996), "10.0"}, {English.Number(999.6), "1,000"},
		{English.Number(3380), "3,380"}, {English.Number(8273), "8,270"}, {English.Number(1234567), "1,230,000"},
		{English.Number(-5.1), "−5.10"}, {English.Number(0), "0"},
		{English.Number(math.NaN()), "–"}, {English.Number(math.Inf(-1)), "−∞"},
		{French.Number(8273), "8\u202f270"}, {French.Number(0.5), "0,500"}, {French.Count(1234567), "1\u202f234\u202f567"},
		{English.Count(371400), "371,400"},
		{English.Percent(0), "0 %"}, {English.Percent(1), "100 %"}, {English.Percent(0.98876), "98.9 %"},
		{English.Percent(0.9995), "99.95 %"}, {English.Percent(0.0088), "0.88 %"},
		{English.Percent(0.999999), "99.9999 %"}, {French.Percent(0.904), "90,4\u202f%"}, {English.Percent(1.86), "186.0 %"},
		{English.Duration(0.00375), "3.75 ms"}, {English.Duration(45e-6), "45.0 µs"}, {English.Duration(0.9996), "1.00 s"},
		{English.Duration(0), "0 ms"}, {French.Duration(1.25), "1,25\u202fs"},
		{English.Duration(math.NaN()), "–"}, {English.Length(8640 * time.Second), "2 h 24 min"},
		{English.Length(45 * time.Second), "45 s"}, {French.Length(3 * time.Hour), "3\u202fh"},
		{English.Load(8273), "8,273"}, {English.Load(19), "19"}, {French.Load(6.1), "6,10"},
		{English.GiB(16.52), "16.5 GiB"}, {English.Ratio(1.1234), "× 1.12"}, {English.Span(1.021, 1.1), "1.02–1.10"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// One column, one unit: it makes no value of a latency table unreadable.
func TestOneUnit(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Unit
	}{
		{[]float64{45e-6, 1.25e-3, 70e-6}, Microseconds}, {[]float64{0.0346, 0.0735, 0.236, 19.3, 82.7}, Milliseconds},
		{[]float64{5, 8, 147}, Seconds},
		{[]float64{math.NaN(), 0}, Milliseconds}, {[]float64{1.1, 30}, Seconds}, {[]float64{0.004}, Milliseconds},
	} {
		if got := UnitFor(c.values...); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got.Name, c.want.Name)
		}
	}
}

// What is written has no exponent and is within half of the third digit.
func TestNumberIsWithinItsDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(1e-6, 1e12).Draw(t, "v")
		text := English.Number(v)
		var back float64
		for _, r := range strings.ReplaceAll(text, ",", "") {
			if !strings.ContainsRune("0123456789.", r) {
				t.Fatalf("%v: %q", v, text)
			}
		}
		back = parse(t, text)
		if math.Abs(back-v) > 0.0051*v {
			t.Fatalf("%v is written %q", v, text)
		}
	})
}

func parse(t *rapid.T, text string) float64 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
