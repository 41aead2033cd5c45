package endpoint

import (
	"net/url"
	"os"
	"strings"

	"loadgen/scenarios"
)

// ProxyVariable is the environment variable that would send a target's requests through a proxy, "" when there is none.
// It is only told: what is measured is the way to the server itself.
func ProxyVariable(t scenarios.Target) string {
	u, err := url.Parse(t.URL)
	if err != nil || direct(u.Hostname()) {
		return ""
	}
	names := []string{"HTTP_PROXY", "http_proxy"}
	if u.Scheme == "https" {
		names = []string{"HTTPS_PROXY", "https_proxy"}
	}
	for _, name := range append(names, "ALL_PROXY", "all_proxy") {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// direct reports whether no proxy is asked for a host: this machine, or one that NO_PROXY names.
func direct(host string) bool {
	if scenarios.Loopback(host) {
		return true
	}
	for _, rule := range strings.Split(os.Getenv("NO_PROXY")+","+os.Getenv("no_proxy"), ",") {
		rule = strings.TrimPrefix(strings.TrimSpace(rule), ".")
		if rule == "*" || rule != "" && (host == rule || strings.HasSuffix(host, "."+rule)) {
			return true
		}
	}
	return false
}
