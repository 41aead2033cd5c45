package analysis

import (
	"slices"

	"loadgen/results"
)

// A played is a target's steps at one level of load, by repetition: one step each, or of replicas and shards one of
// every part.
type played struct {
	targets int  // that are one together
	shards  bool // each is played in parts
	reps    [][]*results.Step
}

// played are the target's levels, in the order of playing.
func (t *TargetStudy) played(run *results.Run) []played {
	var out []played
	index := map[string]int{}
	for _, st := range run.Steps {
		if !t.has(st) {
			continue
		}
		step := st.Meta.Step
		if len(shardsOf(run)) > 1 {
			step = step.Whole()
		}
		key := step.Phase + "/" + step.Label()
		k, known := index[key]
		if !known {
			k = len(out)
			index[key] = k
			out = append(out, played{targets: max(1, len(t.Parts)), shards: step.Shard != st.Meta.Step.Shard})
		}
		out[k].add(st)
	}
	return out
}

func (t *TargetStudy) has(st *results.Step) bool {
	name := st.Meta.Step.Target
	return name == t.Target.Name || slices.Contains(t.Parts, name) && len(st.Meta.Step.Beside) > 0
}

func (l *played) add(st *results.Step) {
	for i, rep := range l.reps {
		if len(rep) < l.parts(rep) && rep[0].Meta.Step.Rep == st.Meta.Step.Rep {
			l.reps[i] = append(rep, st)
			return
		}
	}
	l.reps = append(l.reps, []*results.Step{st})
}

// parts is how many steps make a repetition whole.
func (l *played) parts(rep []*results.Step) int {
	if l.shards {
		return l.targets * max(1, rep[0].Meta.Step.Shard.Of)
	}
	return l.targets
}

// load reads a level's repetitions; those of replicas and shards that were not all loaded at the same time are left
// out.
func (l played) load() ([]*StepData, error) {
	var out []*StepData
	for _, rep := range l.reps {
		if len(rep) < l.parts(rep) {
			continue
		}
		var parts []*StepData
		for _, st := range rep {
			d, err := ReadStep(st)
			if err != nil {
				return nil, err
			}
			parts = append(parts, d)
		}
		d, err := Whole(parts)
		if err != nil {
			return nil, err
		}
		if d != nil {
			out = append(out, d)
		}
	}
	return out, nil
}

// metas are what a level's steps say of themselves, which holds the checksums of their files.
func (l played) metas() (out [][]results.StepMeta) {
	for _, rep := range l.reps {
		var of []results.StepMeta
		for _, st := range rep {
			of = append(of, st.Meta)
		}
		out = append(out, of)
	}
	return out
}

// whole reports whether the files of a level's steps are as they were written.
func (l played) whole() bool {
	return !slices.ContainsFunc(l.reps, func(rep []*results.Step) bool {
		return slices.ContainsFunc(rep, func(st *results.Step) bool { return !st.Whole() })
	})
}

// usable are the repetitions that count: condemned ones do not where a good one is left.
func usable(steps []*StepData) []*StepData {
	good := slices.DeleteFunc(slices.Clone(steps), func(d *StepData) bool {
		return d.Meta.Verdict.State == results.Invalid
	})
	if len(good) > 0 {
		return good
	}
	return steps
}
