package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-shellwords"

	"loadgen/scenarios"
	"loadgen/vllm"
)

// Command reads one `vllm serve …` command line as a shell would split it; nothing is run. A --api-key $NAME keeps its name.
func Command(text string) (Deployment, error) {
	args, err := split(text)
	if err != nil {
		return Deployment{}, err
	}
	around, args := unwrap(args)
	if args, err = inner(args); err != nil {
		return Deployment{}, err
	}
	line, err := vllm.ParseArgs(args)
	if err != nil {
		return Deployment{}, err
	}
	if line.Model == "" {
		return Deployment{}, fmt.Errorf("the command names no model: expected vllm serve MODEL …")
	}
	port, given := scenarios.Settings(line.Flags).Int("port")
	if !given {
		port = 8000
	}
	if around.port > 0 {
		port = around.port
	}
	t := newTarget("server", line)
	t.URL, t.GPUs = fmt.Sprintf("http://localhost:%d", port), around.gpus
	d := Deployment{Notes: line.Notes}
	if line.APIKey != "" {
		if t.APIKeyEnv = variableIn(line.APIKey); t.APIKeyEnv == "" {
			t.APIKeyEnv = "VLLM_API_KEY"
			d.Notes = append(d.Notes, "its key is not copied: export it as VLLM_API_KEY")
		}
	}
	d.Targets = []scenarios.Target{t}
	return d, nil
}

var variable = regexp.MustCompile(`^\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

func variableIn(key string) string {
	if m := variable.FindStringSubmatch(key); m != nil {
		return m[1]
	}
	return ""
}

// split is the shell's splitting into words, without expanding or running anything.
func split(text string) ([]string, error) {
	p := shellwords.NewParser()
	args, err := p.Parse(strings.ReplaceAll(text, "\\\n", " "))
	if err != nil {
		return nil, fmt.Errorf("the command cannot be split into words: %w", err)
	}
	return args, nil
}

// inner is the command in `sh -c "…"`, else the arguments as they are.
func inner(args []string) ([]string, error) {
	i := slices.Index(args, "-c")
	if i < 0 || i+1 >= len(args) || i > 2 {
		return args, nil
	}
	return split(args[i+1])
}

// A wrapping is what stands around the server's own words: variables in front, or docker run.
type wrapping struct {
	port int // published by docker; 0: none
	gpus []int
}

var assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)

// unwrap takes away NAME=value words in front, and `docker run … IMAGE` where the image is a vLLM.
func unwrap(args []string) (w wrapping, inside []string) {
	for len(args) > 0 {
		m := assignment.FindStringSubmatch(args[0])
		if m == nil {
			break
		}
		if m[1] == "CUDA_VISIBLE_DEVICES" {
			w.gpus = ids(strings.Split(m[2], ","))
		}
		args = args[1:]
	}
	if len(args) == 0 || args[0] != "docker" && args[0] != "podman" {
		return w, args
	}
	image := slices.IndexFunc(args, func(a string) bool { return strings.Contains(a, "vllm-openai") || strings.HasPrefix(a, "vllm/") })
	if image < 0 {
		return w, args
	}
	for i, a := range args[:image] {
		if a == "-p" || a == "--publish" {
			parts := strings.Split(args[i+1], ":")
			w.port, _ = strconv.Atoi(parts[max(0, len(parts)-2)])
		}
	}
	return w, args[image+1:]
}
