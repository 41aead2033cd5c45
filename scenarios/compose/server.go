package compose

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"loadgen/scenarios"
	"loadgen/vllm"
)

var noContext = context.Background()

func jsonText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

// ownPort is the port that the server itself listens on.
func ownPort(line vllm.CommandLine) int {
	if port, given := scenarios.Settings(line.Flags).Int("port"); given {
		return port
	}
	return 8000
}

// listens is the host under which a server without a container is reached.
func (v server) listens() string {
	host, _ := v.line.Flags["host"].(string)
	return reachable(host)
}

// reachable is an address to dial for one to listen on.
func reachable(host string) string {
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) || host == "*" ||
		strings.ContainsAny(host, "$ /@") {
		return "localhost"
	}
	return host
}

func (v server) url(host string, port int) string {
	scheme := "http"
	if len(v.line.Passed["ssl-certfile"]) > 0 {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// publishedAt is where the host has a container's port.
func publishedAt(all []published, own int) (p published, ok bool) {
	i := slices.IndexFunc(all, func(p published) bool { return p.own == own })
	if i < 0 {
		return published{}, false
	}
	return all[i], true
}

// newTarget is what a command line says of a server.
func newTarget(name string, line vllm.CommandLine) scenarios.Target {
	t := scenarios.Target{Name: name, Model: line.Model, API: "chat", Settings: scenarios.Settings{}}
	if len(line.Names) > 0 {
		t.Model = line.Names[0]
	}
	for _, flag := range slices.Sorted(maps.Keys(line.Flags)) {
		if flag != "host" && flag != "port" {
			t.Settings[flag] = line.Flags[flag]
		}
	}
	return t
}

// noteNames says what else the server answers to, and what a client must know of how it is reached.
func (s *shell) noteNames(v server, t scenarios.Target) {
	if len(v.line.Names) > 1 {
		s.note("it is also served as %s", strings.Join(clipped(v.line.Names[1:]), ", "))
	}
	if adapters := v.adapters(); len(adapters) > 0 {
		s.note("it also serves the LoRA adapters %s", strings.Join(adapters, ", "))
	}
	if strings.HasPrefix(t.URL, "https:") {
		s.note("it serves TLS: its certificate has to be one that this machine trusts")
	}
	if path := v.line.Passed["uds"]; len(path) > 0 {
		s.note("it listens on the Unix socket %s, not on a port", clip(path[0]))
	}
	if root := v.line.Passed["root-path"]; len(root) > 0 {
		s.note("--root-path %s: a proxy stands in front of it", clip(root[0]))
	}
}

func clipped(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = clip(w)
	}
	return out
}

// adapters are the names of --lora-modules: NAME=PATH, or JSON with a name.
func (v server) adapters() []string {
	var out []string
	for _, w := range v.line.Passed["lora-modules"] {
		name, _, ok := strings.Cut(w, "=")
		var adapter struct {
			Name string `json:"name"`
		}
		if strings.HasPrefix(w, "{") && json.Unmarshal([]byte(w), &adapter) == nil {
			name, ok = adapter.Name, true
		}
		if ok {
			out = append(out, clip(name))
		}
	}
	return out
}

// key is the server's key or its variable's mark: of --api-key, else of VLLM_API_KEY.
func (v server) key() string {
	if v.line.APIKey != "" {
		return v.line.APIKey
	}
	given, ok := v.vars["VLLM_API_KEY"]
	if ok && given != "" && v.around.inside && !secretMark.MatchString(given) && !unknownMark.MatchString(given) {
		return secretNamed("VLLM_API_KEY")
	}
	if m := unknownMark.FindStringSubmatch(given); m != nil {
		return secretNamed(m[1])
	}
	return given
}

// markedName is the name of the one variable that a key stands in, as a shell could export it.
func markedName(key string) string {
	if m := secretMark.FindStringSubmatch(key); m != nil {
		return m[1]
	}
	return ""
}

// devices are the GPUs by their numbers on the host: those that the container was given, of which the variables may
// name some by their place; without a container's own, the variables' numbers.
func devices(given []string, vars map[string]string) []int {
	if nvidia := vars["NVIDIA_VISIBLE_DEVICES"]; len(given) == 0 && len(ids(strings.Split(nvidia, ","))) > 0 {
		given = strings.Split(nvidia, ",")
	}
	var visible []int
	for _, name := range []string{"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"} {
		if v := vars[name]; len(visible) == 0 && v != "" && !unknownMark.MatchString(v) {
			visible = ids(strings.Split(v, ","))
		}
	}
	all := ids(given)
	if len(all) == 0 {
		return visible
	}
	var some []int
	for _, place := range visible {
		if place >= len(all) {
			return all
		}
		some = append(some, all[place])
	}
	if len(some) > 0 {
		return some
	}
	return all
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

func shout(name string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
}
