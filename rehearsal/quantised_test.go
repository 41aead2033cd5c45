package rehearsal

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/sweep"
)

// quantised is what was measured on two H200 (its README tells how, and which starts the H200's profile was fitted to).
const quantised = "../testdata/gpu/quantised"

// A cell is one level of one load on one start: tokens/s, and in ms TPOT p50, TTFT p50 and ITL p99.
type cell struct {
	start, load, level string
}

var cellNames = [4]string{"tokens/s", "TPOT p50", "TTFT p50", "ITL p99"}

// TestQuantisedModels plays starts as they were measured on the H200; make studies plays those that are like another.
// Fitted starts come first; the others were only scored. Limits are medians over the cells of a start, in the order of
// cellNames: what was reached, and a little more.
func TestQuantisedModels(t *testing.T) {
	measured := readCells(t)
	for _, c := range []struct {
		start  string
		limits [4]float64
		like   bool
	}{
		{"8b-bf16-8192", [4]float64{.06, .07, .15, .40}, false},
		{"8b-fp8-8192", [4]float64{.06, .08, .15, .20}, false},
		{"8b-awq-8192", [4]float64{.08, .09, .15, .20}, true},
		{"8b-awq-kv8-2048", [4]float64{.08, .09, .15, .20}, true},
		{"1.7b-fp8-kv8-2048", [4]float64{.10, .06, .30, .25}, true},
		// never fitted to
		{"8b-awq-kv8-65536", [4]float64{.05, .05, .20, .20}, false},
		{"1.7b-fp8-kv8-65536", [4]float64{.05, .06, .18, .20}, false},
		{"8b-awq-kv8-2048-again", [4]float64{.06, .11, .14, .16}, true},
	} {
		t.Run(c.start, func(t *testing.T) {
			if c.like && os.Getenv("LOADGEN_STUDIES") == "" {
				t.Skip("make studies plays it")
			}
			var off [4][]float64
			for _, load := range []string{"short", "docs"} {
				for level, is := range playCells(t, c.start, load) {
					want, ok := measured[cell{c.start, load, level}]
					if !ok {
						t.Fatalf("%s %s at %s was not measured", c.start, load, level)
					}
					for i := range is {
						e := is[i]/want[i] - 1
						t.Logf("%-5s %3s %-8s %8.2f %8.2f %+4.0f %%", load, level, cellNames[i], want[i], is[i], 100*e)
						if i < 3 || level != "1" { // one token in fifty had no text there, so that a lone stream's ITL p99 is two steps
							off[i] = append(off[i], math.Abs(e))
						}
					}
				}
			}
			judgeMedians(t, c.start, off, c.limits)
		})
	}
}

// judgeMedians holds the median of the errors of each number of cellNames against its limit.
func judgeMedians(t *testing.T, of string, off [4][]float64, limits [4]float64) {
	t.Helper()
	for i, all := range off {
		slices.Sort(all)
		median := (all[(len(all)-1)/2] + all[len(all)/2]) / 2
		t.Logf("%s %s: median %.1f %%, at most %.0f %%", of, cellNames[i], 100*median, 100*all[len(all)-1])
		if median > limits[i] {
			t.Errorf("%s %s: median %.1f %%, was below %.0f", of, cellNames[i], 100*median, 100*limits[i])
		}
	}
}

// The requests that are kept are those that measured.csv was made of: the cells' TPOT follows from them.
func TestQuantisedRequests(t *testing.T) {
	f, err := os.Open(filepath.Join(quantised, "requests.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	tpot := map[cell][]float64{}
	for _, row := range rows[1:] {
		output, _ := strconv.ParseFloat(row[7], 64)
		first, _ := strconv.ParseFloat(row[8], 64)
		last, _ := strconv.ParseFloat(row[9], 64)
		c := cell{row[0], row[1], row[2]}
		tpot[c] = append(tpot[c], (last-first)/(output-1))
	}
	for c, want := range readCells(t) {
		all := tpot[c]
		slices.Sort(all)
		if len(all) < 40 || math.Abs(all[len(all)/2]/want[1]-1) > .05 { // ramp and chase are among them
			t.Errorf("%+v: %d requests, TPOT p50 %.2f ms, measured %.2f", c, len(all), all[len(all)/2], want[1])
		}
	}
}

// rowsOf reads a CSV file without its head.
func rowsOf(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func readCells(t *testing.T) map[cell][4]float64 {
	t.Helper()
	out := map[cell][4]float64{}
	for _, row := range rowsOf(t, filepath.Join(quantised, "measured.csv")) {
		var v [4]float64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(row[4+i], 64); err != nil {
				t.Fatal(err)
			}
		}
		out[cell{row[0], row[1], row[2]}] = v
	}
	return out
}

// startScenario is a start's scenario as it was played; the README of the data has one in full.
func startScenario(start, load string) string {
	model, kv, length := "Qwen/Qwen3-8B", "auto", 16384
	switch {
	case strings.HasPrefix(start, "1.7b"):
		model = "Qwen/Qwen3-1.7B-FP8"
	case strings.Contains(start, "-fp8-"):
		model += "-FP8"
	case strings.Contains(start, "-awq-"):
		model += "-AWQ"
	}
	if strings.Contains(start, "-kv8-") {
		kv, length = "fp8", 65536
	}
	parts := strings.Split(strings.TrimSuffix(start, "-again"), "-")
	text := fmt.Sprintf(`version: 1
name: %s-%s
seed: 16
targets:
  gpu: {url: "http://127.0.0.1:8100", model: %s, gpus: [0], card: H200,
    settings: {max-num-batched-tokens: %s, max-model-len: %d, gpu-memory-utilization: 0.9, kv-cache-dtype: %s}}
request:
  chat_template_kwargs: {enable_thinking: false}
prompts:
  salutation: {weight: 2.25, text: "Bonjour, comment allez-vous? Répondez en une phrase.", output: {fixed: 20}}
  question: {weight: 2.25, output: {fixed: 40},
    text: "Quelle est la capitale de la France et quand la Tour Eiffel a-t-elle été construite?"}
  code: {weight: 2.25, text: "Écrivez une fonction Python qui calcule la factorielle d'un nombre.", output: {fixed: 70}}
  raisonnement: {weight: 2.25, output: {fixed: 80},
    text: "Si un train part de Paris à 8h et roule à 200 km/h vers Marseille qui est à 800 km,
      à quelle heure arrive-t-il?"}
`, start, load, model, parts[len(parts)-1], length, kv)
	if load == "docs" {
		return text + "  document: {weight: 1, input: {uniform: [2400, 3600]}, output: {uniform: [160, 240]}}\nload: " +
			"{concurrency: [1, 8, 32], measure: 25s}\n"
	}
	return text + "load: {concurrency: [1, 8, 32, 128], measure: 15s}\n"
}

// playCells rehearses a start and returns its levels.
func playCells(t *testing.T, start, load string) map[string][4]float64 {
	t.Helper()
	out := map[string][4]float64{}
	for _, st := range playText(t, startScenario(start, load)).Steps {
		out[fmt.Sprint(st.Meta.Step.Level())] = levelOf(t, st)
	}
	return out
}

// playText rehearses a scenario.
func playText(t *testing.T, text string) *results.Run {
	t.Helper()
	return playChanged(t, text, nil)
}

// playChanged is playText with servers that are changed.
func playChanged(t *testing.T, text string, change func(string, *simulator.Options)) *results.Run {
	t.Helper()
	sc, err := scenarios.Parse("scenario.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(sc, Options{Tool: "test", Change: change})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	p := sweep.NewPlayer(r.Env, r.Scenario, sc.Plan(""))
	var played error
	err = r.Clock.Run("run", func() { played = p.Play(context.Background(), dir, []byte(text), results.Manifest{}) })
	if err != nil || played != nil {
		t.Fatal(err, played)
	}
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// levelOf is a cell as measured.csv has it: the cohort's requests by nearest rank, and for tokens/s those that fell
// into the window, as if each answer's tokens came evenly (a token without text is in none of the arrivals).
func levelOf(t *testing.T, st *results.Step) (v [4]float64) {
	t.Helper()
	w := st.Meta.Window
	var tpot, ttft, itl []float64
	err := st.Each(func(r *results.Record) error {
		if !r.OK() {
			return nil
		}
		if within := min(r.LastToken, w.End) - max(r.FirstToken, w.Start); within > 0 {
			v[0] += float64(r.OutputTokens) * float64(within) / float64(r.LastToken-r.FirstToken) / (w.End - w.Start).Seconds()
		}
		if r.Due < w.Start || r.Due >= w.End {
			return nil
		}
		ttft = append(ttft, (r.FirstToken-r.Due).Seconds()*1e3)
		tpot = append(tpot, (r.LastToken-r.FirstToken).Seconds()*1e3/float64(r.OutputTokens-1))
		for _, a := range r.Arrivals[1:] {
			itl = append(itl, a.Gap.Seconds()*1e3)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rank := func(all []float64, q float64) float64 {
		slices.Sort(all)
		return all[min(len(all)-1, int(q*float64(len(all))))]
	}
	v[1], v[2], v[3] = rank(tpot, .5), rank(ttft, .5), rank(itl, .99)
	return v
}
