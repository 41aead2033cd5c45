package analysis

import (
	"cmp"
	"slices"
	"time"

	"loadgen/results"
)

// A Worker is one of the clients that shared a load, over all its starts.
type Worker struct {
	Index, Of    int
	Hosts        []string // one for each start, each once
	Cores        int      // of the last
	Clock        results.ServerClock
	Steps        int
	Sent, Failed int
	Lag          time.Duration    // of its sends, p99 of its worst step
	Strains      []results.Reason // what its own checks found, the worst of each
}

// ownChecks judge a client and its host.
func ownChecks() []check { return []check{checkClient, checkCeiling} }

// Workers are the clients that shared the run's load; none where one client played it.
func (s *Study) Workers() (out []Worker) {
	for _, w := range s.Run.Manifest.Workers {
		if len(out) == 0 || out[len(out)-1].Index != w.Index {
			out = append(out, Worker{Index: w.Index, Of: w.Of, Clock: w.Clock})
		}
		last := &out[len(out)-1]
		last.Of, last.Cores = w.Of, w.Host.Cores
		if w.Clock.Known() {
			last.Clock = w.Clock
		}
		if !slices.Contains(last.Hosts, w.Host.Name) {
			last.Hosts = append(last.Hosts, w.Host.Name)
		}
	}
	for _, st := range s.Run.Steps {
		i := slices.IndexFunc(out, func(w Worker) bool { return w.Index == st.Meta.Step.Shard.Index })
		if i >= 0 {
			out[i].add(st.Meta)
		}
	}
	return out
}

func (w *Worker) add(m results.StepMeta) {
	w.Steps++
	w.Sent += m.Counts.Sent
	w.Failed += m.Counts.Failed() - CutOff(m)
	w.Lag = max(w.Lag, m.Evidence.LagP99)
	for _, r := range m.Verdict.Reasons {
		own := slices.ContainsFunc(ownChecks(), func(c check) bool { return c.ID == r.Check })
		if !own || r.Level == results.NotChecked {
			continue
		}
		k := slices.IndexFunc(w.Strains, func(o results.Reason) bool { return o.Check == r.Check })
		switch {
		case k < 0:
			w.Strains = append(w.Strains, r)
		case r.Level == results.Condemn && w.Strains[k].Level != results.Condemn:
			w.Strains[k] = r
		}
	}
	slices.SortFunc(w.Strains, func(a, b results.Reason) int { return cmp.Compare(a.Check, b.Check) })
}

// Bound reports whether the client could not send what was its part: its steps are invalid for its own sake.
func (w Worker) Bound() bool {
	return slices.ContainsFunc(w.Strains, func(r results.Reason) bool { return r.Level == results.Condemn })
}
