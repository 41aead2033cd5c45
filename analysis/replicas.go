package analysis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// replicas are the sets of targets that serve one model and were loaded together, each as one target named "a+b": GPUs
// and tokens/s added up, requests pooled. What each server told stays with its own target.
func replicas(s *Study) []*TargetStudy {
	var out []*TargetStudy
	for _, parts := range setsOf(s.Run) {
		first, _ := s.Scenario.Target(parts[0])
		t := scenarios.Target{Name: strings.Join(parts, "+"), Model: first.Model, API: first.API, Card: first.Card}
		ts := &TargetStudy{Parts: parts, Info: results.ServerInfo{Version: s.Run.Manifest.Before[parts[0]].Version}}
		ts.Settings, ts.Told = s.Run.Manifest.Before[parts[0]].SettingsOf(first)
		same := true
		for _, name := range parts {
			part, _ := s.Scenario.Target(name)
			same = same && part.Model == first.Model
			t.GPUs = distinct(append(t.GPUs, part.GPUs...))
			ts.Info.GPUs = append(ts.Info.GPUs, s.Run.Manifest.Before[name].GPUs...)
		}
		ts.Target = t
		if same {
			out = append(out, ts)
		}
	}
	return out
}

// distinct are a machine's devices, each once: replicas may share one.
func distinct(ids []int) []int {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Arms are what tensor-parallel settings are compared as: targets that were loaded alone, and replicas as one.
func (s *Study) Arms() []*TargetStudy {
	var out []*TargetStudy
	for _, t := range s.Targets {
		if !slices.ContainsFunc(s.Replicas, func(r *TargetStudy) bool { return slices.Contains(r.Parts, t.Target.Name) }) {
			out = append(out, t)
		}
	}
	return append(out, s.Replicas...)
}

// setsOf names the targets that were loaded at the same time, in the order of their steps.
func setsOf(run *results.Run) [][]string {
	var out [][]string
	seen := map[string]bool{}
	for _, st := range run.Steps {
		if step := st.Meta.Step; len(step.Beside) > 0 && !seen[step.Target] {
			set := append([]string{step.Target}, step.Beside...)
			for _, name := range set {
				seen[name] = true
			}
			slices.Sort(set)
			out = append(out, set)
		}
	}
	return out
}

// alongside makes one step of steps that were played at the same time: offsets from the earliest one's start, and a
// window that is open where all of theirs are. It is nil where they share less than half of the shortest window, as
// after a run that was cut off between them: then they were no set.
func alongside(parts []*StepData) *StepData {
	began := parts[0].Meta.Began
	for _, d := range parts {
		began = min(began, d.Meta.Began)
	}
	out := &StepData{Meta: results.StepMeta{Step: parts[0].Meta.Step, Began: began, Simulated: parts[0].Meta.Simulated}}
	st := &out.Meta.Step
	st.Name, st.Target, st.Beside, st.Concurrency, st.Rate, st.Shard = "", "", nil, 0, 0, scenarios.Shard{}
	var metas []results.StepMeta
	for k, d := range parts {
		st.Name += "+"[:min(1, k)] + d.Meta.Step.Name
		st.Concurrency += d.Meta.Step.Concurrency
		st.Rate += d.Meta.Step.Rate
		out.join(d, k == 0, shifted(d.Meta.Window, d.Meta.Began-began))
		metas = append(metas, d.Meta)
	}
	if common, shortest := commonWindow(metas); common < shortest/2 || shortest <= 0 {
		return nil
	}
	out.Meta.Verdict.State = stateOf(out.Meta.Verdict.Reasons)
	for k, d := range parts {
		out.take(d, k, d.Meta.Began-began)
	}
	if parts[0].Meta.Step.Shard.Of > 0 && parts[0].Meta.Step.Target == parts[len(parts)-1].Meta.Step.Target {
		out.asOne(parts[0], began)
		return out
	}
	for k, d := range parts {
		out.Samples = append(out.Samples, startOf(d, k, d.Meta.Began-began)...)
	}
	return out
}

func shifted(w results.Window, by time.Duration) results.Window {
	w.RampEnd, w.Start, w.End, w.Chased, w.Drained = w.RampEnd+by, w.Start+by, w.End+by, w.Chased+by, w.Drained+by
	return w
}

// join takes what a part's meta says into the whole's.
func (d *StepData) join(part *StepData, first bool, w results.Window) {
	m, p := &d.Meta, &part.Meta
	m.Evidence.MeanInFlight += p.Evidence.MeanInFlight
	m.Evidence.MeanThinking += p.Evidence.MeanThinking
	m.Evidence.Overrun = max(m.Evidence.Overrun, p.Evidence.Overrun)
	m.Verdict.Reasons = append(m.Verdict.Reasons, p.Verdict.Reasons...)
	if first {
		m.Window = w
		return
	}
	m.Window.RampEnd, m.Window.Start, m.Window.End = max(m.Window.RampEnd, w.RampEnd), max(m.Window.Start, w.Start),
		min(m.Window.End, w.End)
	m.Window.Chased, m.Window.Drained, m.Window.Settled = min(m.Window.Chased, w.Chased), max(m.Window.Drained, w.Drained),
		m.Window.Settled && w.Settled
}

// startOf is what the k-th part's server told of its process's start, labelled so that replicas are told apart.
func startOf(part *StepData, k int, later time.Duration) (out []results.Sample) {
	for _, s := range part.Samples {
		if s.Source == results.Server && s.Name == vllm.ProcessStart {
			s.At, s.Label = s.At+later, strconv.Itoa(k)
			out = append(out, s)
		}
	}
	return out
}

// take adds the k-th part's records, later by so much, with their phases in the common window.
func (d *StepData) take(part *StepData, k int, later time.Duration) {
	w, first := d.Meta.Window, d.requests().n
	moved := func(r results.Record) results.Record {
		r.ID |= int64(k) << 56 // ids of different targets must differ
		r.Due, r.Sent = r.Due+later, r.Sent+later
		for _, at := range []*time.Duration{&r.Written, &r.FirstByte, &r.Role, &r.FirstToken, &r.FirstSeen, &r.LastToken,
			&r.End} {
			if *at > 0 {
				*at += later
			}
		}
		r.Phase = w.Phase(r.Due)
		return r
	}
	before := d.each()
	if part.table != nil {
		d.pack()
	}
	for _, r := range part.requests().all() {
		if there := moved(*r); d.table != nil {
			d.table.Add(&there)
		} else {
			d.Records = append(d.Records, there)
		}
	}
	if d.table == nil {
		return
	}
	d.again = func(yield func(int, *results.Record) error) error {
		if err := before(yield); err != nil {
			return err
		}
		return part.each()(func(i int, r *results.Record) error {
			there := moved(*r)
			return yield(first+i, &there)
		})
	}
}
