package scenarios

import (
	"slices"
	"testing"
)

// Whatever the level and the number of clients, each slot belongs to one of them, and their shares are the whole.
func TestShardsMakeTheWhole(t *testing.T) {
	for of := 2; of <= 5; of++ {
		for n := of; n <= 20; n++ {
			var slots []int
			for i := 1; i <= of; i++ {
				plan, err := Plan{Steps: []Step{{Index: 1, Target: "a", Loop: Closed, Concurrency: n, Rep: 1}}}.Shard(
					Shard{Index: i, Of: of})
				if err != nil {
					t.Fatal(err)
				}
				st := plan.Steps[0]
				if st.Whole().Label() != (Step{Loop: Closed, Concurrency: n}).Label() || st.Label() == st.Whole().Label() {
					t.Fatalf("%+v", st)
				}
				for k := range st.Concurrency {
					slots = append(slots, st.Shard.Whole(k))
				}
			}
			slices.Sort(slots)
			for k, s := range slots {
				if s != k || len(slots) != n {
					t.Fatalf("%d of n%d: %v", of, n, slots)
				}
			}
		}
	}
	if _, err := (Plan{Steps: []Step{{Loop: Closed, Concurrency: 1}}}).Shard(Shard{Index: 1, Of: 2}); err == nil {
		t.Error("one slot was shared by two clients")
	}
}

func TestParseShard(t *testing.T) {
	if s, err := ParseShard("2/3"); err != nil || s != (Shard{Index: 2, Of: 3}) {
		t.Error(s, err)
	}
	for _, bad := range []string{"", "2", "0/2", "3/2", "1/1", "1/2x", "a/b"} {
		if _, err := ParseShard(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
