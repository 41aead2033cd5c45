package results

import (
	"maps"
	"testing"
	"time"
)

// What is counted while records come is what reading them back counts, whenever the window is told, and where it is
// told wrongly or not at all.
func TestCountedAsTheyComeOrReadBack(t *testing.T) {
	records := made(2000, 4)
	var want StepMeta
	for name, told := range map[string]struct {
		at       time.Duration // how long before the end of what is due then the window is told
		from, to time.Duration
	}{
		"":         {from: -1},
		"as is":    {0, window.Start, window.End},
		"late":     {30 * time.Millisecond, window.Start, window.End},
		"wrong":    {0, window.Start + time.Second, window.End},
		"no end":   {0, window.Start, -1},
		"too long": {0, window.Start, window.End + time.Second},
	} {
		w := create(t)
		sw, err := w.Begin(step(1, "001"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if told.from >= 0 && r.Due >= told.from+told.at {
				sw.Opened(told.from)
			}
			if told.from >= 0 && told.to >= 0 && r.Due >= told.to+told.at {
				sw.Closed(told.to)
			}
			sw.Add(r)
		}
		got, err := sw.Finish(StepMeta{Window: window})
		if err != nil {
			t.Fatal(err)
		}
		if want.Files == nil {
			read, err := got.counted()
			if err != nil {
				t.Fatal(err)
			}
			want = got.Meta
			want.Counts = read.seen
		}
		if !maps.Equal(got.Meta.Files, want.Files) || want.Counts.Cohort == 0 ||
			got.Meta.Counts.Cohort != want.Counts.Cohort || got.Meta.Counts.OK != want.Counts.OK ||
			got.Meta.Counts.Failed() != want.Counts.Failed() {
			t.Errorf("%s: %+v, want %+v", name, got.Meta, want)
		}
		w.Close()
	}
}
