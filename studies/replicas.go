package studies

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"loadgen/capacity"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
)

// A planned is a plan from a deployment's run beside brute force on its world.
type planned struct {
	deployment
	Rate   float64 // requests/s, the demand
	Said   []int   // replicas, by balancer
	True   []int
	Reason string // why there is no plan; empty: there is one
}

// plan searches a deployment's rate as the tool does, plans from that run for a demand of some replicas, and works out
// the truth.
func (d deployment) plan(dir string, seed uint64) (out planned, ok bool) {
	out = planned{deployment: d}
	before, _, _ := strings.Cut(d.YAML, "load:")
	text := before + "load: {find: rate, preset: quick}\n"
	sc, err := scenarios.Parse("study.yaml", []byte(text))
	if err != nil {
		return out, false
	}
	d.Scenario, d.YAML = sc, text
	s, err := d.play(dir, 0)
	if err != nil || len(s.Targets) == 0 {
		return out, false
	}
	h := s.Targets[0].Held(sc)
	if h.Value <= 0 {
		return out, false
	}
	out.Rate = h.Value * (1.2 + 4*rand.New(rand.NewPCG(seed, 3)).Float64())
	server, err := capacity.FromRun(s, s.Targets[0])
	if err != nil {
		out.Reason = err.Error()
		return out, true
	}
	p, err := capacity.Make(capacity.Demand{Rate: out.Rate, Growth: 1}, server)
	if err != nil {
		out.Reason = err.Error()
		return out, true
	}
	for i, b := range capacity.Balancers {
		k := d.bruteForce(out.Rate, b.Route)
		if k == 0 {
			return out, false
		}
		out.Said, out.True = append(out.Said, p.Answers[i].Replicas), append(out.True, k)
	}
	return out, true
}

// bruteForce counts the replicas of the world that keep the goal; 0: not even twenty do.
func (d deployment) bruteForce(rate float64, route machine.Route) int {
	m, blocks, err := d.options(nil).Machine()
	if err != nil {
		return 0
	}
	rng := rand.New(rand.NewPCG(51, 53))
	mix := scenarios.NewMix(d.Scenario, scenarios.Step{Seed: 77})
	requests, classes := make([]machine.Served, judgedOpen/2), make([]string, judgedOpen/2)
	at := 0.0
	for i := range requests {
		p := mix.Prompt(i, 0)
		at += rng.ExpFloat64() / rate
		requests[i] = machine.Served{Prompt: max(1, p.InputTokens), Output: max(1, p.MaxTokens),
			Arrival: time.Duration(at * 1e9)}
		classes[i] = p.Class
	}
	for k := 1; k <= 20; k++ {
		got, err := m.ReplayBehind(k, blocks, route, requests, 9)
		if err != nil {
			return 0
		}
		met := 0.0
		from := len(got) / 10
		for i := from; i < len(got); i++ {
			if marginOf(got[i], d.Scenario.ObjectiveOf(classes[i])) <= 1 {
				met++
			}
		}
		if met/float64(len(got)-from) >= d.Scenario.Goal() {
			return k
		}
	}
	return 0
}

// off is by how many replicas a plan is wrong at most, and whether it is short anywhere.
func (p planned) off() (most int, short bool) {
	for i := range p.Said {
		most = max(most, int(math.Abs(float64(p.Said[i]-p.True[i]))))
		short = short || p.Said[i] < p.True[i]
	}
	return most, short
}
