package scenarios

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ParseURL takes the URL of a server: http or https, a host, a port, perhaps a path; /v1 at its end, as other tools
// want it, is taken off. It never quotes what may hold a password.
func ParseURL(raw string) (*url.URL, error) {
	shown := fmt.Sprintf("%q", raw)
	if strings.ContainsAny(raw, "@?#") || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		shown = "the text" // it may hold a key
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return nil, fmt.Errorf("%s is no URL of a server: expected http://host:port or https://host:port", shown)
	case u.User != nil:
		return nil, errors.New("URL holds a user or password: name the key's environment variable in api_key_env instead")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("URL holds ? or #: expected scheme, host, port and path only")
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/v1")
	u.RawPath = strings.TrimSuffix(strings.TrimSuffix(u.RawPath, "/"), "/v1")
	return u, nil
}
