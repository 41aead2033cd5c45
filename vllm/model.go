// Package vllm is what is known of vLLM, of the models it serves and of the cards it runs on: data that compose import,
// the simulator, telemetry and advice read from one place. It holds no efficiency or timing coefficient.
package vllm

import "strings"

// A Model is the shape of a decoder, from its config.json.
type Model struct {
	Name         string // as published, without organisation: "Qwen3-8B"
	Kind         string // model_type
	Layers       int
	Hidden       int
	Heads        int // of queries, in layers that see all tokens
	KVHeads      int
	HeadDim      int
	Intermediate int // width of a dense MLP
	Vocab        int
	Tied         bool // lm_head shares the embedding
	MaxPosition  int  // the longest context without rope scaling, tokens

	Attention []Attention // kinds of layers; nil: every layer has Heads, KVHeads and HeadDim and sees all tokens
	MLA       *mla        // instead of Attention; nil: none
	Experts   *Experts    // nil: every layer is dense
	Dense     int         // layers with a dense MLP, where there are experts
	Beside    float64     // parameters beside the decoder, such as a vision tower, in 16 bit

	Quant      Quant      // as its weights are stored
	WeightByte float64    // bytes of a quantised weight with its scales; 0: as Quant.BytesPerParam
	Plain      plainParts // what is left in 16 bit

	NotModelled string // why neither its memory nor its steps are worked out here; empty: they are
}

// An Attention is one kind of attention layer.
type Attention struct {
	Layers   int
	Heads    int // of queries
	KVHeads  int
	Dim      int  // of a head's key
	ValueDim int  // of a head's value
	SharedKV bool // values are made of the keys' projection, and kept beside them all the same
	Window   int  // tokens that a query sees; 0: all before it
}

// An mla is multi-head latent attention: a token keeps one latent vector and one rotated key for all heads.
type mla struct {
	Latent int // kv_lora_rank
	Query  int // q_lora_rank; 0: queries are projected at once
	Nope   int // qk_nope_head_dim
	Rope   int // qk_rope_head_dim
	Value  int // v_head_dim
}

// Experts are a mixture of experts: each token runs through Active of Count, and through the shared ones always.
type Experts struct {
	Layers int // that have them
	Count  int
	Active int
	Width  int // of one expert
	Shared int // of the shared ones together; 0: none
}

// A Quant is how the linear weights are stored.
type Quant string

const (
	BF16 Quant = "bf16"
	FP8  Quant = "fp8" // block scales 128×128
	AWQ  Quant = "awq" // 4 bit, group scales
)

// Kinds of attention layers.
func (m Model) kinds() []Attention {
	if m.Attention != nil {
		return m.Attention
	}
	return []Attention{{Layers: m.Layers, Heads: m.Heads, KVHeads: m.KVHeads, Dim: m.HeadDim, ValueDim: m.HeadDim}}
}

// AttentionParams counts the parameters of all attention layers: D·(H·d + KH·(d + dv)) + H·dv·D for each; for MLA
// D·q + q·H·(n+r) + D·(c+r) + c·H·(n+v) + H·v·D.
func (m Model) AttentionParams() float64 {
	d := float64(m.Hidden)
	if a := m.MLA; a != nil {
		h, key, latent := float64(m.Heads), float64(a.Nope+a.Rope), float64(a.Latent)
		query := d * h * key
		if q := float64(a.Query); q > 0 {
			query = d*q + q*h*key
		}
		return float64(m.Layers) * (query + d*(latent+float64(a.Rope)) + latent*h*float64(a.Nope+a.Value) +
			h*float64(a.Value)*d)
	}
	sum := 0.0
	for _, a := range m.kinds() {
		values := float64(a.KVHeads * a.ValueDim)
		if a.SharedKV {
			values = 0
		}
		sum += float64(a.Layers) * (d*(float64((a.Heads+a.KVHeads)*a.Dim)+values) + float64(a.Heads*a.ValueDim)*d)
	}
	return sum
}

// DenseParams counts those of dense MLPs: 3·D·I in each layer that has one.
func (m Model) DenseParams() float64 {
	layers := m.Layers
	if m.Experts != nil {
		layers = m.Dense
	}
	return 3 * float64(layers) * float64(m.Hidden) * float64(m.Intermediate)
}

// ExpertParams counts those of all routed experts.
func (m Model) ExpertParams() float64 {
	if m.Experts == nil {
		return 0
	}
	return 3 * float64(m.Experts.Layers*m.Experts.Count) * float64(m.Hidden) * float64(m.Experts.Width)
}

// SharedParams counts those of the experts that every token runs through.
func (m Model) SharedParams() float64 {
	if m.Experts == nil {
		return 0
	}
	return 3 * float64(m.Experts.Layers) * float64(m.Hidden) * float64(m.Experts.Shared)
}

// RouterParams counts those that choose the experts; they stay in 16 bit.
func (m Model) RouterParams() float64 {
	if m.Experts == nil {
		return 0
	}
	return float64(m.Experts.Layers*m.Experts.Count) * float64(m.Hidden)
}

// LinearParams counts the parameters of the decoder's linear layers.
func (m Model) LinearParams() float64 {
	return m.AttentionParams() + m.DenseParams() + m.ExpertParams() + m.SharedParams() + m.RouterParams()
}

// embeddingParams counts the embedding and, when it is not tied, the lm_head.
func (m Model) embeddingParams() float64 {
	n := float64(m.Hidden) * float64(m.Vocab)
	if m.Tied {
		return n
	}
	return 2 * n
}

// plainParams counts the decoder's linear parameters that stay in 16 bit under a format.
func (m Model) plainParams(q Quant) float64 {
	if q == BF16 {
		return m.LinearParams()
	}
	sum := m.RouterParams()
	for _, part := range []struct {
		plain  bool
		params float64
	}{{m.Plain.Attention, m.AttentionParams()}, {m.Plain.Dense, m.DenseParams()}, {m.Plain.Experts, m.ExpertParams()},
		{m.Plain.Shared, m.SharedParams()}} {
		if part.plain {
			sum += part.params
		}
	}
	return sum
}

// WeightBytes is the size of all weights in bytes: linear layers as quantised, embeddings and what lies beside the
// decoder in 16 bit.
func (m Model) WeightBytes(q Quant) float64 {
	plain := m.plainParams(q)
	return (m.LinearParams()-plain)*m.ByteOf(q) + 2*(plain+m.embeddingParams()+m.Beside)
}

// ByteOf is what one quantised weight takes, scales included.
func (m Model) ByteOf(q Quant) float64 {
	if q == m.Quant && m.WeightByte > 0 {
		return m.WeightByte
	}
	return q.bytesPerParam()
}

// bytesPerParam is what one linear parameter takes, scales included; of a format that is not known here 2, as if it
// were none.
func (q Quant) bytesPerParam() float64 {
	switch q {
	case FP8:
		return 1.0002
	case AWQ:
		return 0.531 // 4 bit, and per group of 128 a 16-bit scale and a 4-bit zero
	case MXFP4:
		return .5 + 1./32
	case NVFP4:
		return .5 + 1./16
	case INT8:
		return 1
	}
	return 2
}

// Timed reports whether the steps of a format can be timed here, by measurement or by estimate.
func (q Quant) Timed() bool {
	return q == BF16 || q == FP8 || q == AWQ || q == MXFP4 || q == NVFP4
}

// ReadExperts is the share of the routed experts that a step of so many tokens reads: 1 − (1 − k/E)ⁿ, if the router
// spreads tokens evenly. Real routers are uneven, so fewer are read.
func (e Experts) ReadExperts(tokens float64) float64 {
	return 1 - pow(1-float64(e.Active)/float64(e.Count), tokens)
}

// PairFLOP is the work on one pair of a query and a key, in layers that see all tokens and in those that see a window:
// 2·H·(d + dv) in each, on all GPUs.
func (m Model) PairFLOP() (all, near float64) {
	if a := m.MLA; a != nil {
		return float64(m.Layers) * 2 * float64(m.Heads*(a.Nope+a.Rope+a.Value)), 0
	}
	for _, a := range m.kinds() {
		work := float64(a.Layers) * 2 * float64(a.Heads*(a.Dim+a.ValueDim))
		if a.Window > 0 {
			near += work
		} else {
			all += work
		}
	}
	return all, near
}

// SplitsEvenly reports whether tp GPUs can hold this model: vLLM refuses heads that tp does not divide, and KV heads
// that neither divide nor are divided by tp.
func (m Model) SplitsEvenly(tp int) bool {
	if tp < 1 || m.Heads%tp != 0 {
		return false
	}
	if m.MLA != nil || m.NotModelled != "" {
		return true // one latent for all heads, on every GPU; or nobody here knows
	}
	for _, a := range m.kinds() {
		if a.Heads%tp != 0 || a.KVHeads%tp != 0 && tp%a.KVHeads != 0 {
			return false
		}
	}
	return true
}

// Traits says in words what kinds of layers a model has: "dense, GQA".
func (m Model) Traits() string {
	if m.NotModelled != "" {
		return "not modelled: " + m.NotModelled
	}
	words := []string{"dense"}
	if m.Experts != nil {
		words = []string{sprint("mixture of experts, %d of %d", m.Experts.Active, m.Experts.Count)}
		if m.Experts.Shared > 0 {
			words[0] += " and shared ones"
		}
	}
	switch {
	case m.MLA != nil:
		words = append(words, "MLA")
	case m.KVHeads == 1:
		words = append(words, "MQA")
	case m.KVHeads == m.Heads:
		words = append(words, "MHA")
	default:
		words = append(words, "GQA")
	}
	for _, a := range m.Attention {
		if a.Window > 0 {
			words = append(words, sprint("%d of %d layers see %d tokens", a.Layers, m.Layers, a.Window))
		}
	}
	return strings.Join(words, "; ")
}
