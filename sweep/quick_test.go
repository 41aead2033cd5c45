package sweep

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/scenarios"
)

// What a server's /tokenize says of the words is told, and never stops a run.
func TestWordsAreVerified(t *testing.T) {
	sc, err := scenarios.Parse("x.yaml", []byte("version: 1\ntargets: {a: {url: http://localhost:1, model: m}}\nprompts: {c: {input: {fixed: 4}, output: {max: 2}}}\nload: {each: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		body   string
		warn   bool
		says   string
	}{
		{200, `{"count":256}`, false, "the 256 words of generated prompts are one token each"},
		{200, `{"count":320}`, true, "are 320 tokens here: lengths are +25.0 % off"},
		{404, `{}`, false, "not checked: /tokenize: status 404"},
		{200, `[]`, false, "not checked: /tokenize: no count in its answer"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}))
		target := scenarios.Target{Name: "a", URL: server.URL, Model: "m"}
		clk := clock.NewWall()
		ep, err := endpoint.New(clk, target, endpoint.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got QuickCheck
		if err := clk.Run("test", func() { got = sized(ep, sc, target) }); err != nil {
			t.Fatal(err)
		}
		ep.Close()
		server.Close()
		if !got.OK || got.Warn != c.warn || !strings.Contains(got.Says, c.says) {
			t.Errorf("%d %s: %+v", c.status, c.body, got)
		}
	}
	sc.Prompts[0].Input = nil
	if got := sized(nil, sc, scenarios.Target{}); got.Says != "no generated prompts" {
		t.Errorf("%+v", got)
	}
}
