package machine

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"loadgen/vllm"
)

// TestModelsAreDocumented compares docs/models.md with the data; UPDATE=1 writes it anew.
func TestModelsAreDocumented(t *testing.T) {
	const path = "../../docs/models.md"
	want := modelsPage()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what the data says: UPDATE=1 go test ./simulator/machine -run Documented (%v)", path, err)
	}
}

const modelsHead = `# Models and cards known here

Made from vllm/models.json, vllm/card.go and simulator/machine/profile.go; a test keeps it current. Every other
model is read from its own config.json:
` + "`model_config:`" + ` in a target, ` + "`--model-config`" + ` of simulate, or a Hugging Face cache on this host
(HF_HUB_CACHE, HF_HOME, ~/.cache/huggingface), looked into by itself where a name is not known. Nothing is fetched. The
terms and their sources: [simulator.md](simulator.md#shapes).

Weights and keys and values of a token are those of one GPU that holds the whole model, in 16-bit cache; what lies in a
window is told apart. "not rehearsed": no memory and no step time is worked out, the reason is said, and a real server
of it is measured all the same.

## Models

| model | kind | weights | KV of a token | as stored | what stands behind its step times |
|---|---|--:|--:|---|---|
`

func modelsPage() string {
	var b strings.Builder
	b.WriteString(modelsHead)
	for _, k := range vllm.Knowns() {
		m := k.Model
		if m.NotModelled != "" {
			fmt.Fprintf(&b, "| %s | not rehearsed: %s | | | | |\n", k.Repository, m.NotModelled)
			continue
		}
		all, near := m.KVBytes("auto", 1)
		kv := fmt.Sprintf("%.1f KiB", float64(all)/1024)
		if near > 0 {
			kv += fmt.Sprintf(" + %.1f in a window", float64(near)/1024)
		}
		fmt.Fprintf(&b, "| %s | %s | %.1f GiB | %s | %s | %s |\n", k.Repository, m.Traits(), m.WeightBytes(m.Quant)/(1<<30),
			kv, m.Quant, behind(m))
	}
	b.WriteString("\nSources of the shapes: ")
	seen := map[string]bool{}
	var sources []string
	for _, k := range vllm.Knowns() {
		if !seen[k.Origin] {
			seen[k.Origin] = true
			sources = append(sources, k.Origin)
		}
	}
	b.WriteString(strings.Join(sources, "; ") + ".\n")
	b.WriteString("\n## Cards\n\n| card | memory | bandwidth | 16 bit, dense | coefficients | formats timed on dense " +
		"models |\n|---|--:|--:|--:|---|---|\n")
	for _, c := range vllm.Cards {
		p := ProfileOf(c)
		var timed []string
		for _, q := range []vllm.Quant{vllm.BF16, vllm.FP8, vllm.AWQ, vllm.MXFP4, vllm.NVFP4} {
			if p.Measured(q) {
				timed = append(timed, string(q))
			}
		}
		if timed == nil {
			timed = []string{"none"}
		}
		fmt.Fprintf(&b, "| %s | %.1f GiB | %.0f GB/s | %.0f TFLOPS | %s | %s |\n", c.Name, c.MemoryGiB, c.Bandwidth/1e9,
			c.BF16/1e12, p.Source, strings.Join(timed, ", "))
	}
	b.WriteString("\nAny other card, a MIG slice or another maker's, is told by its numbers: `card: {memory: 94 GiB, " +
		"bandwidth: 3.9 TB/s, bf16: 835 TFLOPS}`, `simulate --gpu memory=94,bandwidth=3900,bf16=835`.\n")
	return b.String()
}

// behind is on which cards the steps of a model as stored were timed.
func behind(m vllm.Model) string {
	var cards []string
	for _, c := range vllm.Cards {
		x := Machine{Card: c, Model: m, Quant: m.Quant, TP: 1, Profile: ProfileOf(c)}
		if x.Measured() {
			cards = append(cards, c.Name)
		}
	}
	if cards == nil {
		return "estimates"
	}
	return "dense models of this format timed on " + strings.Join(cards, ", ")
}
