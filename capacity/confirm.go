package capacity

import (
	"fmt"
	"math"
	"strings"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/reports"
	"loadgen/scenarios"
	"loadgen/stat"
)

// Confirmation is a scenario that plays the demand's peak against so many replicas, all together: the given servers,
// or, where there are none, simulated ones. Each gets an even part of the rate with arrivals of its own, which is what
// a balancer does that sends each request anywhere by chance.
func (p *Plan) Confirmation(urls []string) (*scenarios.Scenario, error) {
	k := p.Answers[0].Replicas
	if len(urls) > 0 && len(urls) != k {
		return nil, fmt.Errorf("%s are given, and the plan is %s behind %s: give as many servers, by their addresses",
			locale.Count(len(urls), "server", "servers"), replicas(k), p.Answers[0].Balancer)
	}
	sc := *p.Server.Scenario
	sc.Name, sc.Within, sc.Targets, sc.Prompts = "confirm", 0, nil, nil
	for i := range k {
		t := p.Server.Target
		t.Name, t.URL, t.Metrics, t.GPUs, t.Together = fmt.Sprintf("%s-%d", p.Server.Target.Name, i+1),
			fmt.Sprintf("http://localhost:%d", 18001+i), nil, nil, k > 1
		if len(urls) > 0 {
			t.URL = strings.TrimRight(strings.TrimSpace(urls[i]), "/")
		}
		sc.Targets = append(sc.Targets, t)
	}
	for _, c := range p.Server.Scenario.Prompts {
		if p.Demand.Classes != nil {
			c.Weight = math.Round(1e6*p.Demand.Classes[c.Name]) / 1e6
		}
		if c.Weight > 0 {
			sc.Prompts = append(sc.Prompts, c)
		}
	}
	rate := scenarios.Rounded(p.Demand.Rate / float64(k))
	sc.Phases = []scenarios.Phase{{Name: "confirm", Rate: []float64{rate}, Arrival: scenarios.Law{Name: "poisson"},
		Repeat:  1,
		Measure: time.Duration(min(max(float64(count(p.Goal))/p.Demand.Rate, 30), 1800)) * time.Second}}
	return &sc, nil
}

// A Comparison is a prediction beside what was played.
type Comparison struct {
	Replicas  int           `json:"replicas"`
	Simulated bool          `json:"simulated"`
	Rate      float64       `json:"requests_per_s"`
	Predicted stat.Interval `json:"predicted_attainment"`
	Seen      stat.Interval `json:"attainment"`
	Requests  int           `json:"requests"`
	Verdict   string        `json:"verdict"`
}

// Compare holds the plan against a run of its confirmation.
func (p *Plan) Compare(s *analysis.Study) (c Comparison, err error) {
	all := s.Replicas
	if len(all) == 0 {
		all = s.Targets
	}
	if len(all) == 0 || len(all[0].Open()) == 0 {
		return c, fmt.Errorf("the replicas were not loaded together for long enough to be judged")
	}
	seen := all[0].Open()[0]
	if !seen.Trusted() {
		return c, fmt.Errorf("the confirmation is not valid: loadgen report %s says why", s.Run.Dir)
	}
	k := p.Answers[0].Replicas
	out, err := p.Server.play(Demand{}, seen.Level, k, balancer{"by chance", byChance})
	if err != nil {
		return c, err
	}
	c = Comparison{Replicas: k, Simulated: s.Run.Manifest.Simulated, Rate: seen.Level, Predicted: out.share,
		Seen: seen.Attainment.Interval, Requests: seen.Attainment.N}
	switch {
	case c.Seen.Lo >= p.Goal:
		c.Verdict = "confirmed: the lower 95 % bound of the share is at or above the goal"
	case c.Seen.Value >= p.Goal:
		c.Verdict = "held, and not proven: the lower 95 % bound of the share is below the goal"
	default:
		c.Verdict = "not held: fewer requests than the goal were within the objective"
	}
	return c, nil
}

// byChance sends each request anywhere.
func byChance(i int, inFlight []int) int {
	z := uint64(i+1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(len(inFlight)))
}

// Section tells a comparison.
func (c Comparison) Section() reports.Section {
	of := "the servers given"
	if c.Simulated {
		of = "simulated servers"
	}
	tab := &reports.Table{Columns: []reports.Column{{Head: ""}, {Head: "within objective", Right: true},
		{Head: "95 %", Right: true}},
		Rows: [][]string{{"predicted", percent(c.Predicted.Value), percent(c.Predicted.Lo) + "–" + percent(c.Predicted.Hi)},
			{"played", percent(c.Seen.Value), percent(c.Seen.Lo) + "–" + percent(c.Seen.Hi)}}}
	return reports.Section{Title: "Confirmation",
		Text: []string{fmt.Sprintf("%s requests/s on %s of %s, %d requests judged: %s.", number(c.Rate), of,
			replicas(c.Replicas), c.Requests, c.Verdict)}, Table: tab,
		Notes: []string{"each replica had arrivals of its own, as behind a balancer that sends each request anywhere by " +
			"chance; the prediction is for the same"}}
}
