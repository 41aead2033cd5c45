package endpoint_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/scenarios"
)

// A target's headers come from variables, go with every request, and never out of it.
func TestHeadersAreReadFromTheNamedVariables(t *testing.T) {
	t.Setenv("LOADGEN_TEST_TENANT", "blue-team")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Tenant") != "blue-team" {
			http.Error(w, "X-Tenant is missing", http.StatusForbidden)
			return
		}
		_, _ = fmt.Fprint(w, "hello ", r.Header.Get("X-Tenant"))
	}))
	defer srv.Close()
	a, err := endpoint.FindAccess(scenarios.Target{Headers: map[string]string{"x-tenant": "LOADGEN_TEST_TENANT"}})
	if err != nil || len(a.Unset) > 0 {
		t.Fatal(err, a.Unset)
	}
	e := open(t, clock.NewWall(), srv.URL, a.Options)
	answer, err := e.Get(t.Context(), "/", time.Minute)
	if err != nil || answer.Status != 200 || e.Redact(string(answer.Body)) != "hello [x-tenant]" {
		t.Errorf("%d %s %v", answer.Status, answer.Body, err)
	}
	a, err = endpoint.FindAccess(scenarios.Target{Headers: map[string]string{"a": "LOADGEN_TEST_NONE"},
		APIKeyEnv: "LOADGEN_TEST_NO_KEY", CAEnv: "LOADGEN_TEST_NO_CA"})
	if got := strings.Join(a.Unset, " "); err != nil || got != "LOADGEN_TEST_NO_KEY LOADGEN_TEST_NONE LOADGEN_TEST_NO_CA" {
		t.Error(got, err)
	}
	t.Setenv("LOADGEN_TEST_TENANT", "blue\r\nX-Other: 1")
	_, err = endpoint.FindAccess(scenarios.Target{Headers: map[string]string{"x-tenant": "LOADGEN_TEST_TENANT"}})
	if err == nil || strings.Contains(err.Error(), "blue") {
		t.Error(err)
	}
}

func TestAuthorityIsReadFromTheNamedFile(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = fmt.Fprint(w, "safe")
	}))
	defer srv.Close()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}),
		0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LOADGEN_TEST_CA", path)
	target := scenarios.Target{CAEnv: "LOADGEN_TEST_CA"}
	a, err := endpoint.FindAccess(target)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := open(t, clock.NewWall(), srv.URL, a.Options).Get(t.Context(), "/", time.Minute); err != nil ||
		string(answer.Body) != "safe" {
		t.Errorf("%s %v", answer.Body, err)
	}
	for _, content := range []string{"", "no certificate"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := endpoint.FindAccess(target); err == nil || !strings.Contains(err.Error(), "LOADGEN_TEST_CA") {
			t.Error(err)
		}
	}
	t.Setenv("LOADGEN_TEST_CA", path+"-not")
	if _, err := endpoint.FindAccess(target); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// A proxy that the environment names is said, since it is not used.
func TestProxyVariables(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
		"NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("https_proxy", "http://proxy:3128")
	t.Setenv("NO_PROXY", "inside.example, .corp")
	for url, want := range map[string]string{"https://api.example": "https_proxy", "http://api.example": "",
		"https://localhost:8000": "", "https://127.0.0.1:8000": "",
		"https://inside.example": "", "https://gpu1.inside.example:8000": "", "https://a.corp": "",
		"https://notinside.example": "https_proxy"} {
		if got := endpoint.ProxyVariable(scenarios.Target{URL: url}); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	t.Setenv("ALL_PROXY", "socks5://proxy")
	if got := endpoint.ProxyVariable(scenarios.Target{URL: "http://api.example"}); got != "ALL_PROXY" {
		t.Error(got)
	}
}
