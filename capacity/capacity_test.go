package capacity

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/scenarios"
	"loadgen/stat"
)

const some = `version: 1
targets: {a: {url: "http://a:8000", model: Qwen/Qwen3-8B, card: A100, settings: {max-model-len: 8192}}}
prompts:
  chat: {weight: 3, input: {uniform: [100, 700]}, output: {uniform: [20, 120]}}
  doc: {weight: 1, input: {uniform: [2000, 3000]}, output: {fixed: 30}}
load: {find: rate}
objective: {ttft: 1s, tpot: 50ms, attainment: 90%}
`

func server(t *testing.T, yaml string) *Server {
	t.Helper()
	sc, err := scenarios.Parse("some.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	s, err := FromScenario(sc, sc.Targets[0])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What a person writes is read, with peak and growth.
func TestAsksAreRead(t *testing.T) {
	sc := server(t, some).Scenario
	for _, c := range []struct {
		ask  Ask
		want Demand
	}{
		{Ask{Demand: "12/s"}, Demand{Rate: 12}},
		{Ask{Demand: "120/min", Peak: 2, Growth: 0.5}, Demand{Rate: 6}},
		{Ask{Demand: "7200/h"}, Demand{Rate: 2}},
		{Ask{Demand: "chat=3/s, doc=1/s", Growth: 1},
			Demand{Rate: 8, Classes: map[string]float64{"chat": 0.75, "doc": 0.25}}},
		{Ask{Demand: "50 users", Think: 20 * time.Second, Peak: 2}, Demand{Users: 100, Think: 20 * time.Second}},
	} {
		d, err := c.ask.Read(sc)
		if err != nil || math.Abs(d.Rate-c.want.Rate) > 1e-9 || d.Users != c.want.Users || d.Think != c.want.Think ||
			fmt.Sprint(d.Classes) != fmt.Sprint(c.want.Classes) {
			t.Errorf("%+v: %+v, %v", c.ask, d, err)
		}
	}
}

// What cannot be planned for is told in a sentence.
func TestBadAsks(t *testing.T) {
	sc := server(t, some).Scenario
	empty := filepath.Join(t.TempDir(), "empty.csv")
	if err := os.WriteFile(empty, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for ask, want := range map[string]string{"": "empty", "0/s": "no request at all", "0 users": "at least one user",
		"-5/s": "no request at all", "-5 users": "at least one user", "chat=-1/s": "no request at all",
		"9 users": "think time", "chat=1/s,pdf=1/s": "no class of prompts",
		"chat=1/s,chat=2/s": "stands twice", "chat=fast": "expected a rate", "12": "neither a rate",
		empty: "expected two different times"} {
		if _, err := (Ask{Demand: ask}).Read(sc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q in it", ask, err, want)
		}
	}
}

// Counts of Poisson arrivals disperse by one, those that come in fives by five.
func TestDispersion(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var lone, fives []time.Duration
	for at := 0.0; at < 3600; at += rng.ExpFloat64() / 4 {
		lone = append(lone, time.Duration(at*1e9))
		for range 5 {
			fives = append(fives, time.Duration(at*1e9))
		}
	}
	for _, width := range []int{1, 10, 60} {
		if a, b := dispersion(lone, 0, time.Hour, width), dispersion(fives, 0, time.Hour, width); math.Abs(a-1) > 0.4 ||
			math.Abs(b/5-1) > 0.4 {
			t.Errorf("in windows of %d s: %.2f and %.2f", width, a, b)
		}
	}
}

// A last part of an hour that is shorter than a minute has no rate, and decides nothing.
func TestScrapOfAnHour(t *testing.T) {
	r := newRecording(&scenarios.Trace{Stamps: []time.Duration{0, time.Minute, 10 * time.Minute, time.Hour,
		time.Hour + time.Second/2, time.Hour + time.Second}}, 1)
	if len(r.Hours) != 2 || r.Hours[0].scrap() || !r.Hours[1].scrap() || r.deciding().Index != 0 {
		t.Errorf("three requests in an hour and three in a second after it: %+v", r.Hours)
	}
}

// A recording's busiest hour decides, and growth keeps its shape.
func TestRecordingGrows(t *testing.T) {
	tr := &scenarios.Trace{}
	for i := range 7200 {
		at := time.Duration(i) * time.Second
		tr.Stamps = append(tr.Stamps, at)
		if i >= 3600 {
			tr.Stamps = append(tr.Stamps, at+300*time.Millisecond)
		}
	}
	now, grown := newRecording(tr, 1), newRecording(tr, 1.5)
	if h := now.deciding(); h.Index != 1 || h.Requests != 7200 || math.Abs(h.Rate-2) > 0.01 {
		t.Errorf("the hour that decides is %+v", h)
	}
	if n := float64(len(grown.Stamps)) / float64(len(now.Stamps)); math.Abs(n-1.5) > 0.03 ||
		!slices.IsSorted(grown.Stamps) || grown.deciding().Index != 1 {
		t.Errorf("grown by half there are %.2f times as many", n)
	}
	stamps, begins := now.around(now.deciding(), 1000)
	if len(stamps) != 1000 || begins != stamps[200] || stamps[0] != 0 {
		t.Errorf("%d arrivals from %v, judged from %v", len(stamps), stamps[0], begins)
	}
}

// Bursts stay as they are when a recording grows: more of them, no denser ones.
func TestGrowthKeepsBursts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	tr := &scenarios.Trace{}
	for at := 0.0; at < 7200; at += rng.ExpFloat64() / 2 {
		for range 4 {
			tr.Stamps = append(tr.Stamps, time.Duration(at*1e9))
		}
	}
	for _, growth := range []float64{1, 2, 3.5} {
		h := newRecording(tr, growth).deciding()
		if math.Abs(h.Rate/8/growth-1) > 0.1 || math.Abs(h.Dispersion[1]/4-1) > 0.2 || math.Abs(h.Dispersion[10]/4-1) > 0.3 {
			t.Errorf("grown %v times: %+v", growth, h)
		}
	}
}

// A plan is told in French to the last sentence.
func TestAPlanInFrench(t *testing.T) {
	p, err := Make(Demand{Says: "12/s", Rate: 12, Growth: 1.2}, server(t, some))
	if err != nil {
		t.Fatal(err)
	}
	english := p.Document()
	french := english.In(locale.French)
	if got := french.Advice[0]; !strings.Contains(got, "requêtes/s dans l'objectif") || strings.Contains(got, "with") {
		t.Error(got)
	}
	for i, s := range english.Sections {
		for k, said := range slices.Concat(s.Text, s.Notes) {
			told := slices.Concat(french.Sections[i].Text, french.Sections[i].Notes)[k]
			if told == said || strings.Contains(told, " the ") {
				t.Errorf("%q is told as %q", said, told)
			}
		}
	}
}

// A plan's replicas are as many as brute force finds, and one fewer do not hold the demand.
func TestPlanIsBruteForce(t *testing.T) {
	s := server(t, some)
	p, err := Make(Demand{Rate: 25, Growth: 1}, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range p.Answers {
		brute := 0
		for k := 1; brute == 0; k++ {
			if out, err := s.play(p.Demand, 25, k, Balancers[i]); err != nil {
				t.Fatal(err)
			} else if out.share.Value >= p.Goal {
				brute = k
			}
		}
		if a.Replicas != brute || a.Held < 25*0.98 || a.Spare != a.Replicas+1 || a.HeldLess >= 25*1.02 {
			t.Errorf("%s: %+v, and brute force finds %d", a.Balancer, a, brute)
		}
	}
	p.Server.Target.Price = 2
	told, err := json.Marshal(p.Told())
	if err != nil || !strings.Contains(string(told), `"joule_per_output_token":null`) ||
		strings.Contains(string(told), `"cost_per_million_output_tokens":null`) {
		t.Errorf("%s, %v", told, err)
	}
	perHour := 2 * float64(p.Answers[0].Replicas)
	if cost := p.perMillion(p.Answers[0]); math.Abs(cost*p.Answers[0].Output*3600/1e6/perHour-1) > 1e-9 {
		t.Errorf("a million tokens cost %v, an hour %v", cost, perHour)
	}
	if users, err := Make(Demand{Users: 10, Think: time.Second, Growth: 1}, server(t, some)); err != nil ||
		users.Demand.Rate > 10 || users.Demand.Rate < 3 {
		t.Errorf("ten users that think for a second bring %+v requests/s, %v", users, err)
	}
}

// What no number of replicas keeps is said, and so is what would take too many.
func TestNoPlan(t *testing.T) {
	if _, err := Make(Demand{Rate: 1}, server(t, strings.Replace(some, "ttft: 1s", "ttft: 1ms", 1))); err == nil ||
		!strings.Contains(err.Error(), "no number of replicas") {
		t.Errorf("an objective that nothing keeps: %v", err)
	}
	if _, err := Make(Demand{Rate: 1e6}, server(t, some)); err == nil || !strings.Contains(err.Error(), "replicas of") {
		t.Errorf("a demand above anything: %v", err)
	}
	p := &Plan{Demand: Demand{Rate: 5}, Lone: 0.901, Goal: 0.9}
	if err := p.beyond(); err == nil || !strings.Contains(err.Error(), "in 90.1 % of all, hardly more than the 90 %") {
		t.Errorf("requests that keep it alone and never together: %v", err)
	}
	if p.Alone = p.Demand.Rate / mostReplicas; p.beyond() != nil {
		t.Errorf("%d replicas are played: %v", mostReplicas, p.beyond())
	}
}

// Arithmetic that contradicts what its run measured is not planned with, in either direction; what agrees is.
func TestNoPlanFromAContradictedModel(t *testing.T) {
	s := server(t, some)
	for _, c := range []struct {
		rate     float64
		lo, hi   float64
		contrary bool
	}{{1, 0.10, 0.30, true}, {1, 0.95, 0.99, false}, {500, 0.95, 0.99, true}, {500, 0, 0.1, false},
		{1, 0.5, 0.85, false}} {
		s.measured = []level{{"rate", c.rate, stat.Interval{Value: (c.lo + c.hi) / 2, Lo: c.lo, Hi: c.hi}, 200}}
		err := s.contradicted()
		if (err != nil) != c.contrary {
			t.Errorf("%v/s with a share of %v to %v: %v", c.rate, c.lo, c.hi, err)
		}
		if s.asked != nil {
			t.Fatal("the lengths of the check stay for the plan")
		}
	}
	s.measured = nil
	if _, err := Make(Demand{Rate: 0.001}, s); err == nil || !strings.Contains(err.Error(), "one at a time") {
		t.Error(err)
	}
}

// What is asked has the demand's shares of classes and the mean lengths that were seen, not what chance makes of them.
func TestWhatIsAskedIsWhatWasSeen(t *testing.T) {
	s := &Server{Scenario: &scenarios.Scenario{Prompts: []scenarios.PromptClass{{Name: "chat", Weight: 9},
		{Name: "doc", Weight: 1}}}}
	for i := range 50 {
		s.Seen = append(s.Seen, analysis.Observed{Class: "chat", Prompt: 100, Output: 10 * i},
			analysis.Observed{Class: "doc", Prompt: 3000, Output: 7})
	}
	if err := s.draw(Demand{}, 1500); err != nil {
		t.Fatal(err)
	}
	docs, tokens := 0, 0
	for _, a := range s.asked {
		if a.class == "doc" {
			docs++
		} else {
			tokens += a.output
		}
	}
	if len(s.asked) != 1500 || docs != 150 || tokens != 1350*245 {
		t.Errorf("%d requests, %d documents, %d tokens of the others", len(s.asked), docs, tokens)
	}
}
