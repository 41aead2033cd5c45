package studies

import (
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
	Shares []float64 // of requests within the objective on as many as were said
	Reason string    // why there is no plan; empty: there is one
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
	w, err := d.fleet(out.Rate)
	if err != nil {
		return out, false
	}
	for i, b := range capacity.Balancers {
		k := w.fewest(b.Route)
		if k == 0 {
			return out, false
		}
		said := p.Answers[i].Replicas
		out.Said, out.True = append(out.Said, said), append(out.True, k)
		out.Shares = append(out.Shares, w.share(said, b.Route, judgedOpen))
	}
	return out, true
}

// A fleet is a demand on replicas of a world.
type fleet struct {
	machine.Machine
	blocks   int
	sc       *scenarios.Scenario
	requests []machine.Served
	classes  []string
}

func (d deployment) fleet(rate float64) (f fleet, err error) {
	f.sc = d.Scenario
	if f.Machine, f.blocks, err = d.options(nil).Machine(); err != nil {
		return f, err
	}
	rng, lengths := rand.New(rand.NewPCG(51, 53)), rand.New(rand.NewPCG(51, 54))
	mix := scenarios.NewMix(d.Scenario, scenarios.Step{})
	at := 0.0
	for range judgedOpen {
		at += rng.ExpFloat64() / rate
		class, r := ask(mix, lengths)
		r.Arrival = time.Duration(at * 1e9)
		f.requests, f.classes = append(f.requests, r), append(f.classes, class)
	}
	return f, nil
}

// fewest counts the replicas that keep the goal; 0: not even twenty do.
func (f fleet) fewest(route machine.Route) int {
	goal := f.sc.Goal()
	for k := 1; k <= 20; k++ {
		if f.share(k, route, judgedFirst) > goal-hopeless && f.share(k, route, judgedOpen) >= goal {
			return k
		}
	}
	return 0
}

// hopeless is how far below the goal the share of a few requests tells enough.
const hopeless = 0.1

// share is that of the first so many requests, but for the first tenth, within the objective on k replicas.
func (f fleet) share(k int, route machine.Route, n int) float64 {
	got, err := f.ReplayBehind(k, f.blocks, route, f.requests[:n], 9)
	if err != nil {
		panic(err)
	}
	met := 0
	for i := n / 10; i < n; i++ {
		if marginOf(got[i], f.sc.ObjectiveOf(f.classes[i])) <= 1 {
			met++
		}
	}
	return float64(met) / float64(n-n/10)
}
