package compose

import (
	"fmt"
	"io/fs"
	"net"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"loadgen/scenarios"
	"loadgen/vllm"
)

// A service is one service of a Compose file with the server that it starts.
type service struct {
	types.ServiceConfig
	server
	shell *shell
	port  int // where the host has it
	at    string
	open  bool
}

// follow finds the server that a service starts. found is false where it starts none of vLLM; the error says why one of
// vLLM cannot be read.
func follow(f file, c types.ServiceConfig, env Env, dir fs.FS) (v service, found bool, err error) {
	if other, shares := strings.CutPrefix(c.NetworkMode, "service:"); shares && len(c.Ports) == 0 {
		if o, _, err := f.read(other, env); err == nil {
			c.Ports = o.Ports
		}
	}
	s := &shell{vars: environment(c, env, dir), params: []string{"sh"}, unset: "has no value in the service's environment"}
	s.around = wrapping{inside: true, host: c.NetworkMode == "host", image: c.Image, ports: ports(c.Ports), gpus: gpus(c)}
	v = service{ServiceConfig: c, shell: s}
	args := append(slices.Clone([]string(c.Entrypoint)), c.Command...)
	why, runs := runsVLLM(c, args)
	if !runs {
		return v, false, nil
	}
	if why != "" {
		s.note("%s", why)
	}
	if err := s.image(imageOf(c), c.Entrypoint, c.Command); err != nil {
		return v, true, err
	}
	l, err := s.last()
	if err != nil {
		return v, true, err
	}
	if len(s.found) == 0 {
		if otherEngineStarted(s) {
			return v, false, nil
		}
		return v, true, s.unreadable(c)
	}
	v.server, err = s.settle(l, func(name string) ([]byte, error) { return configFile(f, c, dir, name) })
	if err != nil {
		return v, true, err
	}
	for _, name := range v.missing {
		if v.unnamed || v.line.Model == "" {
			return v, true, missingModel(c, name, s.unset)
		}
	}
	if v.line.Model == "" && v.unread == "" {
		return v, true, fmt.Errorf("runs vLLM, but its command names no model%s", modelHint(s.vars))
	}
	if err := s.nameless(v.server); err != nil {
		return v, true, err
	}
	v.place()
	return v, true, nil
}

func otherEngineStarted(s *shell) bool {
	return len(s.other) > 0 && strings.Contains(s.other[0], "whose flags are not vLLM's")
}

// missingModel says which variable has no value: one of the file's own, or one of the shell in the container.
func missingModel(c types.ServiceConfig, name, unset string) error {
	all := fmt.Sprint(c.Entrypoint, c.Command)
	if strings.Contains(all, unknownNamed(name)) {
		return fmt.Errorf("runs vLLM, but its command names no model: it is ${%s}, and %s has no value: put it into a file "+
			"and give --env-file (exported variables are not read)", name, name)
	}
	return fmt.Errorf("runs vLLM, but its command names no model: it is ${%s}, and %s %s", name, name, unset)
}

// unreadable says that what a service starts cannot be told.
func (s *shell) unreadable(c types.ServiceConfig) error {
	why := "it starts nothing"
	if len(s.other) > 0 {
		why = s.other[len(s.other)-1]
	}
	what := "its command"
	if len(c.Entrypoint) > 0 {
		what = "its entrypoint"
	}
	return fmt.Errorf("%s starts no vLLM server that can be read: %s: give --command with the server's own line, or "+
		"--url%s", what, why, modelHint(s.vars))
}

// modelHint shows variables that may name the model.
func modelHint(vars map[string]string) string {
	var hints []string
	for name, v := range vars {
		if strings.Contains(strings.ToUpper(name), "MODEL") && v != "" && len(v) < 100 && !secretVariable(name, v) &&
			!secretMark.MatchString(v) && !unknownMark.MatchString(v) {
			hints = append(hints, name+"="+clip(v))
		}
	}
	if len(hints) == 0 {
		return ""
	}
	slices.Sort(hints)
	return " (its environment has " + strings.Join(hints, ", ") + ")"
}

// imageOf is the image's name; one that is built here is named as vLLM's, since its words were taken for vLLM's.
func imageOf(c types.ServiceConfig) string {
	if strings.Contains(strings.ToLower(c.Image), "vllm") {
		return c.Image
	}
	return "vllm"
}

// runsVLLM reports whether a service is one of vLLM, and why where that is a guess.
func runsVLLM(c types.ServiceConfig, args []string) (why string, ok bool) {
	if strings.Contains(strings.ToLower(c.Image), "vllm") && !besideVLLM.MatchString(c.Image) {
		return "", true
	}
	for _, a := range args {
		if strings.HasPrefix(a, "vllm.") || strings.Contains(a, "vllm serve") || strings.Contains(a, "vllm") &&
			strings.Contains(a, ".entrypoints.") || path.Base(a) == "vllm" {
			return "", true
		}
	}
	if otherEngine(c.Image) != "" ||
		slices.ContainsFunc(args, func(a string) bool { return engines[path.Base(a)] != "" }) {
		return "", false
	}
	model, own := false, 0
	for _, a := range args {
		if f, _, known := vllm.FindFlag(strings.SplitN(a, "=", 2)[0]); known && strings.HasPrefix(a, "--") {
			model = model || f.Name == "model"
			if slices.Contains([]string{vllm.TensorParallelSize, vllm.MaxModelLen, vllm.GPUMemoryUtilization, vllm.MaxNumSeqs,
				vllm.MaxNumBatchedTokens, "served-model-name"}, f.Name) {
				own++
			}
		}
	}
	switch {
	case c.Build != nil && model:
		return fmt.Sprintf("its image is built here (%s): it is taken for vLLM by its flags", clip(c.Build.Context)), true
	case model && own > 0, own > 1:
		return "its image is not known as one of vLLM: it is taken for one by its flags", true
	}
	return "", false
}

// besideVLLM are images that stand beside servers of vLLM.
var besideVLLM = regexp.MustCompile(
	`(?i)(router|proxy|gateway|exporter|dashboard|webui|-ui\b|playground|frontend|operator|benchmark)`)

// environment is what the container's shell has: environment:, over what env_file: gives and lies beside.
func environment(c types.ServiceConfig, env Env, dir fs.FS) map[string]string {
	out := map[string]string{}
	for _, f := range c.EnvFiles {
		data, err := besideFiles(dir, f.Path)
		if err != nil {
			continue
		}
		vars, err := ReadEnv(strings.NewReader(string(data)))
		if err != nil {
			continue
		}
		for k, v := range vars {
			out[k] = v
		}
	}
	for k, v := range c.Environment {
		switch {
		case v != nil:
			out[k] = *v
		case env[k] != "":
			out[k] = env[k]
		case secretVariable(k, "x"): // taken over from the shell that starts it
			out[k] = secretNamed(k)
		default:
			out[k] = unknownNamed(k)
		}
	}
	return out
}

func ports(all []types.ServicePortConfig) []published {
	var out []published
	for _, p := range all {
		if n, err := strconv.Atoi(p.Published); err == nil && p.Protocol != "udp" {
			out = append(out, published{own: int(p.Target), host: n, address: p.HostIP})
		}
	}
	return out
}

// place is where the host has the server's port.
func (v *service) place() {
	own := ownPort(v.line)
	if v.around.host {
		v.port, v.at, v.open = own, v.listens(), true
		return
	}
	p, ok := publishedAt(v.around.ports, own)
	if !ok && len(v.around.ports) == 1 {
		p, ok = v.around.ports[0], true
		if p.own != own {
			v.shell.note("it publishes its port %d and listens on %d", p.own, own)
		}
	}
	if v.port, v.at, v.open = p.host, hostOf(p.address), ok; !ok {
		v.port = own
	}
}

// hostOf is the host under which a published port is reached.
func hostOf(address string) string {
	if ip := net.ParseIP(address); ip != nil && !ip.IsUnspecified() && !ip.IsLoopback() {
		return address
	}
	return "localhost"
}

// target is the service as a scenario has it.
func (v service) target(name string, env Env) (scenarios.Target, []string) {
	s := v.shell
	t := newTarget(name, v.line)
	t.URL = v.url(v.at, v.port)
	t.GPUs = devices(v.around.gpus, v.vars)
	t.Description = v.describe()
	if !v.open {
		s.note("it publishes no port: %s is a guess", t.URL)
	}
	if n := replicas(v.ServiceConfig); n > 1 {
		s.note("%d replicas of it run: figures of /metrics are of one at a time", n)
	}
	if len(v.Profiles) > 0 {
		s.note("it is started only with the profile %s", strings.Join(clipped(v.Profiles), " or "))
	}
	s.noteNames(v.server, t)
	var note string
	if t.APIKeyEnv, note = v.keyVariable(name, env); note != "" {
		s.note("%s", note)
	}
	return t, s.notes
}

func replicas(c types.ServiceConfig) int {
	if c.Deploy != nil && c.Deploy.Replicas != nil {
		return *c.Deploy.Replicas
	}
	if c.Scale != nil {
		return *c.Scale
	}
	return 1
}

// gpus are the device ids that Compose gives.
func gpus(c types.ServiceConfig) []string {
	requests := slices.Clone(c.Gpus)
	if c.Deploy != nil && c.Deploy.Resources.Reservations != nil {
		requests = append(requests, c.Deploy.Resources.Reservations.Devices...)
	}
	var out []string
	for _, r := range requests {
		out = append(out, r.IDs...)
	}
	return out
}

// describe says what is known beside the flags: container, image, limits.
func (v service) describe() string {
	container := "service " + v.Name
	if v.ContainerName != "" {
		container = "container " + v.ContainerName
	}
	parts := []string{container}
	switch {
	case v.Image != "":
		parts = append(parts, "image "+cleanImage(v.Image))
	case v.Build != nil:
		parts = append(parts, "built from "+clip(v.Build.Context))
	}
	if v.Deploy != nil && v.Deploy.Resources.Limits != nil {
		if n := v.Deploy.Resources.Limits.NanoCPUs; n > 0 {
			parts = append(parts, strconv.FormatFloat(float64(n.Value()), 'g', 4, 32)+" CPUs")
		}
		if b := v.Deploy.Resources.Limits.MemoryBytes; b > 0 {
			parts = append(parts, strconv.FormatFloat(float64(b)/(1<<30), 'g', 4, 64)+" GiB of memory")
		}
	}
	text, ok := cleaned(unmark(strings.Join(parts, ", ")))
	if !ok {
		return "service " + v.Name
	}
	return text
}

// keyVariable is the name of the variable with the server's key: of --api-key, else of VLLM_API_KEY, else the .env name
// that ends as the service is called, else none.
func (v service) keyVariable(name string, env Env) (variable, note string) {
	given := v.line.APIKey
	if given == "" {
		given = v.vars["VLLM_API_KEY"]
	}
	given = unknownMark.ReplaceAllString(given, "\x02$1\x03")
	for range 3 { // a variable of the container's own may hold one of the file's
		marked := markedName(given)
		own, inside := v.vars[marked]
		switch {
		case marked == "":
		case v.ofTheFile(given):
			return marked, ""
		case inside:
			given = own
		default:
			given = "$" + marked
		}
	}
	if given != "" {
		variable = "VLLM_API_KEY_" + shout(name)
		for k, value := range env {
			if value == given {
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

// ofTheFile reports whether a mark stands in the file, not in the container's shell alone.
func (v service) ofTheFile(marked string) bool {
	all := fmt.Sprint(v.Entrypoint, v.Command)
	for name, value := range v.Environment {
		if value != nil {
			all += *value
		} else {
			all += secretNamed(name)
		}
	}
	return strings.Contains(all, marked)
}

// configFile reads a file that a container has under a path: mounted from beside the Compose file, or written in it.
func configFile(f file, c types.ServiceConfig, dir fs.FS, name string) ([]byte, error) {
	for _, m := range c.Volumes {
		if m.Type != "bind" || m.Source == "" {
			continue
		}
		if inside, ok := strings.CutPrefix(name, strings.TrimSuffix(m.Target, "/")); ok &&
			(inside == "" || inside[0] == '/') {
			return besideFiles(dir, m.Source+inside)
		}
	}
	for _, m := range c.Configs {
		source, _ := f.configs[m.Source].(map[string]any)
		if target := m.Target; target == name || target == "" && name == "/"+m.Source {
			if content, ok := source["content"].(string); ok {
				return []byte(strings.ReplaceAll(content, "$$", "$")), nil
			}
			if path, ok := source["file"].(string); ok {
				return besideFiles(dir, path)
			}
		}
	}
	return nil, fs.ErrNotExist
}
