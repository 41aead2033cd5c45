package scenarios

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const small = `version: 1
targets:
  mini: {url: http://localhost:5001, model: Qwen/Qwen3-8B-AWQ}
prompts:
  chat: {input: {fixed: 400}, output: {fixed: 200}}
load: {concurrency: {from: 1, to: 24, factor: 2, stop: saturated}}
`

func TestSmallScenario(t *testing.T) {
	s, err := Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Phases[0].Concurrency.Levels, []int{1, 2, 4, 8, 16, 24}; !reflect.DeepEqual(got, want) {
		t.Errorf("levels %v, want %v", got, want)
	}
	if s.Targets[0].API != "chat" || s.Seed != 1 || s.Phases[0].Repeat != 1 {
		t.Errorf("defaults: %+v", s)
	}
}

func TestShippedScenariosParse(t *testing.T) {
	for _, name := range ShippedNames() {
		data, _ := Shipped(name)
		if _, err := Parse(name+".yaml", data); err != nil {
			t.Error(err)
		}
	}
}

func TestFrenchScenarioIsAsAsked(t *testing.T) {
	data, _ := Shipped("scenarios/qwen3-french.yaml")
	s, err := Parse("qwen3-french.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name, text string
		max        int
	}{
		{"salutation", "Bonjour, comment allez-vous? Répondez en une phrase.", 20},
		{"question factuelle", "Quelle est la capitale de la France et quand la Tour Eiffel a-t-elle été construite?", 40},
		{"génération de code", "Écrivez une fonction Python qui calcule la factorielle d'un nombre.", 70},
		{"raisonnement logique", "Si un train part de Paris à 8h et roule à 200 km/h vers Marseille qui est à 800 km, à " +
			"quelle heure arrive-t-il?", 80},
	}
	for i, w := range want {
		if c := s.Prompts[i]; c.Name != w.name || c.Text != w.text || c.Output.Max != w.max {
			t.Errorf("class %d: %+v, want %+v", i, c, w)
		}
	}
	if n := len(s.Plan("each").Steps); n != 3 {
		t.Errorf("phase each has %d steps, want one per target", n)
	}
	if v := s.Request.ChatTemplateKwargs["enable_thinking"]; v != false {
		t.Errorf("enable_thinking %v", v)
	}
	concerns := s.Concerns()
	if len(concerns) == 0 || concerns[0].ID != "gpu-claimed-twice" || !strings.Contains(concerns[0].Says, "GPU 1") {
		t.Errorf("the GPU that two servers claim is not named: %+v", concerns)
	}
}

// The corpus: testdata/bad/NAME.yaml with its expected faults in NAME.want, one a line.
func TestBadScenarios(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(files) < 60 {
		t.Fatalf("only %d bad scenarios", len(files))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(file, data) // what it names lies beside it
		wantFile := strings.TrimSuffix(file, ".yaml") + ".want"
		if os.Getenv("UPDATE") != "" {
			_ = os.WriteFile(wantFile, []byte(strings.ReplaceAll(err.Error(), "testdata/bad/", "")+"\n"), 0o644)
		}
		want, _ := os.ReadFile(wantFile)
		var faults faults
		if !errors.As(err, &faults) || strings.ReplaceAll(err.Error(), "testdata/bad/", "")+"\n" != string(want) {
			t.Errorf("%s:\ngot  %v\nwant %s", file, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range ShippedNames() {
		data, _ := Shipped(name)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.yaml", data)
		if (s == nil) == (err == nil) {
			t.Fatal("neither scenario nor fault")
		}
		if s != nil && len(s.Phases) > 0 && len(s.Phases) < 5 {
			s.Concerns()
		}
	})
}

func TestPlanOrderAndSeeds(t *testing.T) {
	s, err := Parse("s.yaml", []byte(`version: 1
targets:
  a: {url: http://localhost:1, model: m}
  b: {url: http://localhost:2, model: m}
prompts: {chat: {input: {fixed: 4}, output: {max: 2}}}
load: {concurrency: [1, 2], repeat: 2}
`))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	seeds := map[string]uint64{}
	for _, st := range s.Plan("").Steps {
		names = append(names, st.Name)
		key := st.Label() + string(rune('0'+st.Rep))
		if old, ok := seeds[key]; ok && old != st.Seed {
			t.Errorf("%s has another seed on target %s", key, st.Target)
		}
		seeds[key] = st.Seed
	}
	// the second block shuffled
	want := "001-a-n1-r1 002-a-n2-r1 003-b-n1-r1 004-b-n2-r1 005-b-n1-r2 006-b-n2-r2 007-a-n1-r2 008-a-n2-r2"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(seeds) != 4 {
		t.Errorf("%d seeds", len(seeds))
	}
}

func TestPromptBelongsToSlotAndTurn(t *testing.T) {
	s, err := Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	step := s.Plan("").Steps[0]
	seen := map[string]bool{}
	m := NewMix(s, step)
	for slot := -1; slot < 20; slot++ {
		for turn := range 20 {
			p := m.Prompt(slot, turn)
			if again := NewMix(s, step).Prompt(slot, turn); !reflect.DeepEqual(again, p) {
				t.Fatalf("slot %d turn %d differs", slot, turn)
			}
			if seen[p.Text] {
				t.Fatalf("slot %d turn %d repeats a text", slot, turn)
			}
			seen[p.Text] = true
			if n := len(strings.Fields(p.Text)); n != 400 || p.InputTokens != 400 || p.MaxTokens != 200 || !p.Exact {
				t.Fatalf("%d words, %+v", n, p.MaxTokens)
			}
		}
	}
}

func TestLengthStaysInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.IntRange(1, 500).Draw(t, "min")
		l := Length{
			Law:  rapid.SampledFrom([]string{"uniform", "normal", "lognormal"}).Draw(t, "law"),
			Mean: rapid.Float64Range(1, 1000).Draw(t, "mean"), CV: rapid.Float64Range(0, 3).Draw(t, "cv"),
			Min: low, Max: low + rapid.IntRange(0, 500).Draw(t, "span"),
		}
		if n := l.Draw(randomSource(rapid.Uint64().Draw(t, "seed"))); n < l.Min || n > l.Max {
			t.Fatalf("%d outside %d…%d", n, l.Min, l.Max)
		}
	})
}

// Mean gap and coefficient of variation of 100,000 exponential gaps: 1/rate ± 1 %, 1 ± 1 % (3 σ ≈ 0.95 %).
func TestPoissonSchedule(t *testing.T) {
	due := Law{Name: "poisson"}.Schedule(50, 7, 2000*time.Second)
	var sum, squares float64
	last := time.Duration(0)
	for _, d := range due {
		gap := (d - last).Seconds()
		last, sum, squares = d, sum+gap, squares+gap*gap
	}
	n := float64(len(due))
	mean := sum / n
	if mean < 0.0198 || mean > 0.0202 {
		t.Errorf("mean gap %v", mean)
	}
	if cv2 := squares/n/(mean*mean) - 1; cv2 < 0.97 || cv2 > 1.03 {
		t.Errorf("squared CV %v", cv2)
	}
}

func TestConstantScheduleIsVegetas(t *testing.T) {
	due := Law{Name: "constant"}.Schedule(2.5, 0, 10*time.Second)
	for k, d := range due {
		if want := time.Duration(k+1) * 400 * time.Millisecond; d != want {
			t.Fatalf("due(%d) = %v, want %v", k, d, want)
		}
	}
	if len(due) != 24 {
		t.Errorf("%d requests in 10 s at 2.5/s, the last due before 10 s is the 24th", len(due))
	}
}

func randomSource(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
