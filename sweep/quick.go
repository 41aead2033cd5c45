package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// quickTimeout bounds each question of the quick test.
const quickTimeout = 30 * time.Second

// A QuickResult is what one endpoint answered to the quick test.
type QuickResult struct {
	Target string
	URL    string
	Checks []QuickCheck
	First  *results.Record // the one generation; nil when it did not come to it
}

// A QuickCheck is one question: reachable, authorised, model, tokens, generation.
type QuickCheck struct {
	Name string
	OK   bool
	Says string        // what was seen; with a failure what was expected
	Hint string        // with a failure
	Took time.Duration // on the run's clock
	Warn bool          // it passed, and what it says must travel with the run
}

// OK tells that every check passed.
func (q QuickResult) OK() bool {
	return len(q.Checks) > 0 && !slices.ContainsFunc(q.Checks, func(c QuickCheck) bool { return !c.OK })
}

// Failure is the first failed check in one line: URL, what was given, what was expected, a hint.
func (q QuickResult) Failure() string {
	for _, c := range q.Checks {
		if !c.OK {
			return strings.TrimSuffix(fmt.Sprintf("%s: %s: %s: %s (%s)", q.Target, q.URL, c.Name, c.Says, c.Hint), " ()")
		}
	}
	return ""
}

// Quick asks one endpoint, in order, whether it is reachable, takes the key, serves the model and generates; it stops at the
// first no. The caller is a goroutine of the clock.
func Quick(ctx context.Context, env *Env, sc *scenarios.Scenario, t scenarios.Target) QuickResult {
	q := QuickResult{Target: t.Name, URL: t.URL}
	ep, err := env.open(t)
	if err != nil {
		q.Checks = append(q.Checks, QuickCheck{Name: "url", Says: err.Error()})
		return q
	}
	defer ep.Close()
	var models endpoint.Answer
	steps := []func() QuickCheck{
		func() QuickCheck { var c QuickCheck; models, c = reach(ctx, ep); return c },
		func() QuickCheck { return authorised(t, models) },
		func() QuickCheck { return serves(t, models) },
		func() QuickCheck { return sized(ep, sc, t) },
		func() QuickCheck { c, r := generates(ctx, env, ep, sc); q.First = r; return c },
	}
	for _, step := range steps {
		begin := env.Clock.Now()
		c := step()
		c.Took = env.Clock.Now() - begin
		q.Checks = append(q.Checks, c)
		if !c.OK {
			return q
		}
	}
	return q
}

func reach(ctx context.Context, ep *endpoint.Endpoint) (endpoint.Answer, QuickCheck) {
	c := QuickCheck{Name: "reachable"}
	a, err := ep.Get(ctx, "/v1/models", quickTimeout)
	if err != nil {
		c.Says, c.Hint = "GET /v1/models: "+err.Error(), "is the server started, and is this its port?"
		return a, c
	}
	c.OK, c.Says = true, fmt.Sprintf("HTTP %d", a.Status)
	return a, c
}

func authorised(t scenarios.Target, a endpoint.Answer) QuickCheck {
	c := QuickCheck{Name: "authorised", OK: true, Says: "key taken"}
	if t.APIKeyEnv == "" {
		c.Says = "no key asked"
	}
	switch {
	case a.Status == 401 || a.Status == 403:
		c.OK, c.Says = false, fmt.Sprintf("HTTP %d from /v1/models, expected 200", a.Status)
		c.Hint = "name the variable that holds the key: api_key_env"
		if t.APIKeyEnv != "" {
			c.Hint = "the key in " + t.APIKeyEnv + " is not this server's"
		}
	case a.Status != 200:
		c.OK, c.Says = false, fmt.Sprintf("HTTP %d from /v1/models, expected 200", a.Status)
		c.Hint = "is this an OpenAI-compatible server, and does url point at its root?"
	}
	return c
}

func serves(t scenarios.Target, a endpoint.Answer) QuickCheck {
	c := QuickCheck{Name: "model"}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(a.Body, &list); err != nil {
		c.Says, c.Hint = "/v1/models is not JSON: "+err.Error(), "is this an OpenAI-compatible server?"
		return c
	}
	var ids []string
	for _, m := range list.Data {
		ids = append(ids, m.ID)
	}
	if slices.Contains(ids, t.Model) {
		c.OK, c.Says = true, t.Model
		return c
	}
	c.Says = fmt.Sprintf("%q is not served, only %s", t.Model, strings.Join(ids, ", "))
	c.Hint = "write one of these as model"
	return c
}

// sized asks once whether the words of generated prompts are one token each in this server's vocabulary. It never fails: what
// was sent is counted by the server, and a plan that misses its lengths is worth a word, not a stop.
func sized(ep *endpoint.Endpoint, sc *scenarios.Scenario, t scenarios.Target) QuickCheck {
	c := QuickCheck{Name: "tokens", OK: true}
	if !sc.Generates() {
		c.Says = "no generated prompts"
		return c
	}
	text, n := scenarios.Vocabulary()
	got, err := ep.Tokenizer(t.Model).Count(text)
	switch {
	case err != nil:
		c.Says = "not checked: " + ep.Redact(err.Error())
	case got != n:
		c.Warn = true
		c.Says = fmt.Sprintf("the %d words of generated prompts are %d tokens here: lengths are %+.1f %% off", n, got, 100*(float64(got)/float64(n)-1))
	default:
		c.Says = fmt.Sprintf("the %d words of generated prompts are one token each", n)
	}
	return c
}

func generates(ctx context.Context, env *Env, ep *endpoint.Endpoint, sc *scenarios.Scenario) (QuickCheck, *results.Record) {
	c := QuickCheck{Name: "generation"}
	p := scenarios.NewMix(sc, scenarios.Step{Seed: sc.Seed ^ 0x717569636b}).Each(1)[0]
	req := sc.Request
	if req.Timeout == 0 {
		req.Timeout = 2 * time.Minute
	}
	r := generator.Once(ctx, env.Clock, ep, p, req)
	if !r.OK() {
		c.Says = fmt.Sprintf("%s: %s", r.Fault, r.Detail)
		if r.Detail == "" {
			c.Says = string(r.Fault)
		}
		c.Hint = generationHint(r.Fault)
		return c, r
	}
	ttft, _ := r.TTFT()
	e2e, _ := r.E2E()
	c.OK, c.Says = true, fmt.Sprintf("%d tokens in %v, the first after %v", r.OutputTokens, e2e.Round(time.Millisecond), ttft.Round(100*time.Microsecond))
	if r.PlannedPrompt > 0 && r.PromptTokens > 0 {
		c.Says += fmt.Sprintf("; a prompt of %d tokens is %d with the template", r.PlannedPrompt, r.PromptTokens)
	}
	return c, r
}

func generationHint(f results.Fault) string {
	switch f {
	case results.FaultMalformed:
		return "expected an event stream (text/event-stream); does a proxy answer instead?"
	case results.FaultEmpty:
		return "the stream ended without a token; look at the server's log"
	case results.FaultTimeout:
		return "expected an answer within 2 minutes; is the server overloaded?"
	}
	return "look at the server's log"
}
