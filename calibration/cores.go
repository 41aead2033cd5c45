package calibration

import (
	"net"
	"net/url"
)

// OnThisHost reports whether a URL points at this machine, by its loopback address or name.
func OnThisHost(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
