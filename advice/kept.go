package advice

import (
	"loadgen/analysis"
	"loadgen/results"
)

// Kept is Of that takes advice which was kept with the run, where nothing of the run changed since, and keeps the
// other: thousands of replays stand behind one.
func Kept(s *analysis.Study) []*Advice { return through(s, "advice-", on) }

// Read puts the held load of each target where Kept has it, without a search for what to change: so that a comparison
// and a report read one run alike.
func Read(s *analysis.Study) { through(s, "held-", held) }

// through takes what was kept of each target under a name, or works it out and keeps it.
func through(s *analysis.Study, name string, work func(*analysis.Study, *analysis.TargetStudy) *Advice) []*Advice {
	kept, inputs := s.Run.Kept(), s.Run.Inputs()
	return ofLoaded(s, func(t *analysis.TargetStudy) *Advice {
		a, _ := results.Through(kept, name+t.Target.Name, inputs, func() (*Advice, error) {
			return work(s, t).alone(), nil
		})
		return a.of(s, t)
	})
}

// held is an advice that knows the held load alone.
func held(s *analysis.Study, t *analysis.TargetStudy) *Advice {
	a := begin(s, t)
	if a.Held.State != analysis.Held && !a.Held.Searched {
		return a
	}
	if m, err := newModel(s, t, a.loop()); err == nil {
		c := m.calibrate(a)
		a.refine(c, c.with(c.posterior.Best))
	}
	return a
}

// alone is the advice without what it shares with its study.
func (a *Advice) alone() *Advice {
	out := *a
	out.Target = nil
	out.Held.Below, out.Held.Above, out.Held.Confirmed, out.Held.Line = nil, nil, nil, nil
	return &out
}

// of gives back what alone left out, and the target the held load that was read.
func (a *Advice) of(s *analysis.Study, t *analysis.TargetStudy) *Advice {
	a.Target = t
	now := t.HeldFrom(s.Scenario, a.Held.Loop, a.Held.Belief)
	a.Held.Below, a.Held.Above, a.Held.Confirmed, a.Held.Line = now.Below, now.Above, now.Confirmed, now.Line
	read := a.Held
	t.Modelled = &read
	return a
}
