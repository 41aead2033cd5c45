package scenarios

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// A Loop is how requests follow one another.
type Loop string

const (
	Closed Loop = "closed" // so many in flight; each answer brings the next request
	Open   Loop = "open"   // requests are due at a schedule, whatever happened to earlier ones
	Each   Loop = "each"   // every class so many times, one at a time
)

// A Step is one level of load on one target, once.
type Step struct {
	Index       int     `json:"index"` // from 1, in the order of playing
	Name        string  `json:"name"`  // its directory: "007-mini-n16-r1"
	Phase       string  `json:"phase"`
	Target      string  `json:"target"`
	Loop        Loop    `json:"loop"`
	Concurrency int     `json:"concurrency,omitzero"` // closed: requests in flight
	Rate        float64 `json:"rate,omitzero"`        // open: requests/s
	Arrival     Law     `json:"arrival,omitzero"`     // open
	// open: requests in flight at most; 0: none. A step that it binds is no open loop (V1)
	Cap   int `json:"cap,omitzero"`
	Times int `json:"times,omitzero"` // each: per class
	Rep   int `json:"rep"`            // from 1
	// of prompts, lengths and schedule; equal for the same level and repetition on every target that is loaded alone
	Seed    uint64        `json:"seed"`
	Measure time.Duration `json:"measure_ns,omitzero"` // 0: long enough for the evidence (R2.6)
	Preset  string        `json:"preset,omitzero"`     // how much evidence that is
	// closed: Concurrency users; open: Rate is of sessions, whose later turns follow the answers
	Sessions bool     `json:"sessions,omitzero"`
	Beside   []string `json:"beside,omitempty"` // targets loaded at the same time, at the same level
	// one client's part of a load that several share; Concurrency and Rate are its own
	Shard Shard `json:"shard,omitzero"`

	// a search that is still to be made: its load is not known, and its steps are Tries
	Find     find          `json:"find,omitzero"`
	Try      int           `json:"try,omitzero"`       // which step of a search, from 1; 0: of none
	Requests int           `json:"requests,omitzero"`  // of a search: as many as its window must hold
	Within   time.Duration `json:"within_ns,omitzero"` // what a search may take; 0: as long as it needs
	Confirm  bool          `json:"confirm,omitzero"`   // of a search: it confirms what was found
	Stop     Stop          `json:"stop,omitzero"`      // open: when later levels are left out

	// closed: later levels of this target, phase and repetition may be left out
	StopWhenSaturated bool `json:"stop_when_saturated,omitzero"`
}

// Level is the step's load as one number: requests in flight or requests/s.
func (s Step) Level() float64 {
	if s.Loop == Open {
		return s.Rate
	}
	return float64(max(1, s.Concurrency))
}

// Label is the level as a person writes it: "n16", "4/s", "4/s gamma", "each 3", "n16 shard 1/2".
func (s Step) Label() string {
	if s.Shard.Of > 0 {
		return fmt.Sprintf("%s shard %d/%d", s.Whole().Label(), s.Shard.Index, s.Shard.Of)
	}
	if s.Find != "" {
		return "find " + string(s.Find)
	}
	if s.Confirm {
		s.Confirm = false
		return fmt.Sprintf("%s to confirm", s.Label())
	}
	switch s.Loop {
	case Open:
		label := strconv.FormatFloat(s.Rate, 'g', 4, 64) + "/s"
		if s.Arrival.String() != s.Arrival.Name { // it has parameters
			label += " " + s.Arrival.Name
		}
		if s.Sessions {
			label += " sessions"
		}
		return label
	case Each:
		return fmt.Sprintf("each %d", s.Times)
	}
	return fmt.Sprintf("n%d", s.Concurrency)
}

// LoopName is how the step's loop is called: a schedule of sessions is partly open.
func (s Step) LoopName() string {
	if s.Loop == Open && s.Sessions {
		return "partly open"
	}
	return string(s.Loop)
}

// A Plan is what a scenario asks for, step by step.
type Plan struct {
	Steps []Step `json:"steps"`
}

// Of is the part of a plan that has these targets.
func (p Plan) Of(has func(target string) bool) (out Plan) {
	for _, st := range p.Steps {
		if has(st.Target) {
			out.Steps = append(out.Steps, st)
		}
	}
	return out
}

// Plan lays out every step: phase by phase, repetition by repetition, target by target, levels rising; targets that are
// loaded together go level by level. Each repetition is a block with every target in an order of its own, so that what
// drifts in time does not look like a target's doing (R3.7). phase, when not empty, keeps that phase only; an unknown
// one gives an empty plan.
func (s *Scenario) Plan(phase string) Plan {
	var p Plan
	for _, ph := range s.Phases {
		if phase != "" && ph.Name != phase {
			continue
		}
		for rep := 1; rep <= ph.Repeat; rep++ {
			for _, set := range together(ph, s.block(ph, rep)) {
				p.Steps = append(p.Steps, s.abreast(ph, set, rep)...)
			}
		}
	}
	for i := range p.Steps {
		st := &p.Steps[i]
		st.Index = i + 1
		st.Name = st.Directory()
	}
	return p
}

// block is the order of the targets in one repetition: the file's in the first, shuffled by the seed in later ones.
func (s *Scenario) block(ph Phase, rep int) []Target {
	out := slices.Clone(s.Targets)
	if rep > 1 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(ph.Name))
		r := rand.New(rand.NewPCG(s.Seed^h.Sum64(), uint64(rep)))
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// together parts a block's targets into sets that are loaded at the same time: one of all that say so, at the place of
// its first, and each other target by itself. The requests of `each` are always alone.
func together(ph Phase, block []Target) [][]Target {
	var out [][]Target
	set := -1
	for _, t := range block {
		switch {
		case !t.Together || ph.Each > 0:
			out = append(out, []Target{t})
		case set < 0:
			set = len(out)
			out = append(out, []Target{t})
		default:
			out[set] = append(out[set], t)
		}
	}
	return out
}

// abreast are the steps of targets that are loaded together: the first level of each, then the second of each.
func (s *Scenario) abreast(ph Phase, set []Target, rep int) []Step {
	var ladders [][]Step
	for _, t := range set {
		var beside []string
		for _, o := range set {
			if o.Name != t.Name {
				beside = append(beside, o.Name)
			}
		}
		ladders = append(ladders, s.levels(ph, t, rep, beside))
	}
	var out []Step
	for level := range ladders[0] {
		for _, l := range ladders {
			out = append(out, l[level])
		}
	}
	return out
}

// Directory is what the step's directory is called: "007-mini-n16-r1", a shard's "007-mini-n16-r1-s2", that of a
// search's third step "007.03-mini-q12.5-r1".
func (s Step) Directory() string {
	index := fmt.Sprintf("%03d", s.Index)
	if s.Try > 0 {
		index += fmt.Sprintf(".%02d", s.Try)
	}
	name := fmt.Sprintf("%s-%s-%s-r%d", index, s.Target, directoryLabel(s.Whole()), s.Rep)
	if s.Shard.Of > 0 {
		name += fmt.Sprintf("-s%d", s.Shard.Index)
	}
	return name
}

func directoryLabel(s Step) string {
	if s.Find != "" {
		return "find"
	}
	switch s.Loop {
	case Open:
		return "q" + strconv.FormatFloat(s.Rate, 'f', -1, 64)
	case Each:
		return fmt.Sprintf("each%d", s.Times)
	}
	return fmt.Sprintf("n%d", s.Concurrency)
}

func (s *Scenario) levels(ph Phase, t Target, rep int, beside []string) []Step {
	base := Step{Phase: ph.Name, Target: t.Name, Rep: rep, Measure: ph.Measure, Preset: ph.Preset, Sessions: s.Sessions(),
		Beside: beside}
	var out []Step
	add := func(st Step) {
		st.Seed = s.stepSeed(ph.Name, st)
		out = append(out, st)
	}
	switch {
	case ph.Each > 0:
		base.Loop, base.Times = Each, ph.Each
		add(base)
	case ph.Find == FindRate:
		base.Within = ph.Within
		base.Loop, base.Find, base.Arrival, base.Cap = Open, ph.Find, ph.Arrival, ph.Cap
		add(base)
	case ph.Find == FindConcurrency:
		base.Within = ph.Within
		base.Loop, base.Find = Closed, ph.Find
		add(base)
	case ph.Concurrency != nil:
		for _, n := range ph.Concurrency.Levels {
			base.Loop, base.Concurrency, base.StopWhenSaturated = Closed, n, ph.Concurrency.StopWhenSaturated
			add(base)
		}
	default:
		for _, rate := range ph.Rate {
			base.Loop, base.Rate, base.Arrival, base.Cap, base.Stop = Open, rate, ph.Arrival, ph.Cap, ph.Stop
			add(base)
		}
	}
	return out
}

// stepSeed leaves the target out, so that targets are compared under the same requests (R3.7). Those that are loaded
// together must differ: in step with one another they would be one sample shown twice.
func (s *Scenario) stepSeed(phase string, st Step) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d/%s/%s/%d", s.Seed, phase, st.Label(), st.Rep)
	if st.Try > 0 {
		_, _ = fmt.Fprintf(h, "/try%d", st.Try) // each step of a search stands by itself
	}
	if len(st.Beside) > 0 {
		_, _ = h.Write([]byte(st.Target))
	}
	return h.Sum64()
}
