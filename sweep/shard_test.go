package sweep

import (
	"reflect"
	"testing"

	"loadgen/results"
	"loadgen/scenarios"
)

// Two shards' records are numbered as if one client had sent them all.
func TestShardsNumberAsOneClient(t *testing.T) {
	second := scenarios.Step{Loop: scenarios.Closed, Shard: scenarios.Shard{Index: 2, Of: 3}}
	r := &results.Record{ID: 4<<32 + 7, Slot: 4, Turn: 7}
	if inWhole(second, r); r.Slot != 13 || r.ID != 13<<32+7 || r.Turn != 7 {
		t.Errorf("closed: %+v", r)
	}
	second.Loop = scenarios.Open
	r = &results.Record{ID: 2<<32 + 5, Slot: -1, Turn: 5, SessionTurn: 2}
	if inWhole(second, r); r.Slot != -1 || r.ID != 2<<32+16 || r.Turn != 16 {
		t.Errorf("open, third turn of a session: %+v", r)
	}
	whole := &results.Record{ID: 9<<32 + 1, Slot: 9, Turn: 1}
	if inWhole(scenarios.Step{Loop: scenarios.Closed}, whole); whole.Slot != 9 || whole.ID != 9<<32+1 {
		t.Errorf("not sharded: %+v", whole)
	}
	if got := shareOf(second.Shard, []int{0, 1, 2, 3, 4}); !reflect.DeepEqual(got, []int{1, 4}) {
		t.Errorf("the second of three takes %v", got)
	}
}
