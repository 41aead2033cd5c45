package rehearsal

import (
	"cmp"
	"fmt"
	"slices"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A fitting is a run of one target, as loads that a simulated machine can be fitted to.
type fitting struct {
	Target string
	machine.Machine
	Blocks int  // of the KV pool
	Cached bool // some prompts were found in the prefix cache, which a replay does not know

	loads []fitLoad
}

// A fitLoad is one step of the run.
type fitLoad struct {
	name string
	machine.Load
	cohort []int // of Requests, in order of arrival
}

// half is the load with the first or the other half of its cohort to be judged.
func (l fitLoad) half(first bool) machine.Load {
	middle := len(l.cohort) / 2
	half := len(l.Stretches) / 2
	if first {
		out := l.judged(l.cohort[:middle])
		out.Stretches = l.Stretches[:half]
		return out
	}
	out := l.judged(l.cohort[middle:])
	out.Stretches = l.Stretches[half:]
	return out
}

// judged is the load of which only these requests count.
func (l fitLoad) judged(these []int) machine.Load {
	in := map[int]bool{}
	for _, i := range these {
		in[i] = true
	}
	out := l.Load
	out.Judge = func(i int) bool { return in[i] }
	return out
}

func (f *fitting) halves(first bool) (out []machine.Load) {
	for _, l := range f.loads {
		out = append(out, l.half(first))
	}
	return out
}

// ReadFitting reads the steps of one target; o says what the run does not: model, card and flags.
func ReadFitting(dir, target string, o simulator.Options) (*fitting, error) {
	run, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	t, err := fittingTarget(run, target)
	if err != nil {
		return nil, err
	}
	f := &fitting{Target: t.Name}
	if f.Machine, f.Blocks, err = measuredOptions(t, run.Manifest.Before[t.Name], o).Machine(); err != nil {
		return nil, err
	}
	for _, st := range run.Steps {
		if st.Meta.Step.Target != t.Name {
			continue
		}
		records, err := st.Records()
		if err != nil {
			return nil, err
		}
		if l := f.load(records); len(l.cohort) >= leastFitted {
			l.name, l.Blocks, l.Seeds = st.Meta.Step.Name, f.Blocks, replays
			if l.Stretches, err = l.stretches(st); err != nil {
				return nil, err
			}
			f.loads = append(f.loads, l)
		}
	}
	if len(f.loads) == 0 {
		return nil, fmt.Errorf("%s: no step of %s has %d whole answers to fit to", dir, t.Name, leastFitted)
	}
	return f, nil
}

// leastFitted is how many answers a step must have: half of them are fitted to, the others are predicted.
const leastFitted = 10

// replays of each load are averaged.
const replays = 3

func fittingTarget(run *results.Run, name string) (t scenarios.Target, err error) {
	all := run.Manifest.Parsed.Targets
	for _, t := range all {
		if t.Name == name || name == "" && len(all) == 1 {
			return t, nil
		}
	}
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	return t, fmt.Errorf("name one of the run's targets %v with --target", names)
}

// measuredOptions is the server that was measured: by its own word, then the scenario's, and o's above both.
func measuredOptions(t scenarios.Target, info results.ServerInfo, o simulator.Options) simulator.Options {
	flags, _ := info.SettingsOf(t)
	if blocks, _, ok := info.KVBlocks(); ok {
		flags[vllm.NumGPUBlocks] = blocks
	}
	o.Flags = flags.With(o.Flags)
	if o.Model == "" && len(o.Config) == 0 {
		o.Config = t.Config
	}
	o.Model = cmp.Or(o.Model, t.Model)
	if o.GPU == "" {
		o.GPU, o.Card = t.Card, t.OwnCard
	}
	if o.GPU == "" && len(info.GPUs) > 0 {
		o.GPU = info.GPUs[0].Name
	}
	return o
}

// load turns a step's whole answers into a load; those of a closed loop follow each other in their slots.
func (f *fitting) load(records []results.Record) (l fitLoad) {
	slices.SortStableFunc(records, func(a, b results.Record) int { return cmp.Compare(a.Due, b.Due) })
	last := map[int32]int{} // 1 + the index of each slot's latest request
	for i := range records {
		r := &records[i]
		f.Cached = f.Cached || r.CachedTokens > 0
		if !r.OK() || r.PromptTokens == 0 || r.OutputTokens == 0 || r.FirstToken == 0 {
			delete(last, r.Slot)
			continue
		}
		s := machine.Served{Arrival: r.Due, Prompt: int(r.PromptTokens), Output: int(r.OutputTokens), First: r.FirstToken,
			Last: r.LastToken}
		if r.Slot >= 0 {
			s.Follows = last[r.Slot]
			last[r.Slot] = len(l.Requests) + 1
		}
		if r.Phase == results.Measure {
			l.cohort = append(l.cohort, len(l.Requests))
		}
		l.Requests = append(l.Requests, s)
	}
	return l
}

// Steps is how many steps of the run can be fitted to.
func (f *fitting) Steps() int { return len(f.loads) }

// A Fitted is a profile fitted to the first half of every step's cohort, and how far replays are off before and after.
type Fitted struct {
	machine.Profile
	Before, After float64     // mean absolute error on what was fitted
	Rows          []predicted // on the other half: each step, then all
	StepBefore    float64     // of the engine's log of steps, in stretches; NaN where it was not read
	StepAfter     float64
}

// A predicted is the error of TTFT, TPOT and E2E on one load, before and after.
type predicted struct {
	Name    string
	Was, Is [3]float64
}

// Fit turns the card's coefficients until replays come near to the run's first halves, and predicts the others.
func (f *fitting) Fit() (out Fitted, err error) {
	if out.Profile, out.Before, out.After, err = f.Machine.Fit(f.halves(true)...); err != nil {
		return out, err
	}
	fitted := f.Machine
	fitted.Profile = out.Profile
	others := f.halves(false)
	for i, l := range f.loads {
		if err := out.predict(f.Machine, fitted, l.name, others[i]); err != nil {
			return out, err
		}
	}
	out.StepBefore, out.StepAfter = f.StepError(others...), fitted.StepError(others...)
	return out, out.predict(f.Machine, fitted, "all", others...)
}

func (f *Fitted) predict(was, is machine.Machine, name string, loads ...machine.Load) (err error) {
	p := predicted{Name: name}
	if p.Was, err = was.Errors(loads...); err != nil {
		return err
	}
	p.Is, err = is.Errors(loads...)
	f.Rows = append(f.Rows, p)
	return err
}
