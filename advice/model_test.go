package advice

import (
	"math"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
)

// A closed loop fills over an answer's length, and settles for two rounds; an open one brings as many requests in its
// time as are due. Twice as many as are in flight are judged at least.
func TestTheLoadOfALevel(t *testing.T) {
	seen := []analysis.Observed{{Class: "a", Prompt: 10, Output: 5}, {Class: "b", Prompt: 20, Output: 6, Cached: 4}}
	m := &model{loop: scenarios.Closed, seen: seen}
	if err := m.life.Fit([]float64{0, 100}, []float64{2, 2}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		level           float64
		count, from, to int
	}{{4, 50, 8, 58}, {4, 7, 8, 16}, {0.2, 50, 2, 52}, {4.6, 50, 10, 60}} {
		d := &desk{}
		from, to := m.load(d, c.level, seen, c.count)
		requests, classes := d.requests, d.classes
		n := c.from / settling
		if from != c.from || to != c.to || len(requests) != c.to+n || len(classes) != len(requests) {
			t.Errorf("%+v: %d to %d of %d", c, from, to, len(requests))
		}
		for i, r := range requests {
			want := time.Duration(0)
			if i < n {
				want = 2 * time.Second * time.Duration(i) / time.Duration(n)
			}
			if r.Arrival-want > 1 || want-r.Arrival > 1 {
				t.Errorf("%+v: request %d comes at %v, want %v", c, i, r.Arrival, want)
			}
			if classes[i] == "b" && (r.Prompt != 20 || r.Output != 6 || r.Shared != 4) {
				t.Errorf("%+v", r)
			}
		}
	}
	m.loop = scenarios.Open
	d := &desk{}
	from, to := m.load(d, 4, seen, 200)
	requests := d.requests
	if from != 120 || to != 320 || len(requests) != 380 || requests[379].Arrival != 95*time.Second {
		t.Errorf("%d to %d of %d, the last after %v", from, to, len(requests), requests[len(requests)-1].Arrival)
	}
	groups := map[string]int{}
	for _, class := range []string{"a", "b", "a"} {
		want := map[string]int{"a": 0, "b": 1}[class]
		if got := asked(&analysis.Observed{Class: class, Cached: 1}, groups); got.Group != want || got.Prompt != 1 {
			t.Errorf("%s: %+v", class, got)
		}
	}
}

// Each limit of an objective is held against its own time; one token has no TPOT.
func TestWhatAnAnswerUsesOfItsLimits(t *testing.T) {
	a := judged{ttft: 1, tpot: 0.2, gap: 3, e2e: 4}
	const s = time.Second
	for _, c := range []struct {
		of     scenarios.Objective
		output int
		want   float64
	}{
		{scenarios.Objective{}, 9, 0}, {scenarios.Objective{TTFT: 2 * s}, 9, 0.5},
		{scenarios.Objective{TTFO: 4 * s}, 9, 0.25},
		{scenarios.Objective{ITL: 2 * s}, 9, 1.5}, {scenarios.Objective{E2E: 5 * s}, 9, 0.8},
		{scenarios.Objective{TPOT: s}, 2, 0.2}, {scenarios.Objective{TPOT: s}, 1, 0},
		{scenarios.Objective{TTFT: 2 * s, E2E: 5 * s}, 9, 0.8},
	} {
		if got := a.ofLimits(c.of, c.output); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %v", c, got)
		}
	}
	m := &model{sc: &scenarios.Scenario{Objective: scenarios.Objective{TTFT: s}}}
	var answers []judged
	for _, first := range []time.Duration{s, s + 1} {
		answers = append(answers, m.judge(machine.Served{First: first, Last: first, Output: 1}, ""))
	}
	if got := within(answers); got != 0.5 || within(nil) != 0 {
		t.Errorf("%v of %+v", got, answers)
	}
}

// Half of the prompts are split by a budget below the median where they were whole.
func TestPromptsAreSplit(t *testing.T) {
	m := &model{}
	for _, prompt := range []int{100, 3000, 600} {
		m.seen = append(m.seen, analysis.Observed{Prompt: prompt})
	}
	for _, c := range []struct {
		from, to int
		want     bool
	}{{600, 599, true}, {8192, 599, true}, {8192, 600, false}, {599, 256, false}} {
		by := *m
		m.machine.Budget, by.machine.Budget = c.from, c.to
		if got := m.splits(&by); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// A share is of the requests that have an objective: those that nothing is asked of keep none.
func TestWhoseShareCounts(t *testing.T) {
	const s = time.Second
	sc := &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat", Objective: &scenarios.Objective{TTFT: s}},
		{Name: "doc", Objective: &scenarios.Objective{TTFT: 3 * s}}, {Name: "batch"}}}
	m := &model{sc: sc}
	var answers []judged
	for _, of := range []string{"chat", "doc", "batch"} {
		for _, first := range []time.Duration{s, 2 * s} {
			answers = append(answers, m.judge(machine.Served{First: first, Last: first, Output: 1}, of))
		}
	}
	if got := within(answers); got != 0.75 {
		t.Errorf("%v of %+v", got, answers)
	}
}
