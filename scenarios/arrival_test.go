package scenarios

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// law reads an arrival law as a scenario gives it, from a file beside testdata's traces.
func law(t *testing.T, yaml string) (*Scenario, error) {
	t.Helper()
	return Parse("testdata/law.yaml", []byte("version: 1\ntargets: {mini: {url: http://localhost:5001, model: m}}\n"+
		"prompts: {chat: {input: {fixed: 4}, output: {max: 2}}}\nload: {"+yaml+"}\n"))
}

// Every law in the slice, as a scenario writes it: one that is added and not written here fails.
var written = map[string]struct {
	yaml string
	says string
	mean func(t float64) float64 // expected hits until t s at rate 20
	sd   float64                 // of the hits, of √hits; 0: exact to one
}{
	"poisson":  {"poisson", "poisson", line, 1},
	"constant": {"{constant: {}}", "constant", line, 0},
	"gamma":    {"{gamma: {cv: 2}}", "gamma (cv 2)", line, 2},
	// ∫ 20 + 20·s/100 ds up to 100 s, then 40/s
	"ramp": {"{ramp: {to: 40, over: 100s}}", "ramp (to 40/s over 1m40s)", func(t float64) float64 {
		on := min(t, 100)
		return 20*on + 0.1*on*on + 40*(t-on)
	}, 0},
	// ∫ 20·(1 + 0.8·sin 2πs/60) ds
	"sine": {"{sine: {amplitude: 80%, period: 60s}}", "sine (± 80 % over 1m0s)", func(t float64) float64 {
		return 20*t + 20*0.8*60/(2*math.Pi)*(1-math.Cos(2*math.Pi*t/60))
	}, 0},
	"trace": {"{trace: {file: traces/stamps.csv, unit: ms}}", "trace (traces/stamps.csv, 8 arrivals in 4s)", line, 0},
}

func line(t float64) float64 { return 20 * t }

func TestEveryLaw(t *testing.T) {
	for _, a := range arrivals {
		t.Run(a.Name, func(t *testing.T) {
			w, ok := written[a.Name]
			if !ok {
				t.Fatal("write it into the table of this test")
			}
			s, err := law(t, "rate: [20], arrival: "+w.yaml)
			if err != nil {
				t.Fatal(err)
			}
			l := s.Phases[0].Arrival
			if l.String() != w.says || a.Doc == "" {
				t.Errorf("says %q, want %q; doc %q", l, w.says, a.Doc)
			}
			const span = 600 * time.Second
			due := l.Schedule(20, 7, span)
			if !slices.IsSorted(due) || due[len(due)-1] >= span {
				t.Error("not rising, or beyond the end")
			}
			if again := l.Schedule(20, 7, span); !reflect.DeepEqual(due, again) {
				t.Error("another schedule from the same seed")
			}
			slack := w.sd * 4 * math.Sqrt(w.mean(span.Seconds()))
			for at := time.Second; at <= span; at += time.Second {
				n, _ := slices.BinarySearch(due, at)
				if want := w.mean(at.Seconds()); math.Abs(float64(n)-want) > slack+8 {
					t.Fatalf("%d hits until %v, want %.1f ± %.1f", n, at, want, slack+8)
				}
			}
			if mean, want := l.Mean(20, span), w.mean(600)/600; math.Abs(mean/want-1) > 0.01 {
				t.Errorf("mean rate %.2f, want %.2f", mean, want)
			}
			if one := l.Schedule(0.001, 7, time.Second); len(one) > 8 {
				t.Errorf("%d hits in a second at a thousandth", len(one))
			}
		})
	}
}

// The evenly spaced laws never stray more than two hits from their integral.
func TestEvenLawsFollowTheirIntegral(t *testing.T) {
	for _, name := range []string{"constant", "ramp", "sine"} {
		s, err := law(t, "rate: [20], arrival: "+written[name].yaml)
		if err != nil {
			t.Fatal(err)
		}
		for k, at := range s.Phases[0].Arrival.Schedule(20, 1, 300*time.Second) {
			if want := written[name].mean(at.Seconds()); math.Abs(float64(k+1)-want) > 2 {
				t.Fatalf("%s: hit %d at %v, where the integral is %.2f", name, k+1, at, want)
			}
		}
	}
}

func TestGammaHasItsVariation(t *testing.T) {
	for _, cv := range []float64{0.3, 1, 2, 3} {
		due := Law{Name: "gamma", CV: cv}.Schedule(100, 3, 1000*time.Second)
		var sum, square float64
		for i := 1; i < len(due); i++ {
			gap := (due[i] - due[i-1]).Seconds()
			sum, square = sum+gap, square+gap*gap
		}
		n := float64(len(due) - 1)
		mean := sum / n
		got := math.Sqrt(square/n-mean*mean) / mean
		if math.Abs(got/cv-1) > 0.05 || math.Abs(mean*100-1) > 0.05 {
			t.Errorf("cv %.2f: got %.3f, mean gap %.5f s", cv, got, mean)
		}
	}
}

func TestTraceIsPlayedAsRecorded(t *testing.T) {
	// 8 stamps: 0, 100, 300, 350, 900, 1400, 2000, 3500 ms; again after 3500 + 3500 ÷ 7 = 4000 ms, so 2/s
	want := []time.Duration{0, 100, 300, 350, 900, 1400, 2000, 3500, 4000, 4100, 4300}
	for _, yaml := range []string{"file: traces/stamps.csv, unit: ms", "file: traces/stamps.jsonl",
		"file: traces/dates.csv", "file: traces/bare.csv, unit: ms"} {
		s, err := law(t, "arrival: {trace: {"+yaml+"}}")
		if err != nil {
			t.Fatal(err)
		}
		p := s.Phases[0]
		if fmt.Sprint(p.Rate) != "[2]" || p.Arrival.Trace.Quantum != 0 || len(p.Arrival.Trace.SHA) != 64 {
			t.Errorf("%s: rate %v, %+v", yaml, p.Rate, p.Arrival.Trace)
		}
		for factor := range 2 { // as recorded, and twice as fast
			due := p.Arrival.Schedule(2*float64(1+factor), 1, time.Minute)
			for i, at := range want {
				if due[i] != at*time.Millisecond/time.Duration(1+factor) {
					t.Fatalf("%s: %v, want %v ms", yaml, due[:len(want)], want)
				}
			}
		}
		if span := p.Arrival.Span(4); span != 2*time.Second {
			t.Errorf("seen whole after %v", span)
		}
	}
}

// A grid of 3 s with ten stamps on each of its points, as a published trace has it: detected, said, and spread evenly.
func TestQuantisedTraceIsSpreadAndSaid(t *testing.T) {
	dir := t.TempDir()
	var file strings.Builder
	for i := range 4000 {
		fmt.Fprintln(&file, i/10*3)
	}
	if err := os.WriteFile(filepath.Join(dir, "grid.csv"), []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	tr := &Trace{File: "grid.csv", Unit: "s"}
	if err := tr.load(filepath.Join(dir, "s.yaml")); err != nil {
		t.Fatal(err)
	}
	if tr.Quantum != 3*time.Second || math.Abs(tr.Rate-10.0/3) > 1e-9 {
		t.Errorf("quantum %v, rate %v", tr.Quantum, tr.Rate)
	}
	s := &Scenario{Phases: []Phase{{Name: "load", Arrival: Law{Name: "trace", Trace: tr}}}}
	if c := s.Concerns(); len(c) != 1 || c[0].ID != "quantised-trace" || !strings.Contains(c[0].Says, "grid of 3s") {
		t.Errorf("%+v", c)
	}
	zero := 0
	due := s.Phases[0].Arrival.Schedule(tr.Rate, 5, 1000*time.Second)
	for i := 1; i < len(due); i++ {
		if due[i] == due[i-1] {
			zero++
		}
	}
	if zero > 0 || len(due) < 3200 || len(due) > 3400 {
		t.Errorf("%d of %d gaps are zero", zero, len(due))
	}
}

func TestEvenTraceIsSaid(t *testing.T) {
	tr := &Trace{File: "even"}
	if err := tr.learn([]time.Duration{0, 10, 20, 30, 40, 55}); err != nil || tr.Even != 10 || tr.Quantum != 0 {
		t.Error(err, tr)
	}
	s := &Scenario{Phases: []Phase{{Arrival: Law{Trace: tr}}}}
	if c := s.Concerns(); len(c) != 1 || c[0].ID != "even-trace" {
		t.Errorf("%+v", c)
	}
}

func FuzzStamps(f *testing.F) {
	f.Add([]byte("timestamp\n1\n2\n"))
	f.Add([]byte(`{"timestamp":1}`))
	for _, name := range []string{"50-mooncake.jsonl", "burst.csv", "epoch-ms.csv", "bom-stamps.csv"} {
		data, _ := os.ReadFile(filepath.Join("testdata/field", name))
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tr := &Trace{File: "fuzz"}
		stamps, err := tr.stamps(data)
		if err != nil || tr.learn(stamps) != nil {
			return
		}
		if len(tr.lines) != tr.N {
			t.Fatalf("%d stamps of %d lines", tr.N, len(tr.lines))
		}
		if p := newTracePacer(tr, tr.Rate, 1); !slices.IsSorted(p.due) || p.period <= 0 || !(tr.Rate > 0) {
			t.Fatalf("%+v", tr)
		}
	})
}
