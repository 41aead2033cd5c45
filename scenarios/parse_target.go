package scenarios

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// targetName also names directories and figures.
var targetName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// IsTargetName reports whether a target may be called so: it names directories.
func IsTargetName(name string) bool { return targetName.MatchString(name) }

// TargetNameOf makes a target's name of another one, such as a model's.
func TargetNameOf(name string) string {
	name = strings.Trim(notTargetName.ReplaceAllString(strings.ToLower(name), "-"), "-._")
	if name == "" {
		return "model"
	}
	return name
}

var notTargetName = regexp.MustCompile(`[^a-z0-9._-]+`)

func (r *reader) targets(n ast.Node, path string) []Target {
	var out []Target
	for _, e := range r.entries(n, path) {
		out = append(out, r.target(e, join(path, keyOf(e)))...)
	}
	return out
}

// target reads one target, or the variants of one.
func (r *reader) target(e *ast.MappingValueNode, here string) []Target {
	t := Target{Name: keyOf(e), API: "chat", Settings: Settings{}}
	r.targetName(e.Key, here, t.Name)
	var variants ast.Node
	known := r.targetFields(&t)
	known["variants"] = func(n ast.Node, _ string) { variants = n }
	given := r.object(e.Value, here, known)
	if variants == nil {
		r.needTarget(e.Key, here, given)
		r.oneKey(e.Key, here, t)
		r.shape(e.Key, here, &t)
		return []Target{t}
	}
	return r.variants(variants, join(here, "variants"), t, given)
}

// variants reads targets that share what stands above them, such as one model at several tensor-parallel sizes;
// settings are merged, all else replaces.
func (r *reader) variants(n ast.Node, path string, base Target, given map[string]bool) []Target {
	var out []Target
	for _, e := range r.entries(n, path) {
		t := base
		t.Name, t.Settings = base.Name+"-"+keyOf(e), nil
		here := join(path, keyOf(e))
		r.targetName(e.Key, here, keyOf(e))
		own := r.object(e.Value, here, r.targetFields(&t))
		t.Settings = base.Settings.With(t.Settings)
		for key := range given {
			own[key] = true
		}
		r.needTarget(e.Key, here, own)
		r.oneKey(e.Key, here, t)
		r.shape(e.Key, here, &t)
		out = append(out, t)
	}
	return out
}

func (r *reader) targetName(n ast.Node, path, name string) {
	if !targetName.MatchString(name) {
		r.fault(n, path, "it names directories", "given %q, expected lower-case letters, digits, dots and dashes", name)
	}
}

func (r *reader) needTarget(n ast.Node, path string, given map[string]bool) {
	r.need(n, path, given, "such as url: http://localhost:8000", "url")
	r.need(n, path, given, "the name that /v1/models lists", "model")
}

func (r *reader) targetFields(t *Target) fields {
	return fields{
		"description":  r.text(&t.Description),
		"url":          r.url(&t.URL),
		"model":        r.text(&t.Model),
		"api":          r.oneOf(&t.API, "chat", "completions", "responses"),
		"api_key_env":  r.envName(&t.APIKeyEnv, "never the key"),
		"headers":      func(n ast.Node, path string) { t.Headers = r.headers(n, path) },
		"ca_env":       r.envName(&t.CAEnv, "never the path"),
		"metrics":      func(n ast.Node, path string) { t.Metrics = r.metrics(n, path) },
		"settings":     func(n ast.Node, path string) { t.Settings = r.settings(n, path) },
		"model_config": r.modelConfig(t),
		"card":         r.card(t),
		"gpus":         func(n ast.Node, path string) { t.GPUs = r.gpus(n, path) },
		"price":        r.number(&t.Price, 0.0001, 1e6),
		"together":     r.boolean(&t.Together),
	}
}

// toolsNeedChat refuses tools and systems that a target's API cannot carry.
func (r *reader) toolsNeedChat(n ast.Node, s *Scenario) {
	for _, t := range s.Targets {
		for _, c := range s.Prompts {
			if t.API == "completions" && (c.System != "" || c.Request != nil && c.Request.Tools != nil ||
				s.Request.Tools != nil) {
				r.fault(n, join("prompts", c.Name), "api: chat",
					"system messages and tools need the chat API, and %s uses completions", t.Name)
			}
		}
	}
}

func (r *reader) url(into *string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		u, err := ParseURL(text)
		given := describe(n)
		if strings.ContainsAny(text, "@?#") {
			given = "a text with @, ? or #"
		}
		switch raw, _ := url.Parse(text); {
		case raw != nil && raw.User != nil && raw.Hostname() != "":
			r.fault(n, path, "use api_key_env", "a URL with a user or password in it is not taken")
		case err != nil:
			r.fault(n, path, "such as http://localhost:8000", "given %s, expected a URL with http:// or https:// and a host",
				given)
		case strings.TrimSuffix(u.Path, "/") != strings.TrimSuffix(raw.Path, "/"):
			r.fault(n, path, "leave out /v1: it is added", "given %s, expected the server's root", given)
		}
		*into = strings.TrimSuffix(text, "/")
	}
}

// metrics reads a URL, or a list of them.
func (r *reader) metrics(n ast.Node, path string) []string {
	var out []string
	one := func(n ast.Node, path string) {
		at := ""
		r.url(&at)(n, path)
		out = append(out, at)
	}
	if _, listed := unwrap(n).(*ast.SequenceNode); listed {
		r.list(n, path, one)
	} else {
		one(n, path)
	}
	return out
}

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// envName reads the name of a variable; never says what the variable holds and is not to be written here.
func (r *reader) envName(into *string, never string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		if !environmentName.MatchString(text) {
			r.fault(n, path, "write the variable's name, "+never, "expected the name of an environment variable")
			return
		}
		*into = text
	}
}

// ourHeaders are what every request has by itself.
var ourHeaders = []string{"Connection", "Content-Length", "Content-Type", "Host", "Transfer-Encoding", "User-Agent"}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// headers reads {X-Tenant: TENANT}: names of headers, and of the variables that hold their values.
func (r *reader) headers(n ast.Node, path string) map[string]string {
	out := map[string]string{}
	for _, e := range r.entries(n, path) {
		name, variable := keyOf(e), ""
		same := func(other string) bool { return strings.EqualFold(other, name) }
		switch {
		case !headerName.MatchString(name):
			r.fault(e.Key, join(path, name), "such as X-Tenant", "expected the name of a header")
		case slices.ContainsFunc(ourHeaders, same):
			r.fault(e.Key, join(path, name), "", "%s is set by the sending itself", name)
		case slices.ContainsFunc(slices.Collect(maps.Keys(out)), same):
			r.fault(e.Key, join(path, name), "names of headers are one in upper and lower case", "a header stands twice")
		default:
			r.envName(&variable, "never the value")(e.Value, join(path, name))
			out[name] = variable
		}
	}
	return out
}

// oneKey refuses a key that is given twice.
func (r *reader) oneKey(n ast.Node, path string, t Target) {
	for name := range t.Headers {
		if t.APIKeyEnv != "" && strings.EqualFold(name, "Authorization") {
			r.fault(n, join(path, "headers"), "leave one of them out", "api_key_env sets the header Authorization, too")
		}
	}
}

func (r *reader) oneOf(into *string, allowed ...string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		if !slices.Contains(allowed, text) {
			hint := ""
			if near := Nearest(text, allowed); near != "" {
				hint = "did you mean " + near + "?"
			}
			r.fault(n, path, hint, "given %s, expected one of: %s", describe(n), strings.Join(allowed, ", "))
			return
		}
		*into = text
	}
}

func (r *reader) gpus(n ast.Node, path string) []int {
	var out []int
	r.list(n, path, func(n ast.Node, path string) {
		id := 0
		r.whole(&id, 0, 1023)(n, path)
		if slices.Contains(out, id) {
			r.fault(n, path, "", "GPU %d stands twice", id)
		}
		out = append(out, id)
	})
	return out
}
