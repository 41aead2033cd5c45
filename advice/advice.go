// Package advice answers what to change. It builds the arithmetic of a target's engine, calibrated to its own run,
// finds the load and the clause where the objective breaks, searches the settings that move it, and advises a change
// only where the interval of its effect excludes no gain. It sees what a run directory shows, never a simulator's
// truth.
package advice

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// A Change is one setting, old → new, and what it is expected to do.
type Change struct {
	Flag   string         `json:"flag"`
	From   any            `json:"from"` // nil: not known
	To     any            `json:"to"`
	Grade  analysis.Grade `json:"grade"`
	Effect *Effect        `json:"effect,omitempty"`
	// on the statistic that breaks the objective, at the level where it breaks
	Clause  *Effect `json:"clause_effect,omitempty"`
	Why     string  `json:"why,omitempty"`
	Caution string  `json:"caution,omitempty"`
	With    string  `json:"with,omitempty"` // of a trade-off: the setting that vLLM asks to change with it

	lower bool // To is below the present value
}

// An Effect is a predicted ratio new ÷ old of a metric, with 95 % bounds. Metric held_load is requests/s at the held
// load, output_tokens_per_s the rate at the highest load played. AtLeast: the new setting still holds 1.5 times the
// highest load that was played, beyond which nothing is told.
type Effect struct {
	Metric string  `json:"metric"`
	At     string  `json:"at,omitempty"`
	Ratio  float64 `json:"ratio"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`

	AtLeast bool `json:"at_least,omitempty"`
}

// An Advice is what one target's run says about its settings.
type Advice struct {
	Target *analysis.TargetStudy
	Held   analysis.HeldLoad

	Bottleneck string // one of the closed list; empty where nothing can be concluded
	Says       string
	At         string   // the level whose data say so
	Because    []string // evidence
	Grade      analysis.Grade
	Changes    []Change // advised; none: keep
	TradeOffs  []Change // what moves something, but not certainly for the better
	Examined   []string // other causes and settings, with the numbers that rule them out
	Unexamined []string // and those that this run cannot tell of, with why
	Lift       string   // what would lift the grade
}

// Of is the advice on every target of a study that has a load.
func Of(s *analysis.Study) []*Advice {
	return ofLoaded(s, func(t *analysis.TargetStudy) *Advice { return on(s, t) })
}

// ofLoaded is what is said of every target that has a load.
func ofLoaded(s *analysis.Study, of func(*analysis.TargetStudy) *Advice) []*Advice {
	loaded := slices.DeleteFunc(slices.Clone(s.Targets), func(t *analysis.TargetStudy) bool { return len(t.Points) == 0 })
	out := make([]*Advice, len(loaded))
	each(len(loaded), func(i int) { out[i] = of(loaded[i]) })
	return out
}

// begin is an advice that knows what the levels say by themselves.
func begin(s *analysis.Study, t *analysis.TargetStudy) *Advice {
	return &Advice{Target: t, Held: t.HeldByLevels(s.Scenario)}
}

func on(s *analysis.Study, t *analysis.TargetStudy) *Advice {
	a := begin(s, t)
	loop := a.loop()
	points := pointsOf(t, loop)
	if len(points) == 0 {
		a.Says = "no level can be trusted, so nothing is concluded"
		if slices.ContainsFunc(t.Points, func(p *analysis.Point) bool { return p.Summarised }) {
			a.Says = "an imported summary does not show what holds the server back"
		}
		return a
	}
	a.At = points[len(points)-1].Label
	a.Unexamined = append(a.Unexamined, vllm.TensorParallelSize+
		": needs a run of its own: the same load with another value, then compare")
	m, err := newModel(s, t, loop)
	if err != nil {
		a.notModelled(points, err)
		return a
	}
	search(s, a, m.calibrate(a))
	return a
}

// loop is the one that is judged: that of the held load, else the closed one where it was played.
func (a *Advice) loop() scenarios.Loop {
	switch {
	case a.Held.Known():
		return a.Held.Loop
	case len(a.Target.Closed()) == 0:
		return scenarios.Open
	}
	return scenarios.Closed
}

// notModelled says what the server's own gauges show where no arithmetic stands behind them.
func (a *Advice) notModelled(points []*analysis.Point, why error) {
	a.Grade = analysis.GradeD
	a.Unexamined = append([]string{"effects of settings: " + why.Error()}, a.Unexamined...)
	last := points[len(points)-1]
	seqs, told := a.Target.Settings.Int(vllm.MaxNumSeqs)
	f := last.Server
	switch {
	case !f.Known:
		a.Says = "the bottleneck is unknown: the server shows no /metrics that tell it"
	case f.KVKnown && f.KVMax >= 0.95 && last.Queued():
		a.Bottleneck, a.Says = "kv-memory", fmt.Sprintf("requests wait at %s while the KV pool is full", last.Label)
	case told && last.Queued() && f.RunningMax >= float64(seqs):
		a.Bottleneck, a.Says = "max-num-seqs", fmt.Sprintf("requests wait at %s while max-num-seqs %d run; a higher value "+
			"may or may not hold more, since the engine slows down with every request", last.Label, seqs)
	case !last.Queued():
		a.Bottleneck, a.Says = "none", fmt.Sprintf("no requests queued before the server up to %s", last.Label)
	default:
		a.Says = "requests queue before the server, and its gauges do not say why"
	}
	a.Lift = "play the setting that is in question, and compare"
	if u, ok := errors.AsType[unknown](why); ok {
		a.Lift = u.lift
	}
}

// A Setting is one of the four advised flags of a target: its present value, and what it should become.
type Setting struct {
	Flag   string
	From   any    // nil: nobody told
	Told   string // who told the present value
	Change *Change
}

// Settings is the four flags, each kept or changed.
func (a *Advice) Settings() []Setting {
	var out []Setting
	for _, flag := range vllm.Advised {
		s := Setting{Flag: flag, From: a.Target.Settings[flag], Told: a.Target.Told[flag]}
		if i := slices.IndexFunc(a.Changes, func(c Change) bool { return c.Flag == flag }); i >= 0 {
			s.Change = &a.Changes[i]
		}
		out = append(out, s)
	}
	return out
}

// Command is the changed flags as they stand on a vllm serve command line; empty when nothing changes.
func (a *Advice) Command() string {
	if len(a.Changes) == 0 {
		return ""
	}
	parts := []string{"vllm serve " + a.Target.Target.Model}
	for _, c := range a.Changes {
		parts = append(parts, "--"+c.Flag+" "+analysis.Value(c.To))
	}
	return strings.Join(parts, " \\\n    ")
}

func rounded(v float64) string { return locale.English.Number(v) }
