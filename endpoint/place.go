package endpoint

import (
	"net"

	"loadgen/scenarios"
)

// A place is a parsed base URL.
type place struct {
	tls  bool
	host string // for TLS and the Host header: host, or host:port as written
	addr string // host:port to dial
	base string // path in front of every request's path: "" or "/gateway"
}

// parsePlace takes "http://host:port" with an optional path; see scenarios.ParseURL.
func parsePlace(raw string) (place, error) {
	u, err := scenarios.ParseURL(raw)
	if err != nil {
		return place{}, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return place{tls: u.Scheme == "https", host: u.Host, addr: net.JoinHostPort(u.Hostname(), port),
		base: u.EscapedPath()}, nil
}

func (p place) scheme() string {
	if p.tls {
		return "https"
	}
	return "http"
}

// url is the whole URL of a path such as /v1/models.
func (p place) url(path string) string { return p.scheme() + "://" + p.host + p.base + path }
