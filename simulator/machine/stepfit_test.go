package machine

import (
	"math"
	"testing"
	"time"

	"loadgen/simulator/engine"
)

// Steps of a card whose coefficients are known, mixed of prompts and answers, lead back to how long its steps take.
func TestFromSteps(t *testing.T) {
	m, _ := trace(t)
	m.Profile.Jitter = 0
	secret := m
	secret.Profile.Compute, secret.Profile.Step, secret.Profile.StepSeq = .5, 2*time.Millisecond, 20*time.Microsecond
	length := secret.StepTime(1)
	var l Load
	for i := range 40 {
		var s Stretch
		for j := range 50 {
			step := engine.Step{Index: i*50 + j, Decodes: 1 + i*3, Tokens: 1 + i*3, Sampled: 1 + i*3, Context: (1 + i*3) * 500}
			if j%(2+i%5) == 0 {
				step.Prefills, step.PrefillTokens, step.Tokens = 1, 40*j, step.Tokens+40*j
			}
			s.Steps = append(s.Steps, step)
		}
		s.Took = time.Duration(s.span(length))
		l.Stretches = append(l.Stretches, s)
	}
	before := m.StepError(l)
	m.Profile = m.fromSteps([]Load{l, {}})
	if after := m.StepError(l); before < .1 || after > .02 {
		t.Errorf("%.1f %% before, %.1f %% after", 100*before, 100*after)
	}
	if !math.IsNaN(m.StepError(Load{})) || m.fromSteps([]Load{{}}) != m.Profile {
		t.Error("no steps say something")
	}
}
