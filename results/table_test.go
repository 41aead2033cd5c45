package results

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// What is read from a table is what was added, from any place, but for arrivals and ids.
func TestATableHoldsWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.SliceOfN(rapid.Custom(anyRecord), 1, 6).Draw(t, "records")
		n := rapid.SampledFrom([]int{1, packBlock - 1, packBlock, packBlock + 1, 3 * packBlock}).Draw(t, "n")
		var table Table
		for i := range n {
			table.Add(few[i*i%len(few)])
		}
		if table.Len() != n {
			t.Fatal(table.Len(), n)
		}
		var got Record
		for i := range n {
			at := (7*i + 3) % n
			want := *few[at*at%len(few)]
			want.thinGaps, want.thinLargest, want.Arrivals, want.RequestID = want.Gaps(), want.LargestGap(), nil, ""
			if table.Read(at, &got); !reflect.DeepEqual(got, want) {
				t.Fatalf("%d: got  %+v\nwant %+v", at, got, want)
			}
		}
	})
}
