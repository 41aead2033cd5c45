package sweep

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/telemetry"
)

// quickTimeout bounds each question of the quick test.
const quickTimeout = 30 * time.Second

// A QuickResult is what one endpoint answered to the quick test.
type QuickResult struct {
	Target string
	URL    string
	Checks []quickCheck
	First  *results.Record // the one generation; nil when it did not come to it
	NoSalt bool            // the server refuses cache_salt, and generates without

	planned int // tokens of the answer, had it been asked for whole
}

// quickTokens is how many tokens the quick test asks for of an answer of a given length: how long the rest takes
// follows from them. In virtual time, where waiting costs nothing, it asks for all.
const quickTokens = 32

// whole is how long the one generation would have taken had it been asked for whole; 0: there was none.
func (q QuickResult) whole() time.Duration {
	if q.First == nil {
		return 0
	}
	took, ok := q.First.E2E()
	if !ok {
		return 0
	}
	each, _ := q.First.TPOT()
	if left := q.planned - int(q.First.OutputTokens); q.First.PlannedExact && left > 0 {
		took += each * time.Duration(left)
	}
	return took
}

// A quickCheck is one question: reachable, authorised, model, tokens, generation.
type quickCheck struct {
	Name string
	OK   bool
	Says string        // what was seen; with a failure what was expected
	Hint string        // with a failure
	Took time.Duration // on the run's clock
	Warn bool          // it passed, and what it says must travel with the run
}

// OK reports whether every check passed.
func (q QuickResult) OK() bool {
	return len(q.Checks) > 0 && !slices.ContainsFunc(q.Checks, func(c quickCheck) bool { return !c.OK })
}

// failure is the first failed check in one line: URL, what was given, what was expected, a hint.
func (q QuickResult) failure() string {
	for _, c := range q.Checks {
		if !c.OK {
			return strings.TrimSuffix(fmt.Sprintf("%s: %s: %s: %s (%s)", q.Target, q.URL, c.Name, c.Says, c.Hint), " ()")
		}
	}
	return ""
}

// Quick asks one endpoint, in order, whether it is reachable, takes the key, serves the model and generates; it stops
// at the first no. Of a page of models that is missing, or lists others, it only warns. The caller is a goroutine of
// the clock.
func Quick(ctx context.Context, env *Env, sc *scenarios.Scenario, t scenarios.Target) QuickResult {
	q := QuickResult{Target: t.Name, URL: t.URL}
	ep, err := env.open(t)
	if err != nil {
		q.Checks = append(q.Checks, quickCheck{Name: "url", Says: err.Error()})
		return q
	}
	defer ep.Close()
	var models endpoint.Answer
	steps := []func() quickCheck{
		func() quickCheck { var c quickCheck; models, c = env.reach(ctx, ep); return c },
		func() quickCheck { return authorised(ep, models) },
		func() quickCheck { return serves(t, models) },
		func() quickCheck { return sized(ep, sc, t) },
		func() quickCheck { return q.generates(ctx, env, ep, sc, models) },
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

func (e *Env) reach(ctx context.Context, ep *endpoint.Endpoint) (endpoint.Answer, quickCheck) {
	c := quickCheck{Name: "reachable"}
	proxy := endpoint.ProxyVariable(ep.Target())
	a, err := e.models(ctx, ep)
	if err != nil {
		c.Says, c.Hint = "GET /v1/models: "+err.Error(), "is the server started, and is this its port?"
		if proxy != "" {
			c.Hint = proxy + " is set, and requests are sent to the server itself, never through a proxy"
		}
		return a, c
	}
	c.OK, c.Says = true, fmt.Sprintf("HTTP %d", a.Status)
	if proxy != "" {
		c.Warn, c.Says = true, c.Says+"; "+proxy+" is set and was not used: requests go to the server itself"
	}
	return a, c
}

// models asks for /v1/models, again and again while the server may be starting.
func (e *Env) models(ctx context.Context, ep *endpoint.Endpoint) (endpoint.Answer, error) {
	told := ""
	for {
		a, err := ep.Get(ctx, "/v1/models", quickTimeout)
		why := starting(a, err)
		if why == "" || ctx.Err() != nil || e.Clock.Now()+waitPeriod > e.Wait {
			return a, err
		}
		if why != told && e.Waits != nil {
			e.Waits(ep.Target().Name, why)
			told = why
		}
		if err := e.Clock.SleepUntil(ctx, e.Clock.Now()+waitPeriod); err != nil {
			return a, err
		}
	}
}

// waitPeriod is how often a server that is starting is asked.
const waitPeriod = 2 * time.Second

// starting says why a server does not answer yet; empty: it does. Until the model is loaded nobody listens, or a
// gateway in front says that nobody does.
func starting(a endpoint.Answer, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case a.Status == 502 || a.Status == 503 || a.Status == 504:
		return fmt.Sprintf("HTTP %d", a.Status)
	}
	return ""
}

// authorised looks at the status of /v1/models, and tells the server's own words where it is refused. Gateways that
// have no such page are judged by the generation.
func authorised(ep *endpoint.Endpoint, a endpoint.Answer) quickCheck {
	t := ep.Target()
	c := quickCheck{Name: "authorised", OK: true, Says: "key accepted"}
	if t.APIKeyEnv == "" {
		c.Says = "no key required"
	}
	switch {
	case a.Status == 401 || a.Status == 403:
		c.OK, c.Says = false, fmt.Sprintf("HTTP %d from /v1/models, expected 200", a.Status)
		if said := generator.Line(ep.Redact(generator.Words(a.Body))); said != "" {
			c.Says += ": " + said
		}
		c.Hint = "name the variable that holds the key: api_key_env; or those of other headers: headers"
		if t.APIKeyEnv != "" {
			c.Hint = "the key in " + t.APIKeyEnv + " is not this server's"
		}
	case a.Status != 200:
		c.Warn, c.Says = true, fmt.Sprintf("HTTP %d from /v1/models: whether requests are let in, the generation shows",
			a.Status)
	}
	return c
}

// serves looks for the model on /v1/models. Gateways answer to names that they do not list, so the generation decides.
func serves(t scenarios.Target, a endpoint.Answer) quickCheck {
	c := quickCheck{Name: "model", OK: true, Says: t.Model}
	ids, err := listed(a)
	switch {
	case a.Status != 200:
		c.Warn, c.Says = true, "models are not listed: whether "+t.Model+" is served, the generation shows"
	case err != nil:
		c.Warn, c.Says = true, "/v1/models is not a list of models: the generation decides"
	case !slices.Contains(ids, t.Model):
		c.Warn, c.Says = true, fmt.Sprintf("%q is not listed, only %s: the generation decides", t.Model,
			strings.Join(ids, ", "))
	}
	return c
}

// listed are the names on /v1/models.
func listed(a endpoint.Answer) (ids []string, err error) {
	models, err := telemetry.Models(a.Body)
	for _, m := range models {
		ids = append(ids, generator.Line(m.ID))
	}
	return ids, err
}

// sized asks once whether the words of generated prompts are one token each in this server's vocabulary. It never
// fails: what was sent is counted by the server, and a plan that misses its lengths is worth a word, not a stop.
func sized(ep *endpoint.Endpoint, sc *scenarios.Scenario, t scenarios.Target) quickCheck {
	c := quickCheck{Name: "tokens", OK: true}
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
		c.Says = fmt.Sprintf("the %d words of generated prompts are %d tokens here: lengths are %+.1f %% off", n, got,
			100*(float64(got)/float64(n)-1))
	default:
		c.Says = fmt.Sprintf("the %d words of generated prompts are one token each", n)
	}
	return c
}

// generates sends one prompt. A server that refuses cache_salt is asked again without.
func (q *QuickResult) generates(ctx context.Context, env *Env, ep *endpoint.Endpoint, sc *scenarios.Scenario,
	models endpoint.Answer) quickCheck {
	c := quickCheck{Name: "generation"}
	req := sc.Request
	if req.Timeout == 0 {
		req.Timeout = 2 * time.Minute
	}
	p := quickPrompt(env, sc)
	if q.planned = p.MaxTokens; p.Exact && !env.Simulated {
		p.MaxTokens = min(p.MaxTokens, quickTokens)
	}
	r := generator.Once(ctx, env.Clock, ep, p, req)
	if r.Fault == results.FaultClient && p.Salt != "" && strings.Contains(r.Detail, "cache_salt") {
		p.Salt = ""
		if again := generator.Once(ctx, env.Clock, ep, p, req); again.OK() {
			r, q.NoSalt, c.Warn = again, true, true
		}
	}
	q.First = r
	if !r.OK() {
		c.Says = fmt.Sprintf("%s: %s", r.Fault, r.Detail)
		if r.Detail == "" {
			c.Says = string(r.Fault)
		}
		c.Hint = generationHint(r, ep.Target(), models)
		return c
	}
	ttft, _ := r.TTFT()
	e2e, _ := r.E2E()
	c.OK, c.Says = true, fmt.Sprintf("%d tokens in %v, the first after %v", r.OutputTokens, e2e.Round(time.Millisecond),
		ttft.Round(100*time.Microsecond))
	if r.PlannedPrompt > 0 && r.PromptTokens > 0 {
		c.Says += fmt.Sprintf("; a prompt of %d tokens is %d with the template", r.PlannedPrompt, r.PromptTokens)
	}
	if q.NoSalt {
		c.Says += "; cache_salt is refused: literal and recorded texts are sent without, and may be in the prefix cache"
	}
	return c
}

// quickPrompt is the first class's, or that of the first with a cache salt: whether it is taken must be known before
// the load.
func quickPrompt(env *Env, sc *scenarios.Scenario) scenarios.Prompt {
	all := scenarios.NewMix(sc, scenarios.Step{Seed: sc.Seed ^ 0x717569636b}).Salted(env.Salt).Each(1)
	for _, p := range all {
		if p.Salt != "" && env.Salt != "" {
			return p
		}
	}
	return all[0]
}

// ownKeys are keys of a request that not every server takes, and that extra_body can leave out.
var ownKeys = []string{"min_tokens", "ignore_eos", "cache_salt", "stream_options", "top_k", "chat_template_kwargs"}

func generationHint(r *results.Record, t scenarios.Target, models endpoint.Answer) string {
	ids, _ := listed(models)
	refused := r.Fault == results.FaultClient
	var keys []string
	for _, k := range ownKeys {
		if strings.Contains(r.Detail, k) {
			keys = append(keys, k+": null")
		}
	}
	switch {
	case refused && strings.Contains(r.Detail, "max_completion_tokens"):
		return "request: {extra_body: {max_tokens: null}} sends max_completion_tokens in its place"
	case refused && len(keys) > 0:
		return "request: {extra_body: {" + strings.Join(keys, ", ") + "}} leaves out what is refused"
	case (r.Status == 401 || r.Status == 403) && t.APIKeyEnv == "":
		return "name the variable that holds the key: api_key_env; or those of other headers: headers"
	case r.Status == 401 || r.Status == 403:
		return "is the key in " + t.APIKeyEnv + " this server's? other headers: headers"
	case refused && models.Status == 200 && len(ids) > 0 && !slices.Contains(ids, t.Model):
		return "the models listed are " + strings.Join(ids, ", ") + ": write one of these as model"
	case r.Status == 404:
		return "is this an OpenAI-compatible server, does url point at its root, and has it this api?"
	}
	switch r.Fault {
	case results.FaultRateLimited:
		return "a rate limit was reached before the load: measure past the gateway, or raise its limit"
	case results.FaultMalformed:
		return "expected an event stream (text/event-stream); does a proxy answer instead?"
	case results.FaultEmpty:
		return "the stream ended without a token; look at the server's log"
	case results.FaultTimeout:
		return "expected an answer within 2 minutes; is the server overloaded?"
	}
	return "look at the server's log"
}
