// Package compose answers what already runs: it turns Docker Compose files and vllm serve command lines into targets of a
// scenario. It reads names of variables with keys, never keys: a secret's value is not looked up.
package compose

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"

	"loadgen/scenarios"
	"loadgen/vllm"
)

// A Deployment is what was found, and what a reader must know of it.
type Deployment struct {
	Targets []scenarios.Target
	Notes   []string
}

// An Env is the variables of a .env file. Subtle: values of secret names stand in it, and only Names and lookup may see it.
type Env map[string]string

// ReadEnv reads a .env file as Compose does. The error names the line's key, never its value.
func ReadEnv(r io.Reader) (Env, error) {
	vars, err := dotenv.Parse(r)
	if err != nil {
		return nil, errors.New("not a file of NAME=value lines")
	}
	return vars, nil
}

// secretName are variables whose values are never read; countName are those among them that only sound so, as long as what they
// hold is a number: MAX_NUM_BATCHED_TOKENS.
var (
	secretName = regexp.MustCompile(`(?i)(KEY|TOKEN|SECRET|PASSWORD)`)
	countName  = regexp.MustCompile(`(?i)TOKENS`)
	number     = regexp.MustCompile(`^[0-9]{0,9}$`)
)

// mark stands for a secret variable in a loaded file: \x02NAME\x03.
var mark = regexp.MustCompile("\x02([A-Za-z0-9_]+)\x03")

func (e Env) lookup(name string) (string, bool) {
	v, ok := e[name]
	if secretName.MatchString(name) && !(countName.MatchString(name) && number.MatchString(v)) {
		return "\x02" + name + "\x03", true
	}
	return v, ok
}

// Read finds the vLLM servers of a Compose file; name is used in messages. Ports that are published become URLs on localhost.
func Read(name string, data []byte, env Env) (Deployment, error) {
	project, notes, err := load(name, data, env)
	if err != nil {
		return Deployment{}, fmt.Errorf("%s: %w", name, err)
	}
	d := Deployment{Notes: notes}
	var found []service
	for _, key := range slices.Sorted(maps.Keys(project.Services)) {
		s, err := newService(project.Services[key])
		if err != nil {
			return Deployment{}, fmt.Errorf("%s: service %s: %w", name, key, err)
		}
		if !s.serves() {
			d.Notes = append(d.Notes, fmt.Sprintf("service %s is not taken for vLLM and is left out", key))
			continue
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		return Deployment{}, fmt.Errorf("%s: no service runs vLLM: looked for an image or a command with vllm in it", name)
	}
	slices.SortStableFunc(found, func(a, b service) int { return cmp.Compare(a.port, b.port) })
	short := shorten(found)
	said, by := []string(nil), map[string][]string{} // what is said, and of which targets
	for i, s := range found {
		t, notes := s.target(short[i], env)
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
	return d, nil
}

// unset is how the loader's log says that a variable stands for nothing.
var unset = regexp.MustCompile(`The \\?"([A-Za-z0-9_]+)\\?" variable is not set`)

// load reads the file and says what it warns of. Subtle: the loader logs by itself, to a logger of the whole program.
func load(name string, data []byte, env Env) (project *types.Project, notes []string, err error) {
	var log bytes.Buffer
	before := logrus.StandardLogger().Out
	logrus.SetOutput(&log)
	defer logrus.SetOutput(before)
	project, err = parse(name, data, env)
	for _, m := range unset.FindAllStringSubmatch(log.String(), -1) {
		if note := fmt.Sprintf("the variable %s has no value and no default: it was read as nothing", m[1]); !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return project, notes, err
}

func parse(name string, data []byte, env Env) (*types.Project, error) {
	details := types.ConfigDetails{WorkingDir: ".", ConfigFiles: []types.ConfigFile{{Filename: name, Content: data}}, Environment: types.Mapping{}}
	return loader.LoadWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("scenario", true)
		o.SkipInclude, o.SkipExtends, o.SkipConsistencyCheck = true, true, true
		o.SkipResolveEnvironment, o.SkipResolveLabels = true, true // env_file may hold keys
		o.Interpolate = &interpolation.Options{LookupValue: env.lookup, TypeCastMapping: o.Interpolate.TypeCastMapping, Substitute: o.Interpolate.Substitute}
	})
}

// A service is one service of a Compose file with its command line read.
type service struct {
	types.ServiceConfig
	line vllm.CommandLine
	port int // published
	open bool
}

func newService(c types.ServiceConfig) (service, error) {
	args, err := inner(append(slices.Clone(c.Entrypoint), c.Command...))
	if err != nil {
		return service{}, err
	}
	s := service{ServiceConfig: c}
	if !runsVLLM(c.Image, args) {
		return s, nil
	}
	if s.line, err = vllm.ParseArgs(args); err != nil {
		return service{}, err
	}
	s.line.Model = unmark(s.line.Model)
	for flag, v := range s.line.Flags {
		if text, ok := v.(string); ok {
			s.line.Flags[flag] = unmark(text)
		}
	}
	s.port, s.open = s.published()
	return s, nil
}

// unmark writes a secret variable by its name.
func unmark(text string) string { return mark.ReplaceAllString(text, "$${$1}") }

func runsVLLM(image string, args []string) bool {
	return strings.Contains(image, "vllm") || slices.ContainsFunc(args, func(a string) bool { return a == "vllm" || strings.HasPrefix(a, "vllm.") })
}

func (s service) serves() bool { return s.line.Model != "" }

// published is the host's port of the server's own.
func (s service) published() (port int, ok bool) {
	own, given := scenarios.Settings(s.line.Flags).Int("port")
	if !given {
		own = 8000
	}
	if s.NetworkMode == "host" {
		return own, true
	}
	for _, p := range s.Ports {
		n, err := strconv.Atoi(p.Published)
		if err == nil && (int(p.Target) == own || len(s.Ports) == 1) {
			return n, true
		}
	}
	return own, false
}

func (s service) host() string {
	for _, p := range s.Ports {
		if ip := net.ParseIP(p.HostIP); ip != nil && !ip.IsUnspecified() && !ip.IsLoopback() {
			return p.HostIP
		}
	}
	return "localhost"
}

// target is the service as a scenario has it.
func (s service) target(name string, env Env) (scenarios.Target, []string) {
	t := newTarget(name, s.line)
	t.URL = "http://" + net.JoinHostPort(s.host(), strconv.Itoa(s.port))
	t.GPUs = s.gpus()
	t.Description = s.describe()
	notes := slices.Clone(s.line.Notes)
	if !s.open {
		notes = append(notes, fmt.Sprintf("it publishes no port: %s is a guess", t.URL))
	}
	var note string
	if t.APIKeyEnv, note = s.key(name, env); note != "" {
		notes = append(notes, note)
	}
	return t, notes
}

// newTarget is what a command line says of a server.
func newTarget(name string, line vllm.CommandLine) scenarios.Target {
	t := scenarios.Target{Name: name, Model: line.Model, API: "chat", Settings: scenarios.Settings{}}
	for _, flag := range slices.Sorted(maps.Keys(line.Flags)) {
		switch flag {
		case "host", "port":
		case "served-model-name":
			t.Model, _, _ = strings.Cut(fmt.Sprint(line.Flags[flag]), " ")
			t.Settings[flag] = line.Flags[flag]
		default:
			t.Settings[flag] = line.Flags[flag]
		}
	}
	return t
}

// gpus are the devices by id, else those that the environment makes visible.
func (s service) gpus() []int {
	requests := slices.Clone(s.Gpus)
	if s.Deploy != nil && s.Deploy.Resources.Reservations != nil {
		requests = append(requests, s.Deploy.Resources.Reservations.Devices...)
	}
	var names []string
	for _, r := range requests {
		names = append(names, r.IDs...)
	}
	for _, name := range []string{"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"} {
		if v := s.Environment[name]; len(names) == 0 && v != nil {
			names = strings.Split(*v, ",")
		}
	}
	return ids(names)
}

// ids are the device numbers among names; a card's UUID has none.
func ids(names []string) []int {
	var out []int
	for _, id := range names {
		if n, err := strconv.Atoi(strings.TrimSpace(id)); err == nil && n >= 0 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// describe says what is known beside the flags: container, image, limits.
func (s service) describe() string {
	container := "service " + s.Name
	if s.ContainerName != "" {
		container = "container " + s.ContainerName
	}
	parts := []string{container, "image " + s.Image}
	if s.Deploy != nil && s.Deploy.Resources.Limits != nil {
		if n := s.Deploy.Resources.Limits.NanoCPUs; n > 0 {
			parts = append(parts, strconv.FormatFloat(float64(n.Value()), 'g', 4, 32)+" CPUs")
		}
		if b := s.Deploy.Resources.Limits.MemoryBytes; b > 0 {
			parts = append(parts, strconv.FormatFloat(float64(b)/(1<<30), 'g', 4, 64)+" GiB of memory")
		}
	}
	return unmark(strings.Join(parts, ", "))
}

// key is the name of the variable with the server's key: of --api-key, else of VLLM_API_KEY, else the .env name that ends as
// the service is called, else none.
func (s service) key(name string, env Env) (variable, note string) {
	given := s.line.APIKey
	if v := s.Environment["VLLM_API_KEY"]; given == "" && v != nil {
		given = *v
	}
	if m := mark.FindStringSubmatch(given); m != nil {
		return m[1], ""
	}
	if given != "" {
		variable = "VLLM_API_KEY_" + shout(name)
		for k, v := range env {
			if v == given {
				variable = k
			}
		}
		return variable, "its key is not copied: export it as " + variable
	}
	var fits []string
	for k := range env {
		if strings.Contains(k, "API_KEY") && strings.HasSuffix(strings.ToUpper(k), "_"+shout(name)) {
			fits = append(fits, k)
		}
	}
	if len(fits) == 1 {
		return fits[0], "its command names no key; " + fits[0] + " of the .env file is taken for it by its name"
	}
	return "", "no key is named anywhere: if the server asks for one, add api_key_env"
}

func shout(name string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
}

// shorten leaves out the words that all services' names share: vllm-micro-qwen3, vllm-mini-qwen3 become micro, mini.
func shorten(all []service) []string {
	words := make([][]string, len(all))
	for i, s := range all {
		words[i] = strings.FieldsFunc(strings.ToLower(s.Name), func(r rune) bool { return r == '-' || r == '_' })
	}
	shared := func(at func([]string) string) bool {
		return len(all) > 1 && !slices.ContainsFunc(words, func(w []string) bool { return len(w) < 2 || at(w) != at(words[0]) })
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
