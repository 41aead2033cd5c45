package sweep

import (
	"strings"
	"testing"
	"time"

	"loadgen/scenarios"
	"loadgen/stat"
)

// Plans keep the time that is given, by their own estimate; more time brings as many levels or more, and no shorter
// windows.
func TestPlansFitTheirTime(t *testing.T) {
	const some = `version: 1
targets: {a: {url: "http://a:8000", model: m}, b: {url: "http://b:8000", model: m}}
prompts: {chat: {input: {fixed: 400}, output: {fixed: 200}}}
load: {concurrency: {from: 1, to: 64}}
`
	sc, err := scenarios.Parse("some.yaml", []byte(some))
	if err != nil {
		t.Fatal(err)
	}
	if same, says := Fit(sc); same != sc || says != nil {
		t.Error("without a time something was chosen")
	}
	var before time.Duration
	for _, within := range []time.Duration{20 * time.Minute, time.Hour, 4 * time.Hour, 100 * time.Hour} {
		limited := *sc
		limited.Within = within
		fitted, says := Fit(&limited)
		var took time.Duration
		for _, g := range Costs(fitted, fitted.Plan("")) {
			took += g.Time
		}
		if took > within || took < before || len(says) != 1 {
			t.Errorf("within %v: %v, after %v in less time; %v", within, took, before, says)
		}
		before = took
	}
	if len(sc.Phases[0].Concurrency.Levels) != 7 || sc.Phases[0].Preset != "" {
		t.Error("the scenario itself was changed")
	}
	limited := *sc
	limited.Within = time.Minute
	if _, says := Fit(&limited); len(says) != 1 || !strings.Contains(says[0], "left out") {
		t.Errorf("within a minute: %v", says)
	}
}

// A search that was given a time ends in it, but for the step that was begun.
func TestSearchKeepsItsTime(t *testing.T) {
	s := Search{Goal: 0.99, Loop: scenarios.Open, Start: 2, Least: 0.01, Evidence: 1, Within: 1200}
	r := response{0.99, 6, 12}
	var seen []Seen
	took := 0.0
	for {
		next, more := s.Next(seen)
		if !more {
			break
		}
		p := r.share(next.Load)
		one := 20 + float64(next.Requests)/next.Load
		if took > s.Within {
			t.Fatalf("step %d begins after %.0f of %.0f s", len(seen)+1, took, s.Within)
		}
		took += one
		seen = append(seen, Seen{Confirm: next.Confirm, Requests: next.Requests, Took: one})
		k := len(seen) - 1
		n := float64(next.Requests)
		seen[k].Trial = stat.Trial{Load: next.Load, Share: p, N: n, Requests: n}
	}
	if took > 1.2*s.Within || s.Confirmed(seen) == 0 {
		t.Errorf("%.0f of %.0f s in %d steps, %.3g confirmed", took, s.Within, len(seen), s.Confirmed(seen))
	}
}
