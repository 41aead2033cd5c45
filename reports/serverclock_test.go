package reports

import (
	"reflect"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
)

func TestServerClocks(t *testing.T) {
	known := func(offset, half time.Duration) results.ServerInfo {
		return results.ServerInfo{Clock: results.ServerClock{Offset: offset, Half: half, N: 60}}
	}
	before := map[string]results.ServerInfo{"mini": known(3100*time.Microsecond, 800*time.Microsecond),
		"mixed": {Clock: results.ServerClock{N: 9, Fault: "unknown"}}, "mute": {},
		"ahead": known(3714200*time.Microsecond, time.Millisecond)}
	after := map[string]results.ServerInfo{"mini": known(-2*time.Millisecond, 700*time.Microsecond)}
	s := &analysis.Study{Run: &results.Run{Manifest: results.Manifest{Before: before, After: after}}}
	for _, name := range []string{"mini", "mixed", "mute", "ahead"} {
		s.Targets = append(s.Targets, &analysis.TargetStudy{Target: scenarios.Target{Name: name}})
	}
	want := []string{"mini: server clock: before ours + 3.10 ms ± 800 µs; after ours − 2.00 ms ± 700 µs; drift − 5.10 " +
		"ms ± 1.50 ms",
		"mixed: server clock: before unknown; after unknown",
		"ahead: server clock: before ours + 3,714 ms ± 1.00 ms; after unknown"}
	if got := (teller{locale.English, s}).serverClocks(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}
