package endpoint

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// A place is a parsed base URL.
type place struct {
	tls  bool
	host string // for TLS and the Host header: host, or host:port as written
	addr string // host:port to dial
	base string // path in front of every request's path: "" or "/gateway"
}

// errNoURL does not quote, as url's own error does: the text may hold a password.
var errNoURL = errors.New("not a URL: expected http://host:port")

// parsePlace takes "http://host:port" with an optional path. A trailing /v1, as other tools want it, is taken off.
func parsePlace(raw string) (place, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return place{}, errNoURL
	case u.User != nil:
		return place{}, errors.New("URL holds a user or password: name the key's environment variable in api_key_env instead")
	case u.Scheme != "http" && u.Scheme != "https":
		return place{}, fmt.Errorf("URL %q: expected http://host:port or https://host:port", raw)
	case u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return place{}, fmt.Errorf("URL %q: expected scheme, host and port only", raw)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	base := strings.TrimSuffix(strings.TrimSuffix(u.EscapedPath(), "/"), "/v1")
	return place{tls: u.Scheme == "https", host: u.Host, addr: net.JoinHostPort(u.Hostname(), port), base: base}, nil
}

func (p place) scheme() string {
	if p.tls {
		return "https"
	}
	return "http"
}

// url is the whole URL of a path such as /v1/models.
func (p place) url(path string) string { return p.scheme() + "://" + p.host + p.base + path }
