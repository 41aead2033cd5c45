package reports

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/stat"
)

func ratio(name string, base, v, half float64, says analysis.Judgement) analysis.MetricRatio {
	return analysis.MetricRatio{Name: name, Base: base, Other: base * v, Says: says,
		Ratio: stat.Interval{Value: v, Lo: v * (1 - half), Hi: v * (1 + half)}}
}

// compared is before and after of mini, which gains a fifth, and of a target that has no level in common.
func compared(verdict analysis.Judgement) (base, other *analysis.Study, all []analysis.Comparison) {
	base, other = toldStudy(), toldStudy()
	base.Run.Dir, other.Run.Dir = "/runs/before", "/runs/after"
	held := ratio("held load", 40, 1.2, 0.05, verdict)
	held.Bound = "variant is a lower bound"
	c := analysis.Comparison{Target: "mini", Base: base.Targets[0], Other: other.Targets[0], Verdict: verdict,
		Why:      "held load",
		Differ:   []analysis.Difference{{Name: "max-num-batched-tokens", Base: "8192", Other: "2048"}},
		Decisive: []analysis.MetricRatio{held}, BaseEvidence: analysis.Evidence{Starts: 1, Repetitions: 4},
		OtherEvidence: analysis.Evidence{Starts: 3, Repetitions: 12}}
	unknown := analysis.MetricRatio{Name: "ITL p99", Base: 0.03, Other: 0.02, Says: analysis.NoneShown,
		Ratio: stat.Interval{Value: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}}
	c.Levels = []analysis.LevelComparison{{Label: "n1", Blocks: 4, Grade: analysis.GradeA,
		Ratios: []analysis.MetricRatio{ratio("tok/s", 200, 1.2, 0.02, analysis.Better),
			ratio("TTFT p50", 0.25, 0.8, 0.02, analysis.Better), unknown}},
		{Label: "n8", Not: "an INVALID step on one side"}}
	none := analysis.Comparison{Target: "medium", Base: base.Targets[1], Other: other.Targets[1],
		Verdict: analysis.Inconclusive, Why: "held load"}
	return base, other, []analysis.Comparison{c, none}
}

// Every verdict says what to do about the change, and no two say the same.
func TestAVerdictDecides(t *testing.T) {
	said := map[string]bool{}
	for verdict, want := range map[analysis.Judgement]string{
		analysis.Better:       "mini: BETTER. The change can be taken.",
		analysis.Worse:        "mini: WORSE. The change should not be taken.",
		analysis.Equivalent:   "mini: EQUIVALENT. The change makes no difference that matters",
		analysis.Mixed:        "mini: MIXED. The change gains on one count and loses on another",
		analysis.Inconclusive: "mini: INCONCLUSIVE. These runs do not decide it",
	} {
		base, other, all := compared(verdict)
		d := Comparison(locale.English, base, other, all, nil)
		if !strings.HasPrefix(d.Advice[0], want) {
			t.Errorf("%s: %q", verdict, d.Advice[0])
		}
		said[d.Advice[0]] = true
		for _, part := range []string{"40.0 s → 48.0 s, variant is a lower bound", "× 1.20 (95 %: 1.14–1.26)",
			"evidence: server starts 3, repetitions 12 against server starts 1, repetitions 4"} {
			if !strings.Contains(d.Advice[0], part) {
				t.Errorf("%q is not in %q", part, d.Advice[0])
			}
		}
	}
	if len(said) != 5 {
		t.Errorf("five verdicts, %d sentences", len(said))
	}
}

// The document holds the runs' names, what differs, each ratio, and what limits the conclusion.
func TestComparisonTellsEachNumber(t *testing.T) {
	base, other, all := compared(analysis.Better)
	other.Run.Manifest.Simulated = true
	other.Verdict = results.Verdict{State: results.Warnings,
		Reasons: []results.Reason{{Check: "V13", Level: results.Warn, Says: "few"}}}
	for i, share := range []float64{0.91, 0.99} {
		p := []*analysis.Study{base, other}[i].Targets[0].Points[0]
		p.Attainment = analysis.Estimate{Interval: stat.Interval{Value: share, Lo: share - 0.01, Hi: share + 0.01}, N: 900}
	}
	figures := []Figure{{Name: "forest-mini", Target: "mini", Caption: "Before and after. More."}}
	d := Comparison(locale.English, base, other, all, figures)
	page := printed(t, d, "SIMULATED, virtual time",
		"baseline before: trusted · variant after: trusted-with-warnings", "max-num-batched-tokens 8192 → 2048",
		"no difference in settings, version, GPUs, prompts, load or objective",
		"not comparable at n8", "n8: not comparable: an INVALID step on one side", "no level in common",
		"250 ms", "200 ms", "0.784–0.816", "after: V13 samples behind each quantile",
		"before 2026-11-28 09:00 UTC, after 2026-11-28 09:00 UTC")
	if strings.Contains(page, "NaN") {
		t.Error("NaN is printed")
	}
}

// Shares are apart where their intervals do not meet, to the better and to the worse.
func TestSharesApart(t *testing.T) {
	share := func(v float64) analysis.Estimate {
		return analysis.Estimate{Interval: stat.Interval{Value: v, Lo: v - 0.02, Hi: v + 0.02}, N: 100}
	}
	tell := teller{locale.English, toldStudy()}
	for other, want := range map[float64]analysis.Judgement{0.95: analysis.Better, 0.93: analysis.NoneShown,
		0.87: analysis.NoneShown, 0.85: analysis.Worse} {
		if got := tell.sharesApart(share(0.9), share(other)); got != string(want) {
			t.Errorf("0.9 and %g: %s, want %s", other, got, want)
		}
	}
}

// JSON has every number and null for what is not known; a slice is never null.
func TestComparisonAsJSON(t *testing.T) {
	_, _, all := compared(analysis.Better)
	raw, err := json.Marshal(ComparisonJSON(all))
	if err != nil {
		t.Fatal(err)
	}
	var got []comparedTarget
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	n := got[0].Levels[0].Numbers
	if got[0].Verdict != analysis.Better || got[0].Base.Starts != 1 || got[0].Other.Repetitions != 12 ||
		*got[0].Decides[0].Ratio != 1.2 || got[0].Decides[0].Bound == "" || n[1].Other != 0.2 ||
		n[2].Ratio != nil || n[2].Lo != nil || got[0].Levels[1].NotComparable == "" {
		t.Errorf("%s", raw)
	}
	if strings.Contains(string(raw), `"decides":null`) || strings.Contains(string(raw), `"differ":null`) ||
		strings.Contains(string(raw), `"levels":null`) {
		t.Errorf("null for a list: %s", raw)
	}
}

// Both sides of a ratio stand in one unit: 980 ms beside 1.02 s is misread.
func TestBothSidesHaveOneUnit(t *testing.T) {
	tell := teller{Locale: locale.English}
	for _, c := range []struct {
		name        string
		base, other float64
		want        string
	}{{"TTFT p99", 0.98, 1.02, "980 ms 1,020 ms"}, {"TTFT p99", 1.98, 1.02, "1.98 s 1.02 s"},
		{"TTFT p99", math.NaN(), 1.02, "– 1.02 s"}, {"tok/s", 980, 1020, "980 1,020"}} {
		base, other := tell.amounts(analysis.MetricRatio{Name: c.name, Base: c.base, Other: c.other})
		if got := base + " " + other; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
