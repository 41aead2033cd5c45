package scenarios

import (
	"strings"
	"testing"
)

// The scenario's reader and the endpoint take the same URLs, and no refusal shows a password.
func TestURLsOfServers(t *testing.T) {
	for raw, want := range map[string]string{"http://h:1": "http://h:1", "https://h/gateway/v1/": "https://h/gateway",
		"http://[::1]:8000/": "http://[::1]:8000"} {
		if u, err := ParseURL(raw); err != nil || u.String() != want {
			t.Errorf("%s: %v %v", raw, u, err)
		}
	}
	for _, raw := range []string{"user:canary@host:8000", "http:user:canary@h", "http://user:canary@[bad",
		"http://h:1?key=canary", "http://h:1#canary", "http://u:canary@h:1", "h:1", "ftp://h", "http://", "http://h\x7f/x"} {
		_, err := ParseURL(raw)
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", raw, err)
		}
		_, err = Parse("x.yaml", []byte("version: 1\ntargets: {s: {url: \""+strings.ReplaceAll(raw, "\x7f", "\\x7f")+
			"\", model: m}}\nprompts: {a: {text: x, output: {max: 2}}}\nload: {concurrency: [1]}\n"))
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q in a scenario: %v", raw, err)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("http://user:canary@h:1/v1?x#y")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseURL(raw)
		if err == nil && (u.Hostname() == "" || u.User != nil || u.RawQuery != "") {
			t.Fatalf("%q became %v", raw, u)
		}
		if err != nil && strings.Contains(raw, "@secret-word") && strings.Contains(err.Error(), "secret-word") {
			t.Fatalf("%q is shown: %v", raw, err)
		}
	})
}
