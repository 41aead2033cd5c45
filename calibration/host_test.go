package calibration

import (
	"fmt"
	"testing"
)

func TestCoresFor(t *testing.T) {
	for _, c := range []struct {
		cores, procs int
		load         float64
		local        bool
		want         int
	}{
		{1, 1, 0, false, 1}, {2, 2, 0.2, false, 2}, {2, 2, 0, true, 1}, {8, 8, 0, true, 4}, {8, 8, 3.1, false, 5},
		{8, 8, 12, false, 1}, {1, 1, 0, true, 1}, {8, 4, 3.1, false, 4}, {8, 4, 6, false, 2}, // kept from four cores
	} {
		if got := (host{Cores: c.cores, GOMAXPROCS: c.procs, Load: c.load}).CoresFor(c.local); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A process that is pinned to one core of an idle host is on an idle host.
func TestBusyIsOfTheWholeHost(t *testing.T) {
	for _, c := range []struct {
		cores, procs int
		load         float64
		want         bool
	}{
		{2, 1, 0.9, false}, {2, 1, 1.4, false}, {2, 1, 1.6, true}, {2, 2, 1.6, true}, {1, 1, 0.1, false}, {1, 1, 0.6, true},
		{64, 2, 60, false}, {64, 2, 63.5, true},
	} {
		if got := (host{Cores: c.cores, GOMAXPROCS: c.procs, Load: c.load}).Busy(); got != c.want {
			t.Errorf("%+v: %v", c, got)
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
