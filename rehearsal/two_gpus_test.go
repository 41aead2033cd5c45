package rehearsal

import (
	"math"
	"os"
	"strconv"
	"testing"
)

// TestTwoGPUs plays Qwen3-32B-AWQ with TP 2 and as two servers, as it was measured on two H200
// (testdata/gpu/tensor-parallel). Fitted were the two lone streams, n1; what more load does is a prediction. Limits are
// what was reached, and a little more.
func TestTwoGPUs(t *testing.T) {
	const dir = "../testdata/gpu/tensor-parallel/"
	measured := map[string][4]float64{}
	for _, row := range rowsOf(t, dir+"measured.csv") {
		var v [4]float64
		for i := range v {
			v[i], _ = strconv.ParseFloat(row[4+i], 64)
		}
		measured[row[1]+" "+row[2]] = v
	}
	for arm, limits := range map[string][4]float64{"tp2": {.05, .05, .15, .25}, "replicas": {.05, .05, .20, .35}} {
		text, err := os.ReadFile(dir + arm + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		off := [4][]float64{}
		for _, st := range playText(t, string(text)).Steps {
			name := st.Meta.Step.Target + " " + st.Meta.Step.Label()
			want, ok := measured[name]
			if !ok {
				t.Fatalf("%s was not measured", name)
			}
			for i, is := range levelOf(t, st) {
				e := is/want[i] - 1
				t.Logf("%-7s %-8s %8.2f %8.2f %+4.0f %%", name, cellNames[i], want[i], is, 100*e)
				if i < 3 || st.Meta.Step.Label() != "n1" { // one token in fifty had no text there
					off[i] = append(off[i], math.Abs(e))
				}
			}
		}
		judgeMedians(t, arm, off, limits)
	}
}
