package compose

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// asked are the keys of a service that tell which server it starts; the others cannot keep it from being read.
var asked = []string{"image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose",
	"network_mode", "deploy", "gpus", "container_name",
	"profiles", "volumes", "configs", "extends", "runtime"}

// A file is a Compose file as YAML has it.
type file struct {
	name     string
	services map[string]map[string]any
	configs  map[string]any
	includes []string
}

func open(name string, data []byte) (file, error) {
	raw, err := quietly(func() (map[string]any, error) { return rawModel(name, data) })
	if err != nil {
		return file{}, plainly(err)
	}
	if err := isCompose(data, raw); err != nil {
		return file{}, err
	}
	f := file{name: name, services: map[string]map[string]any{}}
	f.configs, _ = raw["configs"].(map[string]any)
	all, _ := raw["services"].(map[string]any)
	for key, v := range all {
		if service, ok := v.(map[string]any); ok {
			f.services[key] = service
		}
	}
	list, _ := raw["include"].([]any)
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			f.includes = append(f.includes, clip(fmt.Sprint(m["path"])))
		}
	}
	return f, nil
}

var kubernetes = regexp.MustCompile(`(?m)^(apiVersion|kind):`)

// isCompose tells what a file is that has no services.
func isCompose(data []byte, raw map[string]any) error {
	_, services := raw["services"].(map[string]any)
	switch {
	case services || raw["include"] != nil:
		return nil
	case len(kubernetes.FindAll(data, 2)) == 2:
		return errors.New("this is a manifest of Kubernetes, not a Compose file: give --command with the container's " +
			"command and args, or --url")
	}
	return errors.New("no services stand in it: expected a Compose file with services: NAME: {image: …, command: …}")
}

// quietly keeps the loader from printing. Subtle: it logs by itself, to a logger of the whole program.
func quietly[T any](load func() (T, error)) (T, error) {
	before := logrus.StandardLogger().Out
	logrus.SetOutput(&bytes.Buffer{})
	defer logrus.SetOutput(before)
	return load()
}

// bases are the services of this file that one extends, nearest first, and a file that is not followed.
func (f file) bases(key string) (names []string, elsewhere string) {
	for range len(f.services) {
		extends, _ := f.services[key]["extends"].(map[string]any)
		if other, _ := extends["file"].(string); other != "" {
			return names, clip(other)
		}
		base, _ := extends["service"].(string)
		if base == "" || slices.Contains(names, base) {
			break
		}
		names, key = append(names, base), base
	}
	return names, ""
}

// templates are services that others extend and that publish nothing themselves.
func (f file) templates() map[string]bool {
	out := map[string]bool{}
	for key := range f.services {
		names, _ := f.bases(key)
		for _, base := range names {
			if f.services[base]["ports"] == nil && f.services[base]["network_mode"] == nil {
				out[base] = true
			}
		}
	}
	return out
}

// read is one service with what it extends, its variables filled in. Unset are variables without a value or default.
func (f file) read(key string, env Env) (c types.ServiceConfig, unset []string, err error) {
	names, _ := f.bases(key)
	names = append(names, key)
	texts := forms{plain: map[string]bool{}, other: map[string]bool{}, counts: map[string]bool{}}
	all := forms{plain: map[string]bool{}, other: map[string]bool{}, counts: map[string]bool{}}
	for _, n := range names {
		for k, v := range f.services[n] {
			if slices.Contains(asked, k) {
				all.collect(v)
			}
			if slices.Contains([]string{"image", "command", "entrypoint", "environment"}, k) {
				texts.collect(v)
			}
		}
	}
	for name := range all.plain {
		if _, set := env[name]; !set && !all.other[name] && !secretName.MatchString(name) {
			unset = append(unset, name)
		}
	}
	slices.Sort(unset)
	project, err := f.load(names, env, texts, all, nil)
	if err != nil {
		project, err = f.load(names, env, forms{}, all, []string{"volumes", "configs"})
	}
	if err != nil {
		return c, unset, plainly(err)
	}
	return project.Services[key], unset, nil
}

// load gives the loader the services of these names alone, without what cannot matter.
func (f file) load(names []string, env Env, marked, all forms, without []string) (*types.Project, error) {
	services := map[string]any{}
	for _, n := range names {
		service := map[string]any{}
		for k, v := range f.services[n] {
			if slices.Contains(asked, k) && !slices.Contains(without, k) {
				service[k] = copied(v)
			}
		}
		if extends, _ := service["extends"].(map[string]any); extends["file"] != nil {
			delete(service, "extends")
		}
		services[n] = service
	}
	details := types.ConfigDetails{WorkingDir: ".", Environment: types.Mapping{},
		ConfigFiles: []types.ConfigFile{{Filename: f.name, Config: map[string]any{"services": services}}}}
	return quietly(func() (*types.Project, error) {
		return loader.LoadWithContext(noContext, details, func(o *loader.Options) {
			o.SetProjectName("scenario", true)
			o.SkipInclude, o.SkipConsistencyCheck, o.ResolvePaths = true, true, false
			o.SkipResolveEnvironment, o.SkipResolveLabels = true, true // env_file may hold keys
			o.Profiles = []string{"*"}
			o.Interpolate = &interpolation.Options{TypeCastMapping: o.Interpolate.TypeCastMapping,
				Substitute:  o.Interpolate.Substitute,
				LookupValue: func(name string) (string, bool) { return env.lookup(name, marked, all) }}
		})
	})
}

// copied is a value of its own: the loader changes what it is given.
func copied(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = copied(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = copied(e)
		}
		return out
	}
	return v
}

// lookup is a variable's value as the loader may see it: a mark for a secret one, and for one without a value in a
// text.
func (e Env) lookup(name string, marked, all forms) (string, bool) {
	v, ok := e[name]
	secret := secretVariable(name, v)
	switch {
	case ok && secret:
		return secretNamed(name), true
	case ok:
		return v, true
	case all.other[name]:
		if endsSecret.MatchString(name) && !all.counts[name] {
			return secretNamed(name), true // its default may be a key
		}
		return "", false
	case secretName.MatchString(aboutTokens.ReplaceAllString(name, "")):
		return secretNamed(name), true
	case marked.plain[name]:
		return unknownNamed(name), true
	}
	return "", false
}

// forms are how variables stand in a file: ${NAME} or ${NAME:?…}, with a default or the like, and with a number for a
// default where the name may count tokens.
type forms struct{ plain, other, counts map[string]bool }

var substitution = regexp.MustCompile(`\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-+?]?)([^}]*)|\$([A-Za-z_][A-Za-z0-9_]*)`)

func (f *forms) collect(v any) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			f.collect(k)
			f.collect(x[k])
		}
	case []any:
		for _, e := range x {
			f.collect(e)
		}
	case string:
		f.text(x)
	}
}

func (f *forms) text(s string) {
	for _, m := range substitution.FindAllStringSubmatch(s, -1) {
		name, operator := m[1]+m[4], strings.TrimPrefix(m[2], ":")
		switch {
		case name == "":
		case operator == "" || operator == "?":
			f.plain[name] = true
		default:
			f.other[name] = true
			if operator == "-" && m[3] != "" && number.MatchString(m[3]) && !keyName.MatchString(name) {
				f.counts[name] = true
			}
			f.text(m[3])
		}
	}
}

// goWords are words of the loader's messages that say nothing to a reader.
var goWords = strings.NewReplacer("map[string]interface {}", "mapping", "map[string]any", "mapping", "[]interface {}",
	"list", "interface {}", "value", "!!seq", "list", "!!map", "mapping", "!!str", "text", "unmarshal", "read")

// plainly is an error of the loader for a reader: short, on one line, without keys.
func plainly(err error) error {
	text := goWords.Replace(unmark(err.Error()))
	text, ok := cleaned(strings.Join(strings.Fields(text), " "))
	if !ok {
		return errors.New("it is no Compose file that can be read")
	}
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	return errors.New(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text))
}
