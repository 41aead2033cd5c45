package reports

import (
	"reflect"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

func TestServerClocks(t *testing.T) {
	known := func(offset, half time.Duration) results.ServerInfo {
		return results.ServerInfo{Clock: results.ServerClock{Offset: offset, Half: half, N: 60}}
	}
	before := map[string]results.ServerInfo{"mini": known(3100*time.Microsecond, 800*time.Microsecond), "mixed": {Clock: results.ServerClock{N: 9, Fault: "unknown"}}, "mute": {},
		"ahead": known(3714200*time.Microsecond, time.Millisecond)}
	after := map[string]results.ServerInfo{"mini": known(-2*time.Millisecond, 700*time.Microsecond)}
	s := &analysis.Study{Run: &results.Run{Manifest: results.Manifest{Before: before, After: after}}}
	for _, name := range []string{"mini", "mixed", "mute", "ahead"} {
		s.Targets = append(s.Targets, &analysis.TargetStudy{Target: scenarios.Target{Name: name}})
	}
	want := []string{"mini: server clock: before ours + 3.10 ms ± 0.8 ms; after ours − 2.00 ms ± 0.7 ms; drift − 5.10 ms ± 1.50 ms",
		"mixed: server clock: before unknown; after not known",
		"ahead: server clock: before ours + 3.7142 s ± 1.00 ms; after not known"}
	if got := serverClocks(s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}
