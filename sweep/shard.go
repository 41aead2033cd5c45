package sweep

import (
	"loadgen/results"
	"loadgen/scenarios"
)

// prompt is that of the whole load's slot or scheduled request.
func (pl *playing) prompt(slot, turn int) scenarios.Prompt {
	if slot < 0 {
		return pl.mix.Prompt(slot, pl.step.Shard.Whole(turn))
	}
	return pl.mix.Prompt(pl.step.Shard.Whole(slot), turn)
}

// shareOf are a shard's of the things that the whole load sends.
func shareOf[T any](s scenarios.Shard, all []T) []T {
	if s.Of == 0 {
		return all
	}
	var out []T
	for k := s.Whole(0); k < len(all); k += s.Of {
		out = append(out, all[k])
	}
	return out
}

// inWhole numbers a shard's record as the whole load's: its slot, or its place in the schedule or list, and its id by
// that.
func inWhole(st scenarios.Step, r *results.Record) {
	if st.Loop == scenarios.Closed {
		whole := int32(st.Shard.Whole(int(r.Slot)))
		r.ID += int64(whole-r.Slot) << 32
		r.Slot = whole
		return
	}
	whole := int32(st.Shard.Whole(int(r.Turn)))
	r.ID += int64(whole - r.Turn)
	r.Turn = whole
}
