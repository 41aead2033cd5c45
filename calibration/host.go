package calibration

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loadgen/scenarios"
	"loadgen/telemetry"
)

// A host is what this machine and process tell of themselves.
type host struct {
	Name       string
	Cores      int          // of the host, those that this process is kept from among them
	GOMAXPROCS int          // cores that Go code runs on
	ProcsSet   bool         // by the environment
	GCSet      bool         // by the environment
	Load       float64      // average of the last minute, in runnable threads; 0 where the system does not tell
	Allowed    map[int]bool // cores that this process may run on; empty where the system does not tell
	Cache      string       // where a calibration is kept; empty: nowhere
}

// ThisHost asks the operating system and the environment.
func ThisHost() host {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "loadgen", "calibration.json")
	}
	told := telemetry.Host()
	return host{Name: told.Name, Cores: told.Cores, GOMAXPROCS: told.GOMAXPROCS, ProcsSet: os.Getenv("GOMAXPROCS") != "",
		GCSet: os.Getenv("GOGC") != "", Load: loadAverage(), Allowed: allowedCores(), Cache: cache}
}

// Busy reports whether other work leaves this host not one core. The load is of the whole host, so it is held against
// all its cores, however few of them this process may use.
func (h host) Busy() bool { return h.free() < 1 }

// free is how many cores of the host nobody uses.
func (h host) free() int { return h.Cores - int(h.Load+0.5) }

// CoresFor is how many cores are a client's. Beside servers of its own host it leaves them half: on two, one reader
// core beats two.
func (h host) CoresFor(local bool) int {
	if local {
		return max(1, h.GOMAXPROCS/2)
	}
	return max(1, min(h.GOMAXPROCS, h.free()))
}

// otherCore is the highest core outside the process's affinity, else the highest one.
func (h host) otherCore() int {
	for core := h.Cores - 1; core >= 0; core-- {
		if !h.Allowed[core] {
			return core
		}
	}
	return h.Cores - 1
}

func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

func allowedCores() map[int]bool {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if list, found := strings.CutPrefix(line, "Cpus_allowed_list:"); found {
			return coreList(list)
		}
	}
	return nil
}

// coreList reads "0-2,5".
func coreList(text string) map[int]bool {
	out := map[int]bool{}
	for _, part := range strings.Split(strings.TrimSpace(text), ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		low, err1 := strconv.Atoi(from)
		high, err2 := strconv.Atoi(to)
		for core := low; core <= high && err1 == nil && err2 == nil; core++ {
			out[core] = true
		}
	}
	return out
}

// OnThisHost reports whether a URL points at this machine, by its loopback address or name.
func OnThisHost(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && scenarios.Loopback(u.Hostname())
}
