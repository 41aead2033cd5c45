package scenarios

import (
	"math"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"loadgen/vllm"
)

// settings reads vLLM's own flags in any spelling and keeps today's.
func (r *reader) settings(n ast.Node, path string) Settings {
	out := Settings{}
	for _, e := range r.entries(n, path) {
		key := keyOf(e)
		here := join(path, key)
		flag, off, ok := vllm.FindFlag(key)
		if !ok {
			r.unknownFlag(e, here, key)
			continue
		}
		if strings.Contains(flag.Name, "api-key") {
			r.fault(e.Key, here, "use api_key_env", "a key is never written into a scenario")
			continue
		}
		if v, ok := r.flagValue(e.Value, here, flag); ok {
			if b, isSwitch := v.(bool); isSwitch && off {
				v = !b
			}
			out[flag.Name] = v
		}
	}
	return out
}

func (r *reader) unknownFlag(e *ast.MappingValueNode, path, key string) {
	var names []string
	for _, f := range vllm.Flags {
		names = append(names, f.Name)
	}
	hint := "flags are spelt as in vllm serve, without dashes in front"
	if near := Nearest(strings.ReplaceAll(key, "_", "-"), names); near != "" {
		hint = "did you mean " + near + "?"
	}
	r.fault(e.Key, path, hint, "unknown flag %q", key)
}

func (r *reader) flagValue(n ast.Node, path string, f vllm.Flag) (any, bool) {
	before := len(r.faults)
	switch f.Kind {
	case vllm.Int:
		v := 0
		r.whole(&v, 0, 1<<53)(n, path)
		return v, len(r.faults) == before
	case vllm.Float:
		v, low, high := 0.0, 0.0, float64(math.MaxInt32)
		switch f.Name {
		case vllm.GPUMemoryUtilization:
			low, high = 0.01, 1
		case "watermark":
			high = 1
		}
		r.number(&v, low, high)(n, path)
		return v, len(r.faults) == before
	case vllm.Switch:
		v := true
		r.boolean(&v)(n, path)
		return v, len(r.faults) == before
	case vllm.JSON:
		return free(n), true
	}
	v := ""
	r.text(&v)(n, path)
	return v, len(r.faults) == before
}
