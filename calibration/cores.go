package calibration

import (
	"net"
	"net/url"
)

// CoresFor is how many of all cores are a client's, given the load average. Beside servers of its own host it leaves
// them half: on two, one reader core beats two.
func CoresFor(all int, load float64, local bool) int {
	if local {
		return max(1, all/2)
	}
	return max(1, all-int(load+0.5))
}

// OnThisHost reports whether a URL points at this machine, by its loopback address or name.
func OnThisHost(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
