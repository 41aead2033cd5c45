package advice

import (
	"loadgen/analysis"
	"loadgen/results"
)

// Kept is Of that takes advice which was kept with the run, where nothing of the run changed since, and keeps the
// other: thousands of replays stand behind one.
func Kept(s *analysis.Study) []*Advice {
	kept, inputs := s.Run.Kept(), s.Run.Inputs()
	return ofLoaded(s, func(t *analysis.TargetStudy) *Advice {
		a, _ := results.Through(kept, "advice-"+t.Target.Name, inputs, func() (*Advice, error) {
			return on(s, t).alone(), nil
		})
		return a.of(s, t)
	})
}

// alone is the advice without what it shares with its study.
func (a *Advice) alone() *Advice {
	out := *a
	out.Target = nil
	out.Held.Below, out.Held.Above, out.Held.Confirmed, out.Held.Line = nil, nil, nil, nil
	return &out
}

// of gives back what alone left out.
func (a *Advice) of(s *analysis.Study, t *analysis.TargetStudy) *Advice {
	now := t.Held(s.Scenario)
	a.Target = t
	a.Held.Below, a.Held.Above, a.Held.Confirmed, a.Held.Line = now.Below, now.Above, now.Confirmed, now.Line
	return a
}
