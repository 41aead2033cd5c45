package analysis

import (
	"cmp"
	"math"
	"slices"
	"time"

	"loadgen/results"
)

// shardsOf are the numbers of the shards whose steps a run has, sorted; none when its loads are whole.
func shardsOf(run *results.Run) []int {
	var out []int
	for _, s := range run.Steps {
		if k := s.Meta.Step.Shard.Index; k > 0 && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// shardReasons tells of clients whose part of the load is not in the run, and of levels that are left out because their
// shards were not played at the same time.
func shardReasons(c check, run *results.Run) []results.Reason {
	have, of := shardsOf(run), 0
	for _, s := range run.Steps {
		of = max(of, s.Meta.Step.Shard.Of)
	}
	if len(have) < of {
		return c.reason(results.Warn, "this is a part of a load that %d clients shared, shards %v: loadgen merge puts all "+
			"together", of, have)
	}
	type level struct {
		target, phase, label string
		rep                  int
	}
	parts := map[level][]results.StepMeta{}
	var order []level
	for _, s := range run.Steps {
		st := s.Meta.Step
		if st.Shard.Of == 0 {
			continue
		}
		l := level{st.Target, st.Phase, st.Whole().Label(), st.Rep}
		if parts[l] == nil {
			order = append(order, l)
		}
		parts[l] = append(parts[l], s.Meta)
	}
	var out []results.Reason
	for _, l := range order {
		of := parts[l][0].Step.Shard.Of
		if n := len(parts[l]); n < of {
			out = append(out, c.reason(results.Warn, "%s %s r%d is left out: %d of %d shards are there", l.target, l.label,
				l.rep,
				n, of)...)
		} else if common, shortest := commonWindow(parts[l]); common < shortest/2 {
			out = append(out, c.reason(results.Warn, "%s %s r%d is left out: the windows of its %d shards share %.3g of "+
				"%.3g s. Start the clients at the same time, and give measure",
				l.target, l.label, l.rep, of, max(0, common).Seconds(), shortest.Seconds())...)
		}
	}
	return out
}

// commonWindow is how long all windows are open at the same time, and the shortest of them.
func commonWindow(steps []results.StepMeta) (common, shortest time.Duration) {
	from, to := time.Duration(math.MinInt64), time.Duration(math.MaxInt64)
	shortest = math.MaxInt64
	for _, m := range steps {
		from, to = max(from, m.Began+m.Window.Start), min(to, m.Began+m.Window.End)
		shortest = min(shortest, m.Window.End-m.Window.Start)
	}
	return to - from, shortest
}

// Whole makes one step of all clients' parts of it; nil: they were not played at the same time.
func Whole(parts []*StepData) (*StepData, error) {
	d := parts[0]
	if len(parts) > 1 {
		d = alongside(parts)
	}
	if d == nil {
		return nil, nil
	}
	return d, d.lookAgain()
}

// sharedBooks are the checks that compare one client with the whole load or server: a shard alone cannot pass them.
func sharedBooks() []check { return []check{checkRate, checkTokens, checkEvidence, checkOthers} }

// notForShards leaves such a check to the whole.
func (d *StepData) notForShards(c check) []results.Reason {
	if s := d.Meta.Step.Shard; s.Of > 0 {
		return c.reason(results.NotChecked, "this is shard %d of %d, and the server counts all", s.Index, s.Of)
	}
	return nil
}

// asOne gives joined shards their one server's samples, as the first of them read it, and judges what only the whole
// can be judged by.
func (d *StepData) asOne(first *StepData, began time.Duration) {
	d.Meta.Step.Target = first.Meta.Step.Target
	later := first.Meta.Began - began
	for _, s := range first.Samples {
		if s.Source != results.Self && s.Source != results.Host {
			s.At += later
			d.Samples = append(d.Samples, s)
		}
	}
	v := &d.Meta.Verdict
	for _, c := range sharedBooks() {
		v.Reasons = slices.DeleteFunc(v.Reasons, func(r results.Reason) bool { return r.Check == c.ID })
		v.Reasons = append(v.Reasons, c.Judge(c, d)...)
	}
	slices.SortFunc(v.Reasons, func(a, b results.Reason) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Says, b.Says))
	})
	v.Reasons = slices.Compact(v.Reasons)
	v.State = stateOf(v.Reasons)
}
