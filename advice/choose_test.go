package advice

import (
	"math"
	"slices"
	"strings"
	"testing"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/stat"
	"loadgen/vllm"
)

// triedChange is a candidate's one change, with what it brings.
func triedChange(flag string, from, to any, value, lo float64) scored {
	return scored{candidate: candidate{changes: []Change{{Flag: flag, From: from, To: to}}}, ratio: value,
		effect: stat.Interval{Value: value, Lo: lo, Hi: 2 * value}}
}

// A change is advised from a gain of 2 % on that its interval does not exclude; of nearly equal ones the mildest.
func TestTheSurestChange(t *testing.T) {
	seqs := func(to, value, lo float64) scored { return triedChange(vllm.MaxNumSeqs, 64., to, value, lo) }
	open := func(to, value, met float64) scored {
		s := seqs(to, value, 1.2)
		s.held.open, s.held.met = true, met
		return s
	}
	two := seqs(512, 1.5, 1.2)
	two.changes = append(two.changes, Change{Flag: vllm.MaxNumBatchedTokens})
	for name, c := range map[string]struct {
		all  []scored
		want int // -1: none
	}{
		"nothing":            {nil, -1},
		"2 %":                {[]scored{seqs(128, worthwhile, 1.01)}, -1},
		"more than 2 %":      {[]scored{seqs(128, 1.021, 1.01)}, 0},
		"it may be none":     {[]scored{seqs(128, 1.5, 1.005)}, -1},
		"hardly none":        {[]scored{seqs(128, 1.5, 1.0051)}, 0},
		"the best":           {[]scored{seqs(128, 1.2, 1.1), seqs(256, 1.5, 1.2)}, 1},
		"nearly the best":    {[]scored{seqs(128, nearlyBest*1.5, 1.1), seqs(256, 1.5, 1.2)}, 0},
		"less than nearly":   {[]scored{seqs(128, 1.45, 1.1), seqs(256, 1.5, 1.2)}, 1},
		"nearer, of equals":  {[]scored{seqs(512, 1.5, 1.2), seqs(32, 1.5, 1.2)}, 1},
		"fewer, of equals":   {[]scored{two, seqs(512, 1.495, 1.2)}, 1},
		"the best has fewer": {[]scored{seqs(512, 1.5, 1.2), two}, 0},
		"another flag is not nearer": {[]scored{seqs(512, 1.5, 1.2),
			triedChange(vllm.MaxNumBatchedTokens, 2048., 2049., 1.499, 1.2)}, 0},
		"both hold all, one hardly": {[]scored{open(128, 1.52, 0.91), open(256, 1.5, 0.97)}, 1},
		"both hold all alike":       {[]scored{open(128, 1.5, 0.969), open(256, 1.505, 0.97)}, 0},
		"one holds all":             {[]scored{open(128, 1.5, 0.91), seqs(256, 1.6, 1.2)}, 1},
		"from what nobody told":     {[]scored{triedChange(vllm.MaxNumSeqs, nil, 64., 1.5, 1.2), seqs(512, 1.49, 1.2)}, 1},
	} {
		got, ok := surest(c.all, 1.005)
		if ok != (c.want >= 0) || ok && got.effect != c.all[c.want].effect {
			t.Errorf("%s: %v, %+v", name, ok, got)
		}
		if ok && got.changes[0].To != c.all[c.want].changes[0].To {
			t.Errorf("%s: %+v", name, got.changes)
		}
	}
}

// The best change of each flag is joined with that of each other, where one is worthwhile and the other does no harm.
func TestPairsOfChanges(t *testing.T) {
	budget := func(ratio float64) scored { return triedChange(vllm.MaxNumBatchedTokens, 8192., 512., ratio, 1) }
	for _, c := range []struct {
		seqs, budget float64
		want         bool
	}{{1.021, 0.981, true}, {0.981, 1.021, true}, {1.02, 0.981, false}, {1.02, 1.02, false}, {1.021, 0.98, false},
		{0.98, 1.021, false}} {
		seqs := triedChange(vllm.MaxNumSeqs, 64., 128., c.seqs, 1)
		got := pairs([]scored{seqs, budget(c.budget), triedChange(vllm.MaxNumSeqs, 64., 256., 1.9, 1)})
		if len(got) > 1 || (len(got) == 1) != c.want {
			t.Errorf("%+v: %d pairs", c, len(got))
		}
		if len(got) == 1 && (len(got[0].changes) != 2 || got[0].changes[0].To != 128. || got[0].changes[1].To != 512.) {
			t.Errorf("%+v", got[0].changes)
		}
	}
	both := budget(1.5)
	both.changes = append(both.changes, Change{Flag: vllm.MaxNumSeqs})
	if got := pairs([]scored{both, triedChange(vllm.MaxNumSeqs, 64., 128., 1.5, 1)}); len(got) > 0 {
		t.Errorf("a flag is changed twice: %+v", got[0].changes)
	}
}

func TestGains(t *testing.T) {
	for _, c := range [][3]float64{{3, 2, 1.5}, {1, 0, math.Inf(1)}, {0, 0, 1}, {0, 2, 0}} {
		if got := gain(c[0], c[1]); got != c[2] {
			t.Errorf("%v over %v: %v", c[0], c[1], got)
		}
	}
	for want, ratio := range map[string]float64{"nothing": 1.004, "+1 %": 1.006, "-1 %": 0.994, "+12 %": 1.12} {
		if got := gainWord(ratio); got != want {
			t.Errorf("%v: %q, want %q", ratio, got, want)
		}
	}
}

// A model that does not see the objective break where the run has it judges no setting.
func TestAModelThatContradictsTheRun(t *testing.T) {
	for _, c := range []struct {
		state analysis.HeldState
		held  capacity
		want  bool
	}{
		{analysis.Held, capacity{load: 9}, false}, {analysis.Held, capacity{none: true}, true},
		{analysis.Held, capacity{open: true}, true}, {analysis.HeldAtLeast, capacity{open: true}, false},
	} {
		a := &Advice{Held: analysis.HeldLoad{State: c.state}}
		if got := a.contradicted(c.held); got != c.want || got != (a.Grade == analysis.GradeD) {
			t.Errorf("%+v: %v, %+v", c, got, a)
		}
	}
}

// A model is asked for the goal, and never for all of some hundred requests.
func TestTheGoalThatAModelIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		state      analysis.HeldState
		goal, want float64
	}{{analysis.HeldNot, 0.9, 0}, {analysis.Held, 0.9, 0.9}, {analysis.Held, 0.999, provable}} {
		if got := (&Advice{Held: analysis.HeldLoad{State: c.state, Goal: c.goal}}).goal(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// The statistic of a clause is its time at the quantile that the goal asks for, and at most p99.
func TestTheStatisticOfAClause(t *testing.T) {
	o := outcome{answers: []judged{{ttft: 1, tpot: 2, gap: 3, e2e: 4}}}
	for _, c := range []struct {
		clause string
		goal   float64
		name   string
		want   float64
	}{{"TTFT", 0.9, "ttft_p90", 1}, {"TTFO", 0.95, "ttft_p95", 1}, {"TPOT", 0.999, "tpot_p99", 2},
		{"the largest gap", 0.9, "largest_gap_p90", 3}, {"E2E", 0.975, "e2e_p97.5", 4}} {
		got := statisticOf(c.clause, c.goal)
		quantile := c.name[strings.LastIndex(c.name, "_")+1:]
		if got.name != c.name || got.of(o) != c.want || !strings.HasSuffix(got.says, " "+quantile) &&
			!strings.HasSuffix(got.says, "'s "+quantile) {
			t.Errorf("%+v: %s, %q, %v", c, got.name, got.says, got.of(o))
		}
	}
}

// Settings are measured from the held load on, and from the lowest level on where none is held.
func TestWhereASearchBegins(t *testing.T) {
	c := &calibration{levels: []*analysis.Point{point(4, 1, analysis.ServerFacts{})}, highest: 64}
	for held, want := range map[float64]float64{7: 7, 0.5: 0.5, 0: 4} {
		y := newYardstick(&Advice{Held: analysis.HeldLoad{State: analysis.Held, Goal: 0.9, Value: held}}, c)
		if y.guess != want || y.highest != 64 || y.goal != 0.9 || y.metric() != "held_load" {
			t.Errorf("held %v: %+v", held, y)
		}
	}
	if y := newYardstick(&Advice{}, c); y.goal != 0 || y.metric() != "output_tokens_per_s" {
		t.Errorf("without an objective: %+v", y)
	}
}

// Where no change is sure, two that may gain more than 2 % are told as trade-offs. Where all asked is met, or more load
// is what is missing, a change is sure only where it clearly matters.
func TestTradeOffs(t *testing.T) {
	s := chat()
	s.levels = []int{8}
	study := s.study(t)
	target := study.Targets[0]
	m, err := newModel(study, target, scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	c := &calibration{model: m, levels: target.Points, highest: 8}
	may := func(to, ratio, lo float64) scored {
		x := triedChange(vllm.MaxNumSeqs, 256., to, ratio, lo)
		x.apply = func(m *model) *model { return m }
		return x
	}
	unsure, small := may(64, 1.2, 0.9), may(64, 1.2, 0.9)
	unsure.effect.Value, small.ratio = worthwhile, worthwhile
	for name, x := range map[string]struct {
		goal      float64
		state     analysis.HeldState
		all       []scored
		changes   int
		tradeOffs []any
	}{
		"sure":                 {0.9, analysis.Held, []scored{may(64, 1.2, 1.04)}, 1, nil},
		"without an objective": {0, analysis.HeldNot, []scored{may(64, 1.2, 1.04)}, 1, nil},
		"2 %": {0.9, analysis.Held, []scored{small, unsure, may(128, 1.021, 0.9)},
			0, []any{128.}},
		"met at all that was played": {0.9, analysis.HeldAtLeast, []scored{may(64, 1.2, 1.04)}, 0, []any{64.}},
		"it matters":                 {0.9, analysis.HeldAtLeast, []scored{may(64, 1.2, 1.051)}, 1, nil},
		"two": {0.9, analysis.Held, []scored{may(32, 1.3, 0.9), may(64, 1.2, 0.9), may(128, 1.1, 0.9)},
			0, []any{32., 64.}},
	} {
		a := &Advice{Target: target, Held: analysis.HeldLoad{State: x.state}}
		a.choose(yardstick{goal: x.goal, highest: 8, guess: 8}, c, m, x.all, x.all)
		var told []any
		for _, c := range a.TradeOffs {
			told = append(told, c.To)
		}
		if len(a.Changes) != x.changes || !slices.Equal(told, x.tradeOffs) {
			t.Errorf("%s: %+v, trade-offs %v", name, a.Changes, told)
		}
	}
	a := &Advice{Target: &analysis.TargetStudy{Points: []*analysis.Point{
		point(4, 250, analysis.ServerFacts{Known: true}), point(8, 500, analysis.ServerFacts{Known: true})}}}
	sure := []scored{may(64, 1.2, 1.04)}
	if a.choose(yardstick{highest: 8, guess: 8}, c, m, sure, sure); len(a.Changes) > 0 || len(a.TradeOffs) != 1 {
		t.Errorf("while throughput still rises with the load: %+v", a.Changes)
	}
}

// What a change does to the clause that breaks is told from where the run has it, not from where the model does; where
// the clause gets no better it is no reason.
func TestClausesAreToldFromTheRun(t *testing.T) {
	s := with(chat(), scenarios.Objective{TPOT: 12 * ms, Attainment: 0.9}).study(t)
	a := begin(s, s.Targets[0])
	m, err := newModel(s, s.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	c := &calibration{model: m, played: pointsOf(s.Targets[0], scenarios.Closed)}
	at := a.Held.Above
	for i := range at.Observed {
		at.Observed[i].TPOT = 1.5
	}
	y := newYardstick(a, c)
	better := func(m *model) *model {
		out := *m
		p := &out.machine.Profile
		p.Compute, p.Bandwidth = 4*p.Compute, 4*p.Bandwidth
		return &out
	}
	told := y.told(a, c, m, scored{candidate: candidate{[]Change{{Flag: vllm.MaxNumSeqs}}, better},
		effect: stat.Interval{Value: 2, Lo: 1.5, Hi: 3}})
	if !strings.HasSuffix(told[0].Why, "instead of 1.50 s") || told[0].Clause.Ratio >= 1 {
		t.Errorf("%+v, %+v", told[0], told[0].Clause)
	}
	same := y.told(a, c, m, scored{candidate: candidate{[]Change{{Flag: vllm.MaxNumSeqs, Why: "own"}, {}},
		func(m *model) *model { return m }}, effect: stat.Interval{Value: 2, Lo: 1.5, Hi: 3}})
	if same[0].Why != "own" || same[1].Why != "" {
		t.Errorf("%+v", same)
	}
}
