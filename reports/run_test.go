package reports

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
)

// toldStudy is a small run of two models whose figures are known.
func toldStudy() *analysis.Study {
	mini, medium := paced([]int{0}, [2]float64{100, 200}, [2]float64{50, 600}),
		paced([]int{1, 2}, [2]float64{40, 100}, [2]float64{20, 300})
	medium.Target.Name, medium.Target.Model = "medium", "Qwen/Qwen3-32B"
	mini.Target.Model = "Qwen/Qwen3-8B"
	for _, of := range []*analysis.TargetStudy{mini, medium} {
		for i, p := range of.Points {
			p.Label, p.Level = []string{"n1", "n8"}[i], []float64{1, 8}[i]
			p.GPU = analysis.GPUFacts{Known: true, TotalMiB: 81920, MeanMiB: 20480, PeakMiB: 30720}
			for _, id := range of.Target.GPUs {
				p.GPU.Each = append(p.GPU.Each, analysis.GPUUse{ID: []string{"0", "1", "2"}[id], TotalMiB: 40960, MeanMiB: 10240,
					PeakMiB: 15360})
			}
		}
	}
	man := results.Manifest{Tool: "loadgen test", Started: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC),
		Ended: time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)}
	sc := &scenarios.Scenario{Name: "chat",
		Prompts: []scenarios.PromptClass{{Name: "salutation", Weight: 1, Text: "Bonjour", Output: scenarios.Output{Max: 40}}},
		Phases:  []scenarios.Phase{{Concurrency: &scenarios.Ladder{Levels: []int{1, 8}}, Repeat: 1}}}
	return &analysis.Study{Run: &results.Run{Dir: "/home/someone/runs/before", Manifest: man}, Scenario: sc,
		Targets: []*analysis.TargetStudy{mini, medium}, Verdict: results.Verdict{State: results.Trusted}}
}

// Requests that were cut off with their step, since a client was lost, are counted and are no failures of the server's.
func TestWhatWasCutOffIsNoFailure(t *testing.T) {
	counts := results.Counts{Sent: 70, OK: 60, Faults: map[results.Fault]int{results.FaultCancelled: 8,
		results.FaultTimeout: 2}}
	for _, c := range []struct {
		partial, caveat, note string
	}{
		{"", "mini: 10 of 70 requests failed (2 timeout, 8 cancelled)", ""},
		{"client 2 of 3 is lost", "mini: 2 of 62 requests failed (2 timeout)",
			"mini: 8 of those cancelled were cut off by loadgen itself: no failures of the server's"},
	} {
		s := toldStudy()
		s.Run.Steps = []*results.Step{{Meta: results.StepMeta{Step: scenarios.Step{Target: "mini"}, Partial: c.partial,
			Counts: counts}}}
		d := Run(locale.English, s, nil, nil)
		if !slices.Contains(d.Caveats, c.caveat) {
			t.Errorf("partial %q: %q", c.partial, d.Caveats)
		}
		books := d.Sections[slices.IndexFunc(d.Sections, func(s Section) bool {
			return strings.HasPrefix(s.Title, "Request accounting")
		})]
		if strings.Join(books.Notes, "") != c.note || !slices.Contains(books.Table.Rows[0], "70") {
			t.Errorf("partial %q: %+v", c.partial, books)
		}
	}
}

// The French report has the sections of the report that its first users write, in their order.
func TestFrenchOrder(t *testing.T) {
	var chapters []string
	for _, s := range Run(locale.French, toldStudy(), nil, nil).Sections {
		if s.Chapter != "" {
			chapters = append(chapters, s.Chapter)
		}
	}
	want := []string{"Configuration des endpoints", "Méthodologie", "Résumé des performances", "Détail par type de prompt",
		"Utilisation mémoire", "Comparaison des modèles", "Conclusion", "Éléments de preuve", "Provenance"}
	if !slices.Equal(chapters, want) { // recommendations come with advice
		t.Errorf("%q", chapters)
	}
}

// In French nothing but names, settings and formulas is English: the words that the English report is made of do not
// appear.
func TestFrenchReportIsFrench(t *testing.T) {
	var page bytes.Buffer
	if err := Markdown(&page, Run(locale.French, toldStudy(), nil, nil)); err != nil {
		t.Fatal(err)
	}
	english := regexp.MustCompile(`(?i)\b(the|of|which|with|requests|measured|unknown|answers|level|between|server's)\b`)
	for _, line := range strings.Split(page.String(), "\n") {
		if strings.HasPrefix(line, "| ITL |") {
			continue // its formula
		}
		if word := english.FindString(line); word != "" {
			t.Errorf("%q in %q", word, line)
		}
	}
}

// Memory is told for all GPUs and for each where there are several; models are set beside one another by what was
// measured.
func TestMemoryAndModels(t *testing.T) {
	tell := teller{locale.English, toldStudy()}
	var rows []string
	for _, r := range tell.memory().Table.Rows {
		rows = append(rows, strings.Join(r[:6], " "))
	}
	if got := strings.Join(rows, "\n"); !strings.Contains(got,
		"medium n1 all 80.0 GiB 20.0 GiB 30.0 GiB\n  1 40.0 GiB 10.0 GiB 15.0 GiB\n  2 40.0 GiB") ||
		strings.Contains(got, "\n  0 40") {
		t.Error(got)
	}
	notes := strings.Join(tell.models(nil).Notes, "\n")
	for _, want := range []string{"mini – advantages: most throughput, most throughput per GPU, fewest GPUs",
		"medium – advantages: none measured; drawbacks: least throughput",
		"nothing is known here of the quality of the answers"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in\n%s", want, notes)
		}
	}
}
