package reports

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// sharedAt is a level at which so many of its requests kept the objective.
func sharedAt(label string, share float64, n int) *analysis.Point {
	return &analysis.Point{Label: label, Loop: scenarios.Open, Attainment: analysis.Estimate{N: n,
		Interval: stat.Interval{Value: share, Lo: share - 0.01, Hi: share + 0.01}},
		Missed: []analysis.Miss{{Clause: "TTFT", Share: 1 - share}}}
}

// heldStates are all that can be said of a held load, and the words that must and must not stand there.
var heldStates = []struct {
	name  string
	h     analysis.HeldLoad
	says  string
	cells string // held load and what is claimed, in the table; empty: no row
}{
	{"no objective", analysis.HeldLoad{State: analysis.HeldNot}, "held load unknown: no objective is given", ""},
	{"a search that cannot be trusted", analysis.HeldLoad{State: analysis.HeldNot, Searched: true,
		Above: sharedAt("4/s", 0.5, 10)}, "the search's steps below 4/s cannot be trusted", ""},
	{"none", analysis.HeldLoad{State: analysis.HeldNone, Goal: 0.9, Above: sharedAt("2/s", 0.75, 400)},
		"holds no load played: even 2/s misses the objective (75.0 % of the requests within it, 90 % wanted)", "none –"},
	{"not reached, not proven", analysis.HeldLoad{State: analysis.HeldAtLeast, Goal: 0.9, Value: 8,
		Below: sharedAt("8/s", 0.95, 40)}, "holds 8 req/s or more, not proven: its 40 requests",
		"≥ 8 req/s, limit not reached not proven"},
	{"not reached", analysis.HeldLoad{State: analysis.HeldAtLeast, Goal: 0.9, Value: 8, Lower: 8,
		AtLower: analysis.Rates{Requests: 8, Output: 800}, Below: sharedAt("8/s", 0.99, 4000)},
		"holds at least 8 req/s; nothing above 8 req/s was played (8.00 req/s, 800 tok/s, 400 tok/s per GPU there)",
		"≥ 8 req/s, limit not reached 8 req/s"},
	{"held, not proven", analysis.HeldLoad{State: analysis.Held, Goal: 0.9, Value: 6.5,
		AtValue: analysis.Rates{Requests: 6.5, Output: 650}, Above: sharedAt("8/s", 0.8, 40)},
		"holds about 6.50 req/s, none of it proven: too few requests for a share of 90 %", "6.50 req/s not proven"},
	{"held", analysis.HeldLoad{State: analysis.Held, Goal: 0.9, Value: 6.5, Lower: 6.25,
		AtLower: analysis.Rates{Requests: 6.25, Output: 625}, Above: sharedAt("8/s", 0.8, 400)},
		"holds 6.50 req/s, at least 6.25 req/s (6.25 req/s, 625 tok/s, 313 tok/s per GPU there)", "6.50 req/s 6.25 req/s"},
	{"found, not confirmed", analysis.HeldLoad{State: analysis.Held, Goal: 0.9, Value: 6.5, Searched: true,
		Line: &stat.Crossing{Load: 6.5, Low: 6.1}, Above: sharedAt("8/s", 0.8, 400)},
		"above 6.10 req/s with 97 % confidence, and no step to confirm it kept a share of 90 %",
		"6.50 req/s not proven"},
	{"found and confirmed", analysis.HeldLoad{State: analysis.Held, Goal: 0.9, Value: 6.5, Lower: 6.25, Searched: true,
		Line: &stat.Crossing{Load: 6.5, Low: 6.1}, Confirmed: &analysis.Point{Level: 6.4,
			Attainment: sharedAt("6.4/s", 0.93, 1200).Attainment}},
		"holds 6.25 req/s, confirmed by a fresh step at 6.40 req/s: 93.0 % of 1,200 requests within the objective",
		"6.50 req/s 6.25 req/s"},
	{"not reached, proven below", analysis.HeldLoad{State: analysis.HeldAtLeast, Goal: 0.9, Value: 8, Lower: 6,
		AtLower: analysis.Rates{Requests: 6, Output: 600}, Below: sharedAt("8/s", 0.92, 400)},
		"holds at least 6 req/s; nothing above 8 req/s was played (6.00 req/s", "≥ 8 req/s, limit not reached 6 req/s"},
}

func adviceWith(h analysis.HeldLoad) *advice.Advice {
	h.Loop = scenarios.Open
	of := &analysis.TargetStudy{Target: scenarios.Target{Name: "mini", GPUs: []int{0, 1}}}
	return &advice.Advice{Target: of, Held: h}
}

func TestHeldLoadInWords(t *testing.T) {
	for _, c := range heldStates {
		a := adviceWith(c.h)
		if got := HeldLine(locale.English, a); !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", c.name, got, c.says)
		}
		tell := teller{locale.English, &analysis.Study{Scenario: &scenarios.Scenario{}}}
		g := tell.grid(heldHeads...)
		tell.heldRows(g, a, []string{""})
		cells := ""
		if tab := g.table(); tab != nil {
			row := tab.Rows[0]
			cells = row[3] + " " + row[4]
			if above := c.h.Above; above != nil && row[len(row)-1] == "–" {
				t.Errorf("%s: what breaks first is not told: %q", c.name, row)
			}
		}
		if cells != c.cells {
			t.Errorf("%s: table says %q, want %q", c.name, cells, c.cells)
		}
	}
}

// In JSON only what is proven is a lower bound, and what is not known is null.
func TestHeldLoadAsJSON(t *testing.T) {
	for _, c := range heldStates {
		a := adviceWith(c.h)
		got := tellHeld(a.Target, a.Held)
		if (got == nil) != (c.h.State == analysis.HeldNot) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if got == nil {
			continue
		}
		if (got.Lower != nil) != (c.h.Lower > 0) || (got.Value != nil) != (c.h.Value > 0) ||
			(got.Confirmed != nil) != (c.h.Confirmed != nil) {
			t.Errorf("%s: %+v", c.name, got)
		}
		claim := ""
		switch {
		case c.h.Confirmed != nil:
			claim = "confirmed"
		case c.h.Lower > 0:
			claim = "proven"
		}
		if got.Claim != claim || got.Searched != c.h.Searched {
			t.Errorf("%s: claim %q, searched %v", c.name, got.Claim, got.Searched)
		}
		if b := got.Breaks; (b != nil) != (c.h.Above != nil) || b != nil && (b.Level != c.h.Above.Label ||
			len(b.Missed) != 1 || b.Missed[0].Clause != "TTFT") {
			t.Errorf("%s: breaks first %+v", c.name, b)
		}
		if got.Lower != nil && (*got.Lower != c.h.Lower || *got.LowOutput != c.h.AtLower.Output) {
			t.Errorf("%s: lower %g, %g tok/s", c.name, *got.Lower, *got.LowOutput)
		}
		if got.Value != nil && *got.PerGPU != c.h.AtValue.Output/2 {
			t.Errorf("%s: %g tok/s per GPU", c.name, *got.PerGPU)
		}
	}
}

// Held loads by class are those of the table, each by the requests and the goal of its class.
func TestHeldLoadByClassAsJSON(t *testing.T) {
	s := toldStudy()
	of := s.Targets[0]
	goal := func(share float64) *scenarios.Objective {
		return &scenarios.Objective{TTFT: time.Second, Attainment: share}
	}
	s.Scenario.Prompts = []scenarios.PromptClass{{Name: "chat", Objective: goal(0.9)}, {Name: "rag", Objective: goal(0.5)}}
	for i, p := range of.Points {
		p.Classes = map[string]analysis.Class{}
		for name, share := range map[string]float64{"chat": []float64{0.99, 0.4}[i], "rag": []float64{0.99, 0.9}[i]} {
			p.Classes[name] = analysis.Class{Attainment: sharedAt("", share, 400).Attainment,
				Missed: []analysis.Miss{{Clause: "TTFT", Share: 1 - share}}}
		}
	}
	a := &advice.Advice{Target: of}
	told := RunJSON(s, []*advice.Advice{a}).Targets[0].HeldByClass
	advised := RecommendationJSON(s, []*advice.Advice{a}).Targets[0].HeldBy
	if !reflect.DeepEqual(told, advised) || len(told) != 2 {
		t.Fatalf("report tells %+v, recommend %+v", told, advised)
	}
	chat, rag := told[0], told[1]
	if chat.Class != "chat" || chat.State != analysis.Held || chat.Goal != 0.9 || chat.Claim != "proven" ||
		!(*chat.Value > 1 && *chat.Value < 8) || chat.Breaks.Level != "n8" || chat.Breaks.Missed[0].Share != 0.6 ||
		*chat.Breaks.Attainment.Value != 0.4 {
		t.Errorf("%+v %+v", chat, chat.Breaks)
	}
	if rag.Class != "rag" || rag.State != analysis.HeldAtLeast || *rag.Value != 8 || rag.Breaks != nil {
		t.Errorf("%+v", rag)
	}
}

// A goal of every request cannot be proven, and that is said only there.
func TestAGoalOfAllCannotBeProven(t *testing.T) {
	tell := teller{locale.English, toldStudy()}
	for goal, want := range map[float64]int{0.99: 1, 1: 2} {
		a := adviceWith(analysis.HeldLoad{State: analysis.HeldNone, Goal: goal})
		if got := tell.heldNotes([]*advice.Advice{a}); len(got) != want {
			t.Errorf("goal %g: %q", goal, got)
		}
	}
}

func change(flag string, from, to any) advice.Change {
	return advice.Change{Flag: flag, From: from, To: to, Grade: analysis.GradeC, Why: "the queue is full",
		Caution: "watch memory", Effect: &advice.Effect{Metric: "held_load", Ratio: 1.5, Lo: 1.25, Hi: 1.75}}
}

// What is advised stands in the line, the table and the command; what is not says that the settings stay.
func TestAdviceInWords(t *testing.T) {
	a := adviceWith(heldStates[6].h)
	a.Bottleneck, a.Says, a.Grade = "max-num-seqs", "requests wait", analysis.GradeC
	a.Changes = []advice.Change{change("max-num-seqs", 8, 32), change("gpu-memory-utilization", nil, 0.95)}
	a.TradeOffs = []advice.Change{{Flag: "max-num-batched-tokens", From: 8192, To: 2048,
		Effect: &advice.Effect{Metric: "output_tokens_per_s", At: "n8", Ratio: 0.9, Lo: 0.8, Hi: 1.05,
			AtLeast: true}, Why: "ITL"}}
	a.Because, a.Examined = []string{"waiting 5.2"}, []string{"KV 40 %"}
	a.Unexamined, a.Lift = []string{"tensor-parallel-size"}, "three levels"
	a.Target.Settings = scenarios.Settings{"max-num-seqs": 8}
	s := toldStudy()
	s.Targets = []*analysis.TargetStudy{a.Target}
	d := Advise(locale.English, s, []*advice.Advice{a})
	printed(t, d, "mini: change max-num-seqs 8 → 32, gpu-memory-utilization not told → 0.95",
		"tok/s at the held load × 1.50 expected (95 %: 1.25–1.75)",
		"grade C (extrapolated: verify); bottleneck: max-num-seqs",
		"trade-off, not advised: max-num-batched-tokens 8192 → 2048: tok/s at n8 × 0.900 or more expected (95 %: "+
			"0.800–1.05); ITL",
		"evidence: waiting 5.2", "examined, not the bottleneck: KV 40 %", "not examined: tensor-parallel-size",
		"a better grade needs: three levels", "the queue is full; watch memory", "--max-num-seqs 32",
		"max-num-seqs 8 → 32 (C)", "max-num-batched-tokens: not told")
	raw, err := json.Marshal(RecommendationJSON(s, []*advice.Advice{a}))
	if err != nil {
		t.Fatal(err)
	}
	var got recommendation
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if one := got.Targets[0]; one.Bottleneck != one.Binding || one.Advice[0].Effect.Ratio != 1.5 ||
		len(one.TradeOffs) != 1 || *one.Held.Lower != 6.25 || one.Lift != "three levels" {
		t.Errorf("%s", raw)
	}
	a.Changes, a.TradeOffs = nil, nil
	if got := AdviceLine(locale.English, a); got != "mini: keep the settings; bottleneck: max-num-seqs; grade C "+
		"(extrapolated: verify)" {
		t.Error(got)
	}
	raw, _ = json.Marshal(RecommendationJSON(s, []*advice.Advice{a}))
	if !strings.Contains(string(raw), `"advice":[],"trade_offs":[]`) {
		t.Errorf("%s", raw)
	}
	a.Bottleneck = ""
	if got := AdviceLine(locale.English, a); got != "mini: no advice: requests wait" {
		t.Error(got)
	}
	if d := Advise(locale.English, s, nil); len(d.Advice) != 1 || !strings.Contains(d.Advice[0], "no sweep in this run") {
		t.Errorf("%q", d.Advice)
	}
}

// Each grade has words of its own.
func TestGradesInWords(t *testing.T) {
	tell := teller{Locale: locale.English}
	for g, want := range map[analysis.Grade]string{analysis.GradeA: "measured",
		analysis.GradeB: "calculated within the measured range", analysis.GradeC: "extrapolated: verify",
		analysis.GradeD: "rule of thumb: verify"} {
		if got := tell.gradeWords(g); got != want {
			t.Errorf("%s: %q", g, got)
		}
	}
}

func TestAnswersInWords(t *testing.T) {
	e := &advice.Effect{Metric: "ttft_p99", At: "n8", Ratio: 0.5, Lo: 0.4, Hi: 0.6}
	d := Answers(locale.English, toldStudy(), []advice.Answer{{Target: "mini",
		Asked: []advice.Asked{{Flag: "max-num-seqs", From: 8, To: 64}}, Grade: analysis.GradeB,
		Says: "more load would be held", Because: []string{"+100 KV tokens on 200"}, Effect: e}})
	if got := d.Sections[0]; got.Title != "mini: max-num-seqs 8 → 64 (grade B)" ||
		got.Text[0] != "more load would be held." || got.Notes[0] != "because: +100 KV tokens on 200" ||
		got.Notes[1] != "ttft p99 at n8 × 0.500 expected (95 %: 0.400–0.600)" {
		t.Errorf("%+v", got)
	}
}

// report --json has what was measured, and null with why for what is withheld.
func TestRunAsJSON(t *testing.T) {
	s := toldStudy()
	p := s.Targets[0].Points[0]
	p.Cohort, p.Phase, p.Loop = 120, "load", scenarios.Closed
	p.Repetitions = []*analysis.Point{p, p}
	hidden := analysis.Estimate{Interval: stat.Interval{Value: 3}, Show: analysis.Hidden, Why: "needs 1000 requests"}
	p.Metrics["ttft"] = analysis.Spread{Unit: "s", N: 120, Mean: hidden,
		Quantiles: map[float64]analysis.Estimate{0.999: hidden}}
	p.Metrics["itl"] = analysis.Spread{Unit: "s"}
	p.Classes = map[string]analysis.Class{"a": {Metrics: p.Metrics}, "b": {}}
	p.OutputRate.Hi = math.Inf(1)
	a := adviceWith(heldStates[6].h)
	a.Target = s.Targets[0]
	raw, err := json.Marshal(RunJSON(s, []*advice.Advice{a}))
	if err != nil {
		t.Fatal(err)
	}
	var got told
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	l := got.Targets[0].Levels[0]
	ttft := l.Metrics["ttft"].Percentiles["99.9"]
	if l.Requests != 120 || *l.OutputRate.Value != 200 || l.OutputRate.Hi != nil || ttft.Value != nil ||
		ttft.Why != "needs 1000 requests" || len(l.Repetitions) != 2 || len(l.Classes) != 2 || l.Level != "n1" {
		t.Errorf("%+v", l)
	}
	if _, told := l.Metrics["itl"]; told {
		t.Error("a metric without samples is told")
	}
	if got.Targets[0].Held == nil || got.Targets[1].Held != nil {
		t.Errorf("held loads %v and %v", got.Targets[0].Held, got.Targets[1].Held)
	}
}

func TestVerdictInOneLine(t *testing.T) {
	s := toldStudy()
	s.Run.Manifest.Ended, s.Run.Manifest.Simulated = time.Time{}, true
	warn := results.Reason{Check: "V13", Level: results.Warn, Says: "few"}
	meta := results.StepMeta{Verdict: results.Verdict{State: results.Warnings,
		Reasons: []results.Reason{warn, warn, {Check: "V4", Level: results.NotChecked}}}}
	s.Run.Steps = []*results.Step{{Meta: meta}, {Meta: stepMeta()}}
	for state, want := range map[results.State]string{
		results.Warnings: "TRUSTED-WITH-WARNINGS: V13 samples behind each quantile (1 of 2 steps), V99",
		results.Invalid:  "INVALID: V13 samples behind each quantile (1 of 2 steps), V99",
	} {
		s.Verdict = results.Verdict{State: state, Reasons: []results.Reason{warn, warn,
			{Check: "V4", Level: results.NotChecked}, {Check: "V99", Level: results.Warn}}}
		if got := VerdictLine(locale.English, s); got != want+" · SIMULATED, virtual time · not ended · chat" {
			t.Errorf("%q", got)
		}
	}
}

// A calibration that found its bound says how much, one that did not says at least how much.
func TestCalibrationInWords(t *testing.T) {
	c := results.Calibration{Host: "box", Events: 120000, GOMAXPROCS: 2, Cores: 4, ServerCore: "3", Why: "late",
		Levels: []results.Null{{Streams: 100, Written: 5000, Read: 4990, TTFTp99: time.Millisecond}}}
	for bound, want := range map[bool]string{true: "box carries 120,000 token events/s on 2 of 4 cores",
		false: "box carries at least 120,000 token events/s on 2 of 4 cores"} {
		c.Bound = bound
		d := Calibration(locale.English, c)
		if d.Verdict != want || len(d.Sections[0].Table.Rows) != 1 || len(d.Sections[0].Notes) != 2 {
			t.Errorf("%+v", d)
		}
	}
	if row := Calibration(locale.English, c).Sections[0].Table.Rows[0]; row[0] != "100" || row[4] != "1.00" {
		t.Errorf("%q", row)
	}
}

// printed is a document in a terminal, which holds all that is wanted.
func printed(t *testing.T, d Document, wanted ...string) string {
	t.Helper()
	var b strings.Builder
	if err := Terminal(&b, d, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range wanted {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
	return b.String()
}

// Rates in the table of classes are of all requests; a reader who sizes for one class must be told.
func TestRatesOfClassesAreOfAll(t *testing.T) {
	for l, want := range map[*locale.Locale]string{locale.English: "of all requests at that load, not of the class alone",
		locale.French: "toutes les requêtes à cette charge, et non du seul type"} {
		a := adviceWith(heldStates[6].h)
		p := sharedAt("4/s", 0.99, 2000)
		p.Steps = []results.StepMeta{{}}
		p.Level, p.Classes = 4, map[string]analysis.Class{"rag": {Attainment: p.Attainment}}
		a.Target.Points = []*analysis.Point{p}
		tell := teller{l, &analysis.Study{Scenario: &scenarios.Scenario{Objective: scenarios.Objective{Attainment: 0.9},
			Prompts: []scenarios.PromptClass{{Name: "rag"}, {Name: "chat"}}}}}
		got := tell.outcome([]*advice.Advice{a})
		if len(got) != 2 || !strings.Contains(strings.Join(got[1].Notes, " "), want) {
			t.Errorf("%+v", got)
		}
	}
}

// Where no clause by itself is missed by more than may miss, what they miss together is told beside the worst.
func TestClausesThatBreakTogether(t *testing.T) {
	p := sharedAt("n8", 0.92, 400)
	p.Missed = []analysis.Miss{{Clause: "TPOT", Share: 0.049}, {Clause: "TTFT", Share: 0.04}}
	tell := teller{locale.English, toldStudy()}
	for goal, want := range map[float64]string{0.95: "n8: TPOT missed by 4.9 %, one or another by 8.0 %",
		0.96: "n8: TPOT missed by 4.9 %"} {
		if got := tell.breaks(analysis.HeldLoad{Goal: goal, Above: p}, ""); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
