package scenarios

import (
	"fmt"
	"path/filepath"

	"github.com/goccy/go-yaml/ast"

	"loadgen/vllm"
)

// Shape is the target's model: by its config.json where there is one, else by its name. known is false where neither
// tells; a model whose memory and steps are not modelled is known, and says so.
func (t Target) Shape() (m vllm.Model, q vllm.Quant, known bool) {
	if len(t.Config) == 0 {
		return vllm.FindModel(t.Model)
	}
	m, err := t.Config.Model(filepath.Base(t.Model))
	return m, m.Quant, err == nil
}

// GPU is the card that the file puts under the target: by its numbers, or by its name.
func (t Target) GPU() (vllm.Card, bool) {
	if t.OwnCard != nil {
		return *t.OwnCard, true
	}
	return vllm.FindCard(t.Card)
}

// modelConfig reads the path of a config.json.
func (r *reader) modelConfig(t *Target) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		r.text(&t.ModelConfig)(n, path)
		t.Config = nil
	}
}

// shape reads the config.json that a target names, which lies beside the scenario; a model that is not known by name is
// looked up in this host's Hugging Face cache.
func (r *reader) shape(n ast.Node, path string, t *Target) {
	if t.ModelConfig == "" {
		if _, _, known := vllm.FindModel(t.Model); !known {
			t.Config, _ = vllm.CachedConfig(t.Model)
		}
		return
	}
	c, err := vllm.LoadConfig(beneath(r.file, t.ModelConfig), t.Model)
	if err == nil {
		_, err = c.Model(filepath.Base(t.Model))
	}
	if err != nil {
		r.fault(n, join(path, "model_config"), "the config.json of the model, its directory, or a Hugging Face cache",
			"%s: %v", t.ModelConfig, err)
		return
	}
	t.Config = c
}

// beneath is a path that a scenario names, from the scenario's directory.
func beneath(scenario, file string) string {
	if filepath.IsAbs(file) || len(file) > 1 && file[:2] == "~/" {
		return file
	}
	return filepath.Join(filepath.Dir(scenario), file)
}

// card reads a card's name, or its numbers.
func (r *reader) card(t *Target) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		t.OwnCard = nil
		if describe(n) == "a mapping" {
			r.ownCard(n, path, t)
			return
		}
		text := fmt.Sprint(scalar(n))
		c, ok := vllm.FindCard(text)
		if !ok {
			r.fault(n, path, "known cards: "+vllm.CardNames()+"; or its numbers: {memory: 80 GiB, bandwidth: 2039 GB/s, bf16: "+
				"312 TFLOPS}", "given %s, a card that is not known here", describe(n))
			return
		}
		t.Card = c.Name
	}
}

func (r *reader) ownCard(n ast.Node, path string, t *Target) {
	told := map[string]string{}
	known := fields{}
	for _, key := range []string{"name", "memory", "bandwidth", "bf16", "fp8", "nvlink", "pcie"} {
		known[key] = func(n ast.Node, _ string) { told[key] = fmt.Sprint(scalar(n)) }
	}
	r.object(n, path, known)
	c, err := vllm.OwnCard(told)
	if err != nil {
		r.fault(n, path, "GiB, GB/s and TFLOPS where no unit stands", "%v", err)
		return
	}
	t.Card, t.OwnCard = c.Name, &c
}

// ownCardPairs writes a card by its numbers, in the units that are read where none stands.
func ownCardPairs(c vllm.Card) pairs {
	out := pairs{{"name", c.Name}, {"memory", c.MemoryGiB}, {"bandwidth", c.Bandwidth / 1e9}, {"bf16", c.BF16 / 1e12},
		{"fp8", c.FP8 / 1e12}, {"pcie", c.PCIe / 1e9}}
	if c.NVLink > 0 {
		out.add("nvlink", c.NVLink/1e9)
	}
	return out
}

// parallelOtherwise reports whether the server spreads over GPUs by other ways than tensor parallel: their memory is
// not worked out here.
func (t Target) parallelOtherwise() bool {
	expert, _ := t.Settings["enable-expert-parallel"].(bool)
	pipeline, _ := t.Settings.Int("pipeline-parallel-size")
	data, _ := t.Settings.Int("data-parallel-size")
	return pipeline > 1 || expert && data > 1
}
