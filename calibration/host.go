package calibration

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

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
	return host{Name: told.Name, Cores: hostCores(), GOMAXPROCS: told.GOMAXPROCS, ProcsSet: os.Getenv("GOMAXPROCS") != "",
		GCSet: os.Getenv("GOGC") != "", Load: loadAverage(), Allowed: allowedCores(), Cache: cache}
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

func hostCores() int {
	n := 0
	stat, _ := os.ReadFile("/proc/stat") // elsewhere than on Linux there is none
	for line := range strings.Lines(string(stat)) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "cpu") && name != "cpu" {
			n++
		}
	}
	return max(n, runtime.NumCPU())
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
