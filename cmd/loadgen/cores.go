package main

import (
	"net"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"

	"loadgen/scenarios"
)

// chooseCores sets how many cores a run on the wall clock uses, says so, and says when this is the wrong machine. Beside
// servers of its own host it leaves them half of the cores: on two, one reader core beats two. GOMAXPROCS of the
// environment wins.
func (t *terminal) chooseCores(targets []scenarios.Target) {
	t.ballast = steady()
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	load, all := loadAverage(), runtime.GOMAXPROCS(0)
	local := len(targets) == 0 // a calibration's server is on this host
	for _, target := range targets {
		local = local || onThisHost(target.URL)
	}
	n := coresFor(all, load, local)
	runtime.GOMAXPROCS(n)
	t.note("using %d of %d cores (load average %.2f)", n, all, load)
	switch {
	case float64(all)-load < 1:
		t.note("this machine is busy: its lateness will stand in TTFT and ITL; load from another one, or when it is quiet")
	case local && all < 4 && len(targets) > 0:
		t.note("server and client share %d cores: for more than some hundred streams load from another machine", all)
	}
}

// coresFor is how many of all cores are ours, given the load average.
func coresFor(all int, load float64, local bool) int {
	if local {
		return max(1, all/2)
	}
	return max(1, all-int(load+0.5))
}

// loadAverage is of the last minute, in runnable threads; 0 where the system does not tell.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

func onThisHost(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
