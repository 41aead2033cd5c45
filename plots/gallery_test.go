package plots

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
)

// hard are studies that have gone wrong in figures, or might.
func hard() map[string]*analysis.Study {
	ms := time.Millisecond
	big, small := plain, plain
	big.a, big.k, big.run, big.prefill = 0.004, 0.00002, 400, 0.02
	small.a, small.k, small.run, small.prefill = 0.045, 0.004, 9, 0.4
	two := big.sweep("medium", doubled(1024)...)
	two.Settings = scenarios.Settings{"tensor-parallel-size": 2}
	two.Target.Model = "Qwen/Qwen3-32B-AWQ"
	wide := plain
	wide.prefill, wide.tail = 0.01, 30
	ill := plain.sweep("mini", doubled(128)...)
	for i, p := range ill.Points {
		if i == 4 {
			p.Steps[0].Verdict.State = results.Invalid
		}
		for _, m := range p.Metrics {
			if i < 3 {
				m.Quantiles[0.99] = concealed()
			}
			if i == 3 {
				e := m.Quantiles[0.99]
				e.Show = analysis.Soft
				m.Quantiles[0.99] = e
			}
		}
	}
	back := plain.sweep("mini", doubled(512)...)
	for i, p := range back.Points[6:] {
		p.OutputRate.Value *= 1 - 0.07*float64(i+1)
	}
	own := study(scenarios.Objective{}, plain.sweep("mini", doubled(128)...))
	o1, o2 := goal(500*ms, 0), goal(2*time.Second, 40*ms)
	own.Scenario.Prompts = []scenarios.PromptClass{{Name: "chat", Objective: &o1}, {Name: "rag", Objective: &o2}}
	var fleet []*analysis.TargetStudy
	for i := range 8 {
		w := plain
		w.a, w.run = w.a*(1+float64(i)/5), w.run-4*float64(i)
		one := w.sweep(fmt.Sprintf("inference-eu-west-%d", i), doubled(128)...)
		one.Target.Model = "deepseek-ai/DeepSeek-R1-Distill-Llama-70B-FP8-dynamic-long-context"
		fleet = append(fleet, one)
	}
	many := study(scenarios.Objective{}, fleet...)
	many.Scenario.Prompts = []scenarios.PromptClass{{Name: "génération de code", Objective: &o2},
		{Name: "raisonnement logique", Objective: &o2}, {Name: "question factuelle", Objective: &o2}}
	far := plain.sweep("mini", 1, 2, 3, 4, 6, 8, 12)
	for m, spread := range far.Points[3].Metrics {
		e := spread.Quantiles[0.99]
		far.Points[3].Metrics[m].Quantiles[0.99] = about(e.Value*100, 0.1, 2000)
	}
	far.Points[6].Server.Waiting = 4000
	return map[string]*analysis.Study{
		"far":   study(goal(time.Second, 40*ms), far),
		"many":  many,
		"plain": study(goal(time.Second, 40*ms), plain.sweep("mini", doubled(128)...)),
		"one":   study(goal(time.Second, 50*ms), plain.sweep("mini", 4)),
		"two":   study(scenarios.Objective{}, plain.sweep("mini", 1, 8)),
		"wall":  study(goal(time.Second, 50*ms), plain.sweep("mini", doubled(512)...)),
		"back":  study(goal(10*time.Millisecond, 500*ms), back),
		"three": study(goal(time.Second, 50*ms), small.sweep("micro", doubled(64)...), plain.sweep("mini", doubled(256)...),
			two),
		"wide":  study(goal(time.Second, 50*ms), wide.sweep("mini", doubled(1024)...)),
		"ill":   study(goal(time.Second, 50*ms), ill),
		"own":   own,
		"open":  study(goal(time.Second, 50*ms), opened()),
		"dense": study(goal(time.Second, 50*ms), plain.sweep("mini", 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64)),
	}
}

// gallery names the pictures that are kept under testdata, by study.
var gallery = map[string][]string{
	"wall":  {"curve-mini", "server-mini"},
	"ill":   {"curve-mini"},
	"own":   {"curve-mini"},
	"open":  {"curve-open-mini"},
	"three": {"overview", "missed", "panels"},
	"disk":  {"spectrum-mini"},
}

// TestGallery compares with the pictures of testdata/gallery, byte by byte. UPDATE=1 draws them anew: look at each
// before you keep it. LOOK=DIR writes every picture of every hard study there.
func TestGallery(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors fuse multiplications and additions: the last bit of a pixel may differ")
	}
	studies := hard()
	studies["disk"] = recorded(t, 2000, 1, 2, 4, 8, 16, 32, 64, 128, 256)
	for name, s := range studies {
		if os.Getenv("LOOK") == "" && gallery[name] == nil {
			continue
		}
		pictures, err := Draw(locale.English, s)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, p := range pictures {
			if dir := os.Getenv("LOOK"); dir != "" {
				write(t, filepath.Join(dir, name+"-"+p.Name+".png"), p.PNG)
				write(t, filepath.Join(dir, name+"-"+p.Name+".svg"), p.SVG)
			}
			if slices.Contains(gallery[name], p.Name) {
				compare(t, filepath.Join("testdata", "gallery", name+"-"+p.Name+".png"), p.PNG)
			}
		}
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		write(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		seen := filepath.Join(t.ArtifactDir(), filepath.Base(path))
		write(t, seen, got)
		t.Errorf("%s looks different now: see %s; UPDATE=1 keeps the new one", path, seen)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
