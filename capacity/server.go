package capacity

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/stat"
)

// A Server is one replica, and what it is asked.
type Server struct {
	Target   scenarios.Target
	Scenario *scenarios.Scenario
	Machine  machine.Machine
	Blocks   int
	Source   string  // what stands behind its arithmetic
	Off      float64 // by which share its rate may be off
	Seen     []analysis.Observed
	Held     analysis.HeldLoad // measured; not known of a scenario alone
	Watts    float64           // of all its GPUs at WattsAt output tokens/s; 0: no power was read
	WattsAt  float64

	measured []level // rates that the run played

	asked []asked // drawn once: every play asks the same
}

// A level is a rate of an open loop with the share of requests that were within the objective.
type level struct {
	label string
	rate  float64
	share stat.Interval
	n     int
}

// An asked is one request's lengths.
type asked struct {
	class          string
	prompt, output int
	shared, group  int
}

// By which share a rate may be off: of an engine that follows its run, and of one that nobody measured.
const (
	calibratedOff = 0.08
	assumedOff    = 0.3
)

// FromRun is a server as a run of it leaves it.
func FromRun(s *analysis.Study, t *analysis.TargetStudy) (*Server, error) {
	e, err := advice.Calibrated(s, t)
	if err != nil {
		return nil, fmt.Errorf("%s: its engine cannot be worked out: %w", t.Target.Name, err)
	}
	if !s.Scenario.HasObjective() {
		return nil, noObjective(s.Scenario)
	}
	advice.Read(s) // as a report tells it
	out := &Server{Target: t.Target, Scenario: s.Scenario, Machine: e.Machine, Blocks: e.Blocks, Seen: e.Seen,
		Held: t.Held(s.Scenario), Off: calibratedOff,
		Source: fmt.Sprintf("the engine's arithmetic, calibrated to the run %s (residuals %.1f times those expected)",
			s.Run.Dir, e.Spread)}
	if e.Spread > 2 {
		out.Off = 2 * calibratedOff
	}
	for _, p := range t.Open() {
		if p.Trusted() && p.Attainment.Known() && p.Attainment.N >= 20 {
			out.measured = append(out.measured, level{p.Label, p.Level, p.Attainment.Interval, p.Attainment.N})
		}
	}
	for _, p := range t.Points {
		if p.Trusted() && p.GPU.MeanPower > 0 && p.OutputRate.Value > out.WattsAt {
			out.Watts, out.WattsAt = p.GPU.MeanPower, p.OutputRate.Value
		}
	}
	return out, nil
}

// FromScenario is a server as the simulator has its model, card and flags; nobody measured it.
func FromScenario(sc *scenarios.Scenario, t scenarios.Target) (*Server, error) {
	if !sc.HasObjective() {
		return nil, noObjective(sc)
	}
	m, blocks, err := simulator.Options{Model: t.Model, Config: t.Config, GPU: t.Card, Card: t.OwnCard,
		Flags: t.Settings}.Machine()
	var refused *simulator.Refusal
	switch {
	case errors.As(err, &refused):
		return nil, fmt.Errorf("target %s would not start with its settings: %s", t.Name, refused.Says)
	case err != nil:
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	return &Server{Target: t, Scenario: sc, Machine: m, Blocks: blocks, Off: assumedOff,
		Source: "the simulator's arithmetic of its model, card and settings; nobody measured this server"}, nil
}

func noObjective(sc *scenarios.Scenario) error {
	return fmt.Errorf("%s has no objective, and without one any number of replicas will do: add "+
		"objective: {ttft: 1s, tpot: 50ms, attainment: 99%%}", sc.Name)
}

// draw draws the lengths of so many requests, with the classes in a demand's shares.
func (s *Server) draw(d Demand, n int) error {
	if len(s.Seen) > 0 {
		return s.drawSeen(d, n)
	}
	sc := *s.Scenario
	sc.Prompts = nil
	for _, c := range s.Scenario.Prompts {
		if d.Classes != nil {
			c.Weight = d.Classes[c.Name]
		}
		if c.Weight > 0 {
			sc.Prompts = append(sc.Prompts, c)
		}
	}
	mix := scenarios.NewMix(&sc, scenarios.Step{Seed: 31})
	if mix.Turns() > 1 {
		return fmt.Errorf("sessions of several turns are not planned for: their later turns follow the answers")
	}
	for i := range n {
		p := mix.Prompt(i, 0)
		if p.InputTokens == 0 {
			return fmt.Errorf("the tokens of the class %s are not known before a server counts them: measure it first and "+
				"plan from the run", p.Class)
		}
		s.asked = append(s.asked, asked{class: p.Class, prompt: p.InputTokens, output: max(1, p.MaxTokens)})
	}
	return nil
}

func (s *Server) drawSeen(d Demand, n int) error {
	by, weights, sum := map[string][]analysis.Observed{}, map[string]float64{}, 0.0
	for _, o := range s.Seen {
		by[o.Class] = append(by[o.Class], o)
	}
	for _, c := range s.Scenario.Prompts {
		weights[c.Name] = c.Weight
		if d.Classes != nil {
			weights[c.Name] = d.Classes[c.Name]
		}
		if sum += weights[c.Name]; weights[c.Name] > 0 && len(by[c.Name]) == 0 {
			return fmt.Errorf("the run has no whole answer of the class %s, so its lengths are not known", c.Name)
		}
	}
	for group, c := range s.Scenario.Prompts {
		for _, o := range evenly(by[c.Name], int(math.Ceil(float64(n)*weights[c.Name]/sum))) {
			s.asked = append(s.asked, asked{c.Name, max(1, o.Prompt), o.Output, o.Cached, group})
		}
	}
	rng := rand.New(rand.NewPCG(31, 37))
	rng.Shuffle(len(s.asked), func(i, j int) { s.asked[i], s.asked[j] = s.asked[j], s.asked[i] })
	return nil
}

// evenly are n of a class's answers, spread over all by their length, so that the mean one is as long as those seen.
func evenly(seen []analysis.Observed, n int) (out []analysis.Observed) {
	seen = slices.Clone(seen)
	slices.SortStableFunc(seen, func(a, b analysis.Observed) int { return cmp.Compare(a.Output, b.Output) })
	for i := range n {
		out = append(out, seen[(2*i+1)*len(seen)/(2*n)])
	}
	return out
}

// meanOutput is the mean answer that is asked for, tokens.
func (s *Server) meanOutput() float64 {
	sum := 0.0
	for _, a := range s.asked {
		sum += float64(a.output)
	}
	return sum / float64(len(s.asked))
}

// gpus of one replica.
func (s *Server) gpus() int { return max(1, s.Machine.TP) }

// clearly is how far apart two shares are that contradict each other, beyond both sides of the goal.
const clearly = 0.1

// contradicted is why the arithmetic of a run must not be planned with: at a rate that the run played it keeps the
// objective where the server clearly did not, or the other way round.
func (s *Server) contradicted() error {
	goal := s.Scenario.Goal()
	if len(s.measured) == 0 {
		return nil
	}
	own := *s // asked as it was in the run, whatever the demand asks
	if err := own.draw(Demand{}, count(goal)); err != nil {
		return err
	}
	for _, l := range s.measured {
		out, err := own.play(Demand{}, l.rate, 1, Balancers[0])
		if err != nil {
			return err
		}
		model := out.share.Value
		if model >= goal && l.share.Hi < goal-clearly || model < goal-clearly && l.share.Lo >= goal {
			return fmt.Errorf("the step model contradicts the run that it was calibrated to: at %s it keeps the objective for "+
				"%s of the requests, the run did for %s of %d. No plan is made from it: play levels around the load that is "+
				"held, or plan from the scenario",
				l.label, percent(model), percent(l.share.Value), l.n)
		}
	}
	return nil
}
