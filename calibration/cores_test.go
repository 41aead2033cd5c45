package calibration

import (
	"fmt"
	"testing"
)

func TestCoresFor(t *testing.T) {
	for _, c := range []struct {
		all   int
		load  float64
		local bool
		want  int
	}{
		{1, 0, false, 1}, {2, 0.2, false, 2}, {2, 0, true, 1}, {8, 0, true, 4}, {8, 3.1, false, 5}, {8, 12, false, 1},
		{1, 0, true, 1},
	} {
		if got := CoresFor(c.all, c.load, c.local); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestOnThisHost(t *testing.T) {
	for url, want := range map[string]bool{"http://localhost:1": true, "http://127.0.0.2": true, "http://[::1]:80": true,
		"https://gpu.example.com": false, "http://10.0.0.1": false} {
		if OnThisHost(url) != want {
			t.Error(url)
		}
	}
}

func TestCoreList(t *testing.T) {
	for text, want := range map[string]string{"\t0-2,5\n": "map[0:true 1:true 2:true 5:true]", "3": "map[3:true]",
		"": "map[]"} {
		if got := fmt.Sprint(coreList(text)); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
