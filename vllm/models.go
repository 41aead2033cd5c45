package vllm

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// shipped are configs of public models, trimmed to the fields that are read; each names its origin.
//
//go:embed models.json
var shipped []byte

// A known is a model that is known by name.
type known struct {
	Repository string // as published: "Qwen/Qwen3-8B"
	Origin     string // where its config.json was taken from
	Config     Config
	Model      Model
}

// Knowns are the models known here, by organisation and name.
var Knowns = sync.OnceValue(func() []known {
	var file struct {
		Origins map[string]string
		Models  []struct {
			Name, Origin string
			Config       Config
		}
	}
	if err := json.Unmarshal(shipped, &file); err != nil {
		panic(fmt.Errorf("models.json: %w", err))
	}
	var out []known
	for _, m := range file.Models {
		shape, err := m.Config.Model(baseName(m.Name))
		if err != nil {
			panic(fmt.Errorf("models.json: %s: %w", m.Name, err))
		}
		out = append(out, known{Repository: m.Name, Origin: file.Origins[m.Origin], Config: m.Config, Model: shape})
	}
	return out
})

// baseName is a model's name without its organisation.
func baseName(name string) string {
	name = strings.TrimRight(name, "/")
	return name[strings.LastIndex(name, "/")+1:]
}

// FindModel resolves a served name such as "Qwen/Qwen3-8B-AWQ" to its shape and quantisation: a published name as it
// stands, or one that begins with it and goes on with a hyphen, of several the longest. A model that was distilled from
// another is not that other.
func FindModel(name string) (Model, Quant, bool) {
	wanted := plainName(name)
	best, longest := Model{}, -1
	for _, k := range Knowns() {
		m := k.Model
		for _, known := range namesOf(m.Name) {
			rest, ok := strings.CutPrefix(wanted, known)
			if ok && (rest == "" || rest[0] == '-') && !otherModel(rest) && len(known) > longest {
				best, longest = m, len(known)
			}
		}
	}
	if longest < 0 {
		return Model{}, "", false
	}
	if (strings.HasPrefix(best.Kind, "qwen3") && strings.Contains(wanted, "-2507")) ||
		strings.HasPrefix(wanted, "kimi-k2-instruct-0905") {
		best.MaxPosition = 262144 // later releases of the same shape, with a longer window
	}
	if q := quantInName(wanted); q != BF16 && best.Quant == BF16 {
		return best, q, true
	}
	return best, best.Quant, true
}

// plainName is a name as it is compared.
func plainName(name string) string {
	return strings.TrimPrefix(strings.ToLower(baseName(name)), "meta-")
}

// namesOf is a model's name, and what others begin with that share its shape: instructed ones are called by the name of
// the base.
func namesOf(name string) []string {
	out := []string{plainName(name)}
	for _, ending := range []string{"-base", "-instruct", "-v0.1", "-bf16", "-base-8k"} {
		if short, ok := strings.CutSuffix(out[0], ending); ok {
			out = append(out, short)
		}
	}
	return out
}

// sized is the size of a model in a name.
var sized = regexp.MustCompile(`(^|[^a-z0-9.])[0-9]+(\.[0-9]+)?b($|[^a-z0-9])`)

// otherModel tells words behind a name that make another model of it: DeepSeek-R1-0528-Qwen3-8B is a Qwen3-8B.
func otherModel(rest string) bool {
	return sized.MatchString(rest) ||
		slices.ContainsFunc([]string{"distill", "embedding", "reranker", "eagle", "draft", "-vl", "-omni", "pruned"},
			func(w string) bool { return strings.Contains(rest, w) })
}

// quantInName is the format that a name tells of.
func quantInName(name string) Quant {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case has("nvfp4", "fp4") && !has("mxfp4"):
		return NVFP4
	case has("mxfp4"):
		return MXFP4
	case has("awq", "gptq", "w4a16", "int4"):
		return AWQ
	case has("w8a8", "int8") && !has("fp8"):
		return INT8
	case has("fp8"):
		return FP8
	}
	return BF16
}
