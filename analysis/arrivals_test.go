package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// written is a step on disk: lively answers with gaps of 0 to 30 ms and a few of 100, and the server's token counter.
func written(t *testing.T) *results.Step {
	t.Helper()
	d := lively(8, 40, 200*ms, 10*ms, 60*time.Second)
	d.gauge(vllm.GenerationTokens, "", func(s int) float64 { return 600 * float64(s) })
	d.gauge(vllm.Running, "", constant(8))
	d.gauge(vllm.RequestSuccess, "length", func(s int) float64 { return 100 * float64(s) }) // others' too: ours are told
	w, err := results.Create(filepath.Join(t.TempDir(), "run"), results.Manifest{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sw, err := w.Begin(d.Meta.Step)
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(3, 4))
	for i := range d.Records {
		r := &d.Records[i]
		r.LastToken = r.FirstToken
		for k := range r.Arrivals[1:] {
			r.Arrivals[k+1].Gap = time.Duration(draw.Int64N(int64(30 * ms)))
			if draw.IntN(400) == 0 {
				r.Arrivals[k+1].Gap = 100 * ms
			}
			r.LastToken += r.Arrivals[k+1].Gap
		}
		r.End = r.LastToken
		sw.Add(r)
	}
	for _, s := range d.Samples {
		sw.Sample(s)
	}
	if _, err := sw.Finish(d.Meta); err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return run.Steps[0]
}

// A step whose arrivals are read from its file again and again means what one in memory does: the same to the last bit,
// but for ITL, which histograms keep to 0.1 %. So do two of them pooled, and replicas.
func TestALongStepMeansTheSame(t *testing.T) {
	st := written(t)
	read := func(most int) *StepData {
		d, err := readStep(st, most)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	short, long := read(math.MaxInt), read(0)
	arrivals := 0
	for _, r := range short.Records {
		arrivals += len(r.Arrivals)
	}
	// nothing is kept where the file's end tells that there are more, else until there are
	late := read(arrivals - 1)
	if !reflect.DeepEqual(late.table, long.table) || !reflect.DeepEqual(late.facts, long.facts) {
		t.Error("what is packed late differs")
	}
	if whole := read(arrivals); whole.table != nil {
		t.Errorf("%d arrivals are packed", arrivals)
	}
	var scratch results.Record
	in, out := short.cohort().at(5, nil), long.cohort().at(5, &scratch)
	if out.ID != in.ID || out.Arrivals != nil || out.Gaps() != 39 || out.LargestGap() != in.LargestGap() {
		t.Fatalf("%+v\nwant %+v", out, in)
	}
	if a, b := Judge(short), Judge(long); !reflect.DeepEqual(a, b) {
		t.Errorf("in memory %+v\nfrom the file %+v", a, b)
	}
	together := func(most int) *StepData {
		d := alongside([]*StepData{read(most), read(most)})
		if err := d.lookAgain(); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, both := range map[string][2][]*StepData{
		"one":      {{short}, {long}},
		"three":    {{short, short, short}, {long, short, long}},
		"replicas": {{together(math.MaxInt)}, {together(0)}},
	} {
		t.Run(name, func(t *testing.T) { samePoint(t, both[0], both[1]) })
	}
}

func samePoint(t *testing.T, short, long []*StepData) {
	t.Helper()
	sc := &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 1}},
		Objective: scenarios.Objective{TTFT: 250 * ms, ITL: 29 * ms}}
	a, b := Pool(sc, scenarios.Target{}, short), Pool(sc, scenarios.Target{}, long)
	x, y := a.Metrics["itl"], b.Metrics["itl"]
	for _, pair := range [][2]Estimate{{x.Mean, y.Mean}, {x.At(0.5), y.At(0.5)}, {x.At(0.9), y.At(0.9)},
		{x.At(0.99), y.At(0.99)}} {
		for _, v := range [][2]float64{{pair[0].Value, pair[1].Value}, {pair[0].Lo, pair[1].Lo}, {pair[0].Hi, pair[1].Hi}} {
			if !(math.Abs(v[1]-v[0]) < 0.002*pair[0].Value) {
				t.Errorf("itl %+v in memory, %+v from the file", pair[0], pair[1])
			}
		}
	}
	if x.N != y.N || x.Min != y.Min || x.Max != y.Max {
		t.Errorf("%d gaps from %v to %v, then %d from %v to %v", x.N, x.Min, x.Max, y.N, y.Min, y.Max)
	}
	delete(a.Metrics, "itl")
	delete(b.Metrics, "itl")
	// NaN is no reason to differ
	if inMemory, fromFile := fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b); inMemory != fromFile {
		i := 0
		for inMemory[i] == fromFile[i] {
			i++
		}
		t.Errorf("in memory …%.300s\nfrom the file …%.300s", inMemory[max(0, i-100):], fromFile[max(0, i-100):])
	}
}

// Gaps of nothing are nothing in a histogram too.
func TestGapsOfNothing(t *testing.T) {
	p := gapPool{n: 100, values: make([]float64, 100)}
	if m := p.binned().median(); m != 0 {
		t.Errorf("the median of zeros is %v", m)
	}
	if m := (gapPool{}).median(); !math.IsNaN(m) {
		t.Errorf("the median of nothing is %v", m)
	}
}
