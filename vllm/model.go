// Package vllm is what is known of vLLM, of the models it serves and of the cards it runs on: data that compose import,
// the simulator, telemetry and advice read from one place. It holds no efficiency or timing coefficient.
package vllm

import "strings"

// A Model is the shape of a dense decoder, from its public config.json.
type Model struct {
	Name         string // as in the family, without organisation or quantisation: "Qwen3-8B"
	Layers       int
	Hidden       int
	Heads        int
	KVHeads      int
	HeadDim      int
	Intermediate int
	Vocab        int
	Tied         bool // lm_head shares the embedding
	MaxPosition  int  // the longest context without rope scaling, tokens
}

// Models are the shapes known here.
var Models = []Model{
	{Name: "Qwen3-1.7B", Layers: 28, Hidden: 2048, Heads: 16, KVHeads: 8, HeadDim: 128, Intermediate: 6144, Vocab: 151936, Tied: true, MaxPosition: 40960},
	{Name: "Qwen3-8B", Layers: 36, Hidden: 4096, Heads: 32, KVHeads: 8, HeadDim: 128, Intermediate: 12288, Vocab: 151936, MaxPosition: 40960},
	{Name: "Qwen3-32B", Layers: 64, Hidden: 5120, Heads: 64, KVHeads: 8, HeadDim: 128, Intermediate: 25600, Vocab: 151936, MaxPosition: 40960},
	{Name: "Llama-3.1-8B", Layers: 32, Hidden: 4096, Heads: 32, KVHeads: 8, HeadDim: 128, Intermediate: 14336, Vocab: 128256, MaxPosition: 131072},
	{Name: "Qwen3-0.6B", Layers: 28, Hidden: 1024, Heads: 16, KVHeads: 8, HeadDim: 128, Intermediate: 3072, Vocab: 151936, Tied: true, MaxPosition: 40960},
	{Name: "Qwen3-4B", Layers: 36, Hidden: 2560, Heads: 32, KVHeads: 8, HeadDim: 128, Intermediate: 9728, Vocab: 151936, Tied: true, MaxPosition: 40960},
	{Name: "Qwen3-14B", Layers: 40, Hidden: 5120, Heads: 40, KVHeads: 8, HeadDim: 128, Intermediate: 17408, Vocab: 151936, MaxPosition: 40960},
	{Name: "MiMo-7B", Layers: 36, Hidden: 4096, Heads: 32, KVHeads: 8, HeadDim: 128, Intermediate: 11008, Vocab: 151680, MaxPosition: 32768},
	{Name: "Llama-3.1-405B", Layers: 126, Hidden: 16384, Heads: 128, KVHeads: 8, HeadDim: 128, Intermediate: 53248, Vocab: 128256, MaxPosition: 131072},
	{Name: "Llama-3.1-70B", Layers: 80, Hidden: 8192, Heads: 64, KVHeads: 8, HeadDim: 128, Intermediate: 28672, Vocab: 128256, MaxPosition: 131072},
}

// A Quant is how the linear weights are stored.
type Quant string

const (
	BF16 Quant = "bf16"
	FP8  Quant = "fp8" // block scales 128×128
	AWQ  Quant = "awq" // 4 bit, group scales
)

// FindModel resolves a served name such as "Qwen/Qwen3-8B-AWQ" to its shape and quantisation.
func FindModel(name string) (Model, Quant, bool) {
	base := name[strings.LastIndex(name, "/")+1:]
	quant := BF16
	upper := strings.ToUpper(base)
	switch {
	case strings.Contains(upper, "AWQ"), strings.Contains(upper, "GPTQ"), strings.Contains(upper, "W4A16"):
		quant = AWQ
	case strings.Contains(upper, "FP8"):
		quant = FP8
	}
	for _, m := range Models {
		if rest, ok := strings.CutPrefix(strings.ToLower(base), strings.ToLower(m.Name)); ok && (rest == "" || rest[0] == '-') {
			return m, quant, true
		}
	}
	return Model{}, "", false
}

// LinearParams counts the parameters of the decoder's linear layers:
// L·(D·(H+2·KH)·d + H·d·D + 3·D·I).
func (m Model) LinearParams() float64 {
	d, hd := float64(m.Hidden), float64(m.HeadDim)
	qkv := d * float64(m.Heads+2*m.KVHeads) * hd
	out := float64(m.Heads) * hd * d
	return float64(m.Layers) * (qkv + out + 3*d*float64(m.Intermediate))
}

// EmbeddingParams counts the embedding and, when it is not tied, the lm_head.
func (m Model) EmbeddingParams() float64 {
	n := float64(m.Hidden) * float64(m.Vocab)
	if m.Tied {
		return n
	}
	return 2 * n
}

// WeightBytes is the size of all weights in bytes: linear layers as quantised, embeddings in 16 bit.
func (m Model) WeightBytes(q Quant) float64 {
	return m.LinearParams()*q.BytesPerParam() + 2*m.EmbeddingParams()
}

// BytesPerParam is what one linear parameter takes, scales included.
func (q Quant) BytesPerParam() float64 {
	switch q {
	case FP8:
		return 1.0002
	case AWQ:
		return 0.531 // 4 bit, and per group of 128 a 16-bit scale and a 4-bit zero
	}
	return 2
}

// KVBytesPerToken is what one token's keys and values take on one GPU of tp: 2·L·max(1, KH/tp)·d·bytes. kvDtype is as
// in --kv-cache-dtype: anything that begins with fp8 takes one byte, all else two.
func (m Model) KVBytesPerToken(kvDtype string, tp int) int {
	width := 2
	if strings.HasPrefix(kvDtype, "fp8") {
		width = 1
	}
	return 2 * m.Layers * max(1, m.KVHeads/tp) * m.HeadDim * width
}

// SplitsEvenly tells whether tp GPUs can hold this model: vLLM refuses heads that tp does not divide, and KV heads that
// neither divide nor are divided by tp.
func (m Model) SplitsEvenly(tp int) bool {
	return tp > 0 && m.Heads%tp == 0 && (m.KVHeads%tp == 0 || tp%m.KVHeads == 0)
}
