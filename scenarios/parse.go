package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"loadgen/vllm"
)

// Parse reads a scenario; file is the name used in messages. The error is Faults: every fault of the file at once.
func Parse(file string, data []byte) (*Scenario, error) {
	r := &reader{file: file}
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, Faults{syntaxFault(file, err)}
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		return nil, Faults{{File: file, Line: 1, Column: 1, Path: "file", Says: "the file is empty", Hint: "a scenario needs targets, prompts and load"}}
	}
	s := r.scenario(doc.Docs[0].Body)
	if len(doc.Docs) > 1 {
		r.fault(doc.Docs[1].Body, "file", "", "expected one document, got %d", len(doc.Docs))
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
		return nil, r.faults
	}
	return s, nil
}

func syntaxFault(file string, err error) Fault {
	f := Fault{File: file, Line: 1, Column: 1, Path: "yaml", Says: strings.SplitN(err.Error(), "\n", 2)[0]}
	var at yaml.Error
	if errors.As(err, &at) {
		f.Says = at.GetMessage()
		if t := at.GetToken(); t != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	return f
}

func (r *reader) scenario(n ast.Node) *Scenario {
	s := &Scenario{Seed: 1}
	if describe(n) != "a mapping" {
		r.fault(n, "file", "a scenario needs version, targets, prompts and load", "expected a mapping of keys, got %s", describe(n))
		return s
	}
	given := r.object(n, "", fields{
		"version":   r.whole(&s.Version, 1, math.MaxInt32),
		"name":      r.text(&s.Name),
		"seed":      r.seed(&s.Seed),
		"targets":   func(n ast.Node, path string) { s.Targets = r.targets(n, path) },
		"prompts":   func(n ast.Node, path string) { s.Prompts = r.prompts(n, path) },
		"load":      func(n ast.Node, path string) { s.Phases = r.phases(n, path) },
		"request":   func(n ast.Node, path string) { s.Request = r.request(n, path) },
		"objective": func(n ast.Node, path string) { s.Objective = r.objective(n, path) },
	})
	r.need(n, "version", given, "write version: 1", "version")
	r.need(n, "targets", given, "name at least one server", "targets")
	r.need(n, "prompts", given, "name at least one class of prompts", "prompts")
	r.need(n, "load", given, "write load: {concurrency: [1, 2, 4]} or {rate: [1, 2]} or {each: 3}", "load")
	if s.Version > Version {
		r.fault(n, "version", "use a newer loadgen", "given %d, this loadgen reads version %d", s.Version, Version)
	}
	if s.Name == "" {
		s.Name = "scenario"
	}
	return s
}

func (r *reader) seed(into *uint64) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		v := 0
		r.whole(&v, 0, math.MaxInt32)(n, path)
		*into = uint64(v)
	}
}

// targetName also names directories and figures.
var targetName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

func (r *reader) targets(n ast.Node, path string) []Target {
	var out []Target
	for _, e := range r.entries(n, path) {
		t := Target{Name: keyOf(e), API: "chat", Settings: Settings{}}
		here := join(path, t.Name)
		if !targetName.MatchString(t.Name) {
			r.fault(e.Key, here, "it names directories", "given %q, expected lower-case letters, digits, dots and dashes", t.Name)
		}
		given := r.object(e.Value, here, fields{
			"url":         r.url(&t.URL),
			"model":       r.text(&t.Model),
			"api":         r.oneOf(&t.API, "chat", "completions"),
			"api_key_env": r.envName(&t.APIKeyEnv),
			"settings":    func(n ast.Node, path string) { t.Settings = r.settings(n, path) },
			"card":        r.card(&t.Card),
			"gpus":        func(n ast.Node, path string) { t.GPUs = r.gpus(n, path) },
			"together":    r.boolean(&t.Together),
		})
		r.need(e.Key, here, given, "such as url: http://localhost:8000", "url")
		r.need(e.Key, here, given, "the name that /v1/models lists", "model")
		out = append(out, t)
	}
	return out
}

func (r *reader) url(into *string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		u, err := url.Parse(text)
		switch {
		case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
			r.fault(n, path, "such as http://localhost:8000", "given %s, expected a URL with http:// or https:// and a host", describe(n))
		case u.User != nil:
			r.fault(n, path, "use api_key_env", "a URL with a user or password in it is not taken")
		case strings.TrimSuffix(u.Path, "/") == "/v1":
			r.fault(n, path, "leave out /v1: it is added", "given %s, expected the server's root", describe(n))
		}
		*into = strings.TrimSuffix(text, "/")
	}
}

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (r *reader) envName(into *string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		if !environmentName.MatchString(text) {
			r.fault(n, path, "write the variable's name, never the key", "expected the name of an environment variable")
			return
		}
		*into = text
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

func (r *reader) card(into *string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		c, ok := vllm.FindCard(text)
		if !ok {
			var names []string
			for _, c := range vllm.Cards {
				names = append(names, c.Name)
			}
			r.fault(n, path, "known cards: "+strings.Join(names, ", "), "given %s, a card that is not known here", describe(n))
			return
		}
		*into = c.Name
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

func (r *reader) objective(n ast.Node, path string) Objective {
	o := Objective{Attainment: 0.99}
	given := r.object(n, path, fields{
		"ttft": r.duration(&o.TTFT), "ttfo": r.duration(&o.TTFO), "tpot": r.duration(&o.TPOT),
		"itl": r.duration(&o.ITL), "e2e": r.duration(&o.E2E), "attainment": r.share(&o.Attainment),
	})
	delete(given, "attainment")
	if len(given) == 0 {
		r.fault(n, path, "clauses: ttft, ttfo, tpot, itl, e2e", "an objective without a clause")
	}
	return o
}

func (r *reader) request(n ast.Node, path string) Request {
	var q Request
	temperature := math.NaN()
	r.object(n, path, fields{
		"temperature":          r.number(&temperature, 0, 2),
		"chat_template_kwargs": r.anything(&q.ChatTemplateKwargs),
		"extra_body":           r.anything(&q.ExtraBody),
		"timeout":              r.duration(&q.Timeout),
	})
	if !math.IsNaN(temperature) {
		q.Temperature = &temperature
	}
	return q
}
