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

// A search that was given a time ends in it, but for the step that was begun; so does one that no load keeps the
// objective of, which goes no lower than the time that is left lets requests come.
func TestSearchKeepsItsTime(t *testing.T) {
	for _, c := range []struct {
		Search
		limit float64 // load that is held
		most  float64 // s
	}{
		{Search{Loop: scenarios.Open, Start: 2, Least: 0.01, Within: 1200}, 6, 1400},
		{Search{Loop: scenarios.Open, Start: 8, Least: 0.01, Within: 300}, 1e-6, 300},
		{Search{Loop: scenarios.Closed, Start: 4, Least: 1, Within: 300, Each: 8}, 1e-6, 300},
	} {
		s := c.Search
		s.Goal, s.Evidence = 0.99, 1
		r := response{s.Goal, c.limit, 12}
		var seen []Seen
		took := 0.0
		for next, more := s.Next(seen); more; next, more = s.Next(seen) {
			if took > s.Within {
				t.Fatalf("%+v: step %d begins after %.0f s", c, len(seen)+1, took)
			}
			rate, n := next.Load, float64(next.Requests)
			if s.Loop == scenarios.Closed {
				rate /= s.Each
			}
			one := 20 + n/rate
			took += one
			seen = append(seen, Seen{Confirm: next.Confirm, Requests: next.Requests, Took: one, Rate: rate,
				Trial: stat.Trial{Load: next.Load, Share: r.share(next.Load), N: n, Requests: n}})
		}
		if took > c.most || s.Confirmed(seen) == 0 != (c.limit < s.Least) {
			t.Errorf("%+v: %.0f s in %d steps, %.3g confirmed", c, took, len(seen), s.Confirmed(seen))
		}
	}
}
