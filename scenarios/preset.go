package scenarios

import (
	"slices"
	"time"
)

// A preset is how much evidence each level must bring where measure is not given (method R2.6 and its table of
// defaults).
type preset struct {
	Name        string
	Doc         string
	Floor       time.Duration // shortest window
	WideFloor   time.Duration // the same above 32 requests in flight
	Cohort      int           // fewest measured requests
	Relaxations int           // window ÷ mean E2E
	Repeat      int           // where repeat is not given
}

// Presets are the amounts that a load can name; the first is what is meant when none is named.
var Presets = []preset{
	{Name: "default", Doc: "p99 once, in the shortest window that carries it", Floor: time.Minute, WideFloor: time.Minute,
		Cohort: 1050, Relaxations: 20, Repeat: 1},
	{Name: "quick", Doc: "p90, for a first look", Floor: time.Minute, WideFloor: time.Minute, Cohort: 300, Relaxations: 10,
		Repeat: 1},
	{Name: "standard", Doc: "p99 with three repetitions", Floor: 3 * time.Minute, WideFloor: 3 * time.Minute, Cohort: 1050,
		Relaxations: 20, Repeat: 3},
	{Name: "report", Doc: "p99 for publication: five repetitions of long windows", Floor: 10 * time.Minute,
		WideFloor: 20 * time.Minute, Cohort: 3000, Relaxations: 20, Repeat: 5},
}

// FindPreset returns the preset of that name; an empty name is the default.
func FindPreset(name string) (preset, bool) {
	i := slices.IndexFunc(Presets, func(p preset) bool { return p.Name == name || name == "" })
	if i < 0 {
		return preset{}, false
	}
	return Presets[i], true
}

// With is the same scenario whose every phase brings another amount of evidence: its windows and repetitions are the
// preset's, whatever measure and repeat say.
func (s *Scenario) With(p preset) *Scenario {
	out := *s
	out.Phases = slices.Clone(s.Phases)
	for i := range out.Phases {
		out.Phases[i].Preset, out.Phases[i].Measure, out.Phases[i].Repeat = p.Name, 0, p.Repeat
		if out.Phases[i].Find != "" {
			out.Phases[i].Repeat = 1
		}
	}
	return &out
}

// Evidence is what a step must bring where its window is not given.
func (s Step) Evidence() preset {
	p, _ := FindPreset(s.Preset)
	if s.Concurrency > 32 {
		p.Floor = p.WideFloor
	}
	switch {
	case s.Confirm:
		p.Floor, p.Cohort = p.Floor/2, s.Requests
	case s.Try > 0: // it shows which way to go
		p.Floor, p.Cohort, p.Relaxations = p.Floor/6, s.Requests, p.Relaxations/4
	}
	return p
}

// A goal is an objective with a name.
type goal struct {
	Name string
	Objective
}

// goals are the objectives that a scenario can name. Those of MLPerf Inference are its rules' (TTFT, TPOT) bounds,
// judged here jointly per request, where MLPerf judges each at its p99.
var goals = []goal{
	goalOf("chat", 1000, 50),
	goalOf("mlperf-llama2-70b-server", 2000, 200),
	goalOf("mlperf-llama2-70b-interactive", 450, 40),
	goalOf("mlperf-llama3.1-8b-server", 2000, 100),
	goalOf("mlperf-llama3.1-8b-interactive", 500, 30),
	goalOf("mlperf-llama3.1-405b-server", 6000, 175),
	goalOf("mlperf-llama3.1-405b-interactive", 4500, 80),
	goalOf("mlperf-mixtral-8x7b-server", 2000, 200),
	goalOf("mlperf-deepseek-r1-server", 2000, 80),
	goalOf("mlperf-deepseek-r1-interactive", 1500, 15),
}

func goalOf(name string, ttft, tpot time.Duration) goal {
	return goal{name, Objective{TTFT: ttft * time.Millisecond, TPOT: tpot * time.Millisecond, Attainment: 0.99}}
}
