package scenarios

import "net"

// Loopback reports whether a host, by its name or address, is this machine for itself alone.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
