// Package compose answers what already runs: it turns Docker Compose files and vllm serve command lines into targets of
// a scenario. It reads names of variables with keys, never keys: a secret's value is not looked up, and nothing is run.
package compose

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"

	"loadgen/scenarios"
)

// A Deployment is what was found, and what a reader must know of it.
type Deployment struct {
	Targets []scenarios.Target
	Notes   []string
}

// ReadEnv reads a .env file as Compose does. The error names the line's key, never its value.
func ReadEnv(r io.Reader) (Env, error) {
	vars, err := dotenv.Parse(r)
	if err != nil {
		return nil, errors.New("not a file of NAME=value lines")
	}
	return vars, nil
}

// Read finds the vLLM servers of a Compose file; name is used in messages, and dir is where files that it names may
// lie; nil: none is read. Ports that are published become URLs on localhost. A service of vLLM that cannot be read is
// left out and said, as long as there is another.
func Read(name string, data []byte, env Env, dir fs.FS) (Deployment, error) {
	f, err := open(name, data)
	if err != nil {
		return Deployment{}, fmt.Errorf("%s: %w", name, err)
	}
	r := reading{file: f, env: env, dir: dir, templates: f.templates()}
	for _, key := range slices.Sorted(maps.Keys(f.services)) {
		r.service(key)
	}
	for _, path := range f.includes {
		r.notes = append(r.notes, fmt.Sprintf("include: %s is not followed: its services are read by --compose %s", path,
			path))
	}
	if len(r.found) == 0 {
		return Deployment{}, fmt.Errorf("%s: %w", name, r.nothing())
	}
	return r.deployment(), nil
}

// A reading is one Compose file as far as it is read.
type reading struct {
	file
	env       Env
	dir       fs.FS
	templates map[string]bool
	found     []service
	proxies   []string
	problems  []string // of services of vLLM that cannot be read
	notes     []string
}

// service reads one service.
func (r *reading) service(key string) {
	if r.templates[key] {
		r.notes = append(r.notes, fmt.Sprintf("service %s is what others extend, and is left out", key))
		return
	}
	c, unset, err := r.read(key, r.env)
	if err != nil {
		r.unread(key, unset, err)
		return
	}
	if p := proxyPort(c.Name, c.Image, ports(c.Ports)); p != "" {
		r.proxies = append(r.proxies, p)
	}
	v, runs, err := follow(r.file, c, r.env, r.dir)
	switch {
	case err != nil:
		r.problem(key, strings.TrimPrefix(err.Error(), "runs vLLM, but "), strings.HasPrefix(err.Error(), "runs vLLM"))
	case !runs:
		r.other(key, c.Image, v, unset)
	case v.speaksNoText() != "":
		r.problems = append(r.problems, fmt.Sprintf("service %s is left out: %s", key, v.speaksNoText()))
	case v.line.Model == "":
		r.problem(key, fmt.Sprintf("its settings stand in %s, which is not read", v.unread), false)
	default:
		r.noteUnread(key, v, unset)
		r.found = append(r.found, v)
	}
}

// other says why a service is not taken for vLLM.
func (r *reading) other(key, image string, v service, unset []string) {
	why := ""
	if len(v.shell.other) > 0 {
		why = " (" + v.shell.other[0] + ")"
	} else if engine := otherEngine(image); engine != "" {
		why = " (it runs " + engine + ")"
	}
	if len(unset) > 0 {
		why += fmt.Sprintf("; %s without a value in it: --env-file", strings.Join(unset, ", "))
	}
	r.notes = append(r.notes, fmt.Sprintf("service %s is not taken for vLLM and is left out%s", key, why))
}

// noteUnread says what of a server's service was not read, or not as it may be meant.
func (r *reading) noteUnread(key string, v service, unset []string) {
	if _, elsewhere := r.bases(key); elsewhere != "" {
		v.shell.note("it extends a service of %s, which is not followed", elsewhere)
	}
	for _, field := range []string{"entrypoint", "command"} {
		if text, ok := r.services[key][field].(string); ok && cutShort(text) {
			v.shell.note("Compose reads its %s only as far as the first of | ; & < >: what follows there is not passed on",
				field)
		}
	}
	for _, n := range unset {
		if !slices.ContainsFunc(v.shell.notes, func(s string) bool { return strings.Contains(s, "{"+n+"}") }) {
			v.shell.note("the variable %s has no value and no default: it was read as nothing; put it into a file and give "+
				"--env-file", n)
		}
	}
}

func (r *reading) problem(key, why string, runs bool) {
	if runs {
		r.problems = append(r.problems, fmt.Sprintf("service %s runs vLLM, but %s", key, why))
		return
	}
	r.problems = append(r.problems, fmt.Sprintf("service %s: %s", key, why))
}

// unread keeps a service that the loader refuses: a problem where it is one of vLLM.
func (r *reading) unread(key string, unset []string, err error) {
	why := err.Error()
	if len(unset) > 0 {
		why = fmt.Sprintf("it cannot be read, since %s no value: put %s into a file and give --env-file (exported "+
			"variables are not read): %s",
			strings.Join(unset, ", ")+map[bool]string{true: " has", false: " have"}[len(unset) == 1],
			map[bool]string{true: "it", false: "them"}[len(unset) == 1], why)
	}
	if strings.Contains(strings.ToLower(fmt.Sprint(r.services[key])), "vllm") {
		r.problem(key, why, false)
		return
	}
	r.notes = append(r.notes, fmt.Sprintf("service %s is not taken for vLLM and is left out; %s", key, why))
}

// nothing says why no target was found.
func (r *reading) nothing() error {
	if len(r.problems) > 0 {
		return errors.New(strings.Join(r.problems, "; "))
	}
	if len(r.includes) > 0 {
		return fmt.Errorf("no service here runs vLLM, and include is not followed: give --compose %s",
			strings.Join(r.includes, " or "))
	}
	why := ""
	for _, n := range r.notes {
		why += "; " + n
	}
	return fmt.Errorf("no service runs vLLM: looked for an image or a command with vllm in it%s", why)
}

func (r *reading) deployment() Deployment {
	d := Deployment{Notes: append(r.notes, r.problems...)}
	slices.SortStableFunc(r.found, func(a, b service) int { return cmp.Compare(a.port, b.port) })
	short := shorten(r.found)
	said, by := []string(nil), map[string][]string{} // what is said, and of which targets
	for i, v := range r.found {
		if !v.open && len(r.proxies) > 0 {
			v.shell.note("perhaps it is reached by %s", strings.Join(r.proxies, " or "))
		}
		t, notes := v.target(short[i], r.env)
		d.Targets = append(d.Targets, t)
		for _, n := range notes {
			if by[n] == nil {
				said = append(said, n)
			}
			by[n] = append(by[n], t.Name)
		}
	}
	for _, n := range said {
		d.Notes = append(d.Notes, strings.Join(by[n], ", ")+": "+n)
	}
	return d
}

// proxyPort names a service that others may be reached by.
func proxyPort(name, image string, at []published) string {
	for _, word := range []string{"nginx", "traefik", "caddy", "haproxy", "envoy", "litellm", "proxy", "gateway", "router",
		"kong"} {
		if len(at) > 0 && strings.Contains(strings.ToLower(image+" "+name), word) {
			return fmt.Sprintf("service %s, which publishes %d", name, at[0].host)
		}
	}
	return ""
}

// cutShort reports whether Compose drops the end of a command's text: it reads no further than an operator of the
// shell.
func cutShort(text string) bool {
	quote := rune(0)
	escaped := false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case c == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case strings.ContainsRune("|;&<>", c):
			return true
		}
	}
	return false
}

// shorten leaves out the words that all services' names share: vllm-micro-qwen3, vllm-mini-qwen3 become micro, mini.
func shorten(all []service) []string {
	words := make([][]string, len(all))
	for i, s := range all {
		words[i] = strings.FieldsFunc(strings.ToLower(s.Name), func(r rune) bool { return r == '-' || r == '_' })
	}
	shared := func(at func([]string) string) bool {
		return len(all) > 1 && !slices.ContainsFunc(words, func(w []string) bool {
			return len(w) < 2 || at(w) != at(words[0])
		})
	}
	for shared(func(w []string) string { return w[0] }) {
		for i := range words {
			words[i] = words[i][1:]
		}
	}
	for shared(func(w []string) string { return w[len(w)-1] }) {
		for i := range words {
			words[i] = words[i][:len(words[i])-1]
		}
	}
	out := make([]string, len(all))
	for i, w := range words {
		out[i] = strings.Join(w, "-")
	}
	return out
}
