package results

import (
	"encoding/json"
	"testing"
)

// Each client has its own clock: runs merge whatever the servers' are beside it, and the merged run has none.
func TestServersWithoutClocks(t *testing.T) {
	run := func(n int) *Run {
		servers := map[string]ServerInfo{"mini": {Version: "0.11.0", Clock: ServerClock{Offset: 5, Half: 2, N: n}}}
		return &Run{Manifest: Manifest{Before: servers, After: servers}}
	}
	a, b := run(60), run(70)
	if err := mergeable(a, b); err != nil {
		t.Error(err)
	}
	merged, err := json.Marshal(withoutClocks(a.Manifest.Before))
	if err != nil || string(merged) != `{"mini":{"version":"0.11.0"}}` {
		t.Errorf("%s, %v", merged, err)
	}
	if a.Manifest.Before["mini"].Clock.N != 60 || withoutClocks(nil) != nil {
		t.Error("what was given has changed")
	}
}
