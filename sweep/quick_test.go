package sweep

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/scenarios"
)

// What a server's /tokenize says of the words is told, and never stops a run.
func TestWordsAreVerified(t *testing.T) {
	sc, err := scenarios.Parse("x.yaml",
		[]byte("version: 1\ntargets: {a: {url: http://localhost:1, model: m}}\nprompts: {c: {input: {fixed: 4}, output: "+
			"{max: 2}}}\nload: {each: 1}\n"))
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
		var got quickCheck
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

// gateway is a server that answers in four tokens, where refuse has nothing against the body.
func gateway(t *testing.T, models string, refuse func(body map[string]any) string) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Tenant") == "red-team" {
			http.Error(w, `{"error":{"message":"tenant red-team is not known"}}`, http.StatusForbidden)
			return
		}
		if r.Method == http.MethodGet {
			if models == "" {
				http.Error(w, `{"detail":"Not Found"}`, http.StatusNotFound)
			}
			_, _ = io.WriteString(w, models)
			return
		}
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if why := refuse(body); why != "" {
			http.Error(w, why, http.StatusUnprocessableEntity)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, strings.Repeat(`data: {"choices":[{"delta":{"content":"x"}}]}`+"\n\n", 4)+
			`data: {"choices":[{"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":4}}`+
			"\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(server.Close)
	return server
}

// Of what a gateway hides or renames the quick test only warns: the one generation decides. What it refuses it says in
// its own words, with the key of the scenario that helps.
func TestGateways(t *testing.T) {
	t.Setenv("LOADGEN_TEST_TENANT", "red-team")
	const listed = `{"data":[{"id":"m"}]}`
	extra := func(keys ...string) func(map[string]any) string {
		return func(body map[string]any) string {
			for _, k := range keys {
				if _, given := body[k]; given {
					return `{"detail":[{"type":"extra_forbidden","loc":["body","` + k + `"],"msg":"Extra inputs are not permitted"}]}`
				}
			}
			return ""
		}
	}
	for name, c := range map[string]struct {
		models, target, request string
		refuse                  func(map[string]any) string
		ok                      bool
		says                    string // part of the first check that warns or fails
		noSalt                  bool
	}{
		"plain":     {models: listed, ok: true},
		"no models": {ok: true, says: "HTTP 404 from /v1/models: whether requests are let in, the generation shows"},
		"another model": {models: `{"data":[{"id":"big"},{"id":"small"}]}`, ok: true,
			says: `"m" is not listed, only big, small: the generation decides`},
		"no JSON": {models: "<html>", ok: true, says: "/v1/models is not a list of models"},
		"another tenant": {models: listed, target: ", headers: {X-Tenant: LOADGEN_TEST_TENANT}",
			says: "HTTP 403 from /v1/models, expected 200: tenant [X-Tenant] is not known"},
		"no salt": {models: listed, refuse: extra("cache_salt"), ok: true,
			says: "cache_salt is refused: literal and recorded texts are sent without", noSalt: true},
		"no keys of ours": {models: listed, refuse: extra("min_tokens", "ignore_eos"),
			says: "request: {extra_body: {min_tokens: null}} leaves out"},
		"null": {models: listed, request: "request: {extra_body: {min_tokens: null, ignore_eos: null, " +
			"cache_salt: null}}", refuse: extra("min_tokens", "ignore_eos", "cache_salt"), ok: true},
		"newer name": {models: listed, refuse: func(body map[string]any) string {
			if body["max_tokens"] != nil {
				return `{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}}`
			}
			return ""
		}, says: "extra_body: {max_tokens: null}} sends max_completion_tokens"},
	} {
		if c.refuse == nil {
			c.refuse = func(map[string]any) string { return "" }
		}
		server := gateway(t, c.models, c.refuse)
		sc, err := scenarios.Parse("x.yaml", []byte("version: 1\ntargets: {a: {url: "+server.URL+", model: m"+c.target+
			"}}\nprompts: {c: {text: hello, output: {fixed: 4}}}\nload: {each: 1}\n"+c.request+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		env := &Env{Clock: clock.NewWall(), Salt: "s", Access: func(tg scenarios.Target) endpoint.Options {
			a,
				_ := endpoint.FindAccess(tg)
			return a.Options
		}}
		var q QuickResult
		if err := env.Clock.Run("test", func() { q = Quick(t.Context(), env, sc, sc.Targets[0]) }); err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, check := range q.Checks {
			if said == "" && (check.Warn || !check.OK) {
				said = check.Says + " (" + check.Hint + ")"
			}
		}
		if q.OK() != c.ok || q.NoSalt != c.noSalt || c.says != "" && !strings.Contains(said, c.says) || c.says == "" &&
			said != "" {
			t.Errorf("%s: %v, %q", name, q.OK(), said)
		}
	}
}

// A server that is starting is asked again until it answers, or the time is over.
func TestServersThatAreStarting(t *testing.T) {
	for _, c := range []struct {
		wait, after time.Duration
		ok          bool
		at          time.Duration
	}{{time.Minute, 9 * time.Second, true, 10 * time.Second}, {5 * time.Second, 9 * time.Second, false, 4 * time.Second},
		{0, time.Second, false, 0}} {
		clk := clock.NewVirtual()
		network := memnet.New(clk)
		network.Listen("a:80", func(p *memnet.Peer) {
			p.OnData = func([]byte) {
				status := 503
				if clk.Now() >= c.after {
					status = 200
				}
				p.Write(fmt.Appendf(nil, "HTTP/1.1 %d X\r\nContent-Length: 11\r\n\r\n{\"data\":[]}", status))
			}
		})
		var told []string
		env := &Env{Clock: clk, Dial: network.Dial, Wait: c.wait,
			Waits: func(target, why string) { told = append(told, target+": "+why) }}
		err := clk.Run("test", func() {
			ep, err := env.open(scenarios.Target{Name: "a", URL: "http://a", Model: "m"})
			if err != nil {
				t.Error(err)
				return
			}
			if a, err := env.models(t.Context(), ep); err != nil || (a.Status == 200) != c.ok || clk.Now() != c.at {
				t.Errorf("waiting %v: %d at %v, %v", c.wait, a.Status, clk.Now(), err)
			}
		})
		if err != nil || c.wait > 0 && strings.Join(told, "|") != "a: HTTP 503" {
			t.Error(err, told)
		}
	}
}
