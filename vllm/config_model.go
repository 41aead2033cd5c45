package vllm

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Model is the shape that a config describes. The error names every fault of its fields; a kind whose steps or memory
// are not modelled here is no fault: the model then says so in NotModelled.
func (c Config) Model(name string) (Model, error) {
	f := &fields{of: c}
	top := c
	if text, nested := f.inside("text_config"); nested {
		f.of = text
	}
	kind := f.text("model_type")
	if kind == "" {
		kind, _ = top["model_type"].(string)
	}
	m := Model{Name: name, Kind: kind, Tied: tied(f, top, kind)}
	if why := notModelled(f, kind); why != "" {
		m.NotModelled = why
		m.MaxPosition = f.whole("max_position_embeddings", 1)
		return m, nil
	}
	if !readKinds[kind] {
		return m, fmt.Errorf("model_type is %s, which is not known here: expected one of %s; a server of it can be "+
			"measured without", quoteKind(kind), strings.Join(knownKinds(), ", "))
	}
	f.fill(kind)
	m.dimensions(f)
	m.readExperts(f)
	if f.of["kv_lora_rank"] != nil {
		m.readMLA(f)
	} else {
		m.readAttention(f)
	}
	m.Beside = besideParams(top, m)
	m.readQuant(f, top)
	if len(f.faults) > 0 {
		return m, errors.New(strings.Join(f.faults, "; "))
	}
	return m, nil
}

func quoteKind(kind string) string {
	if kind == "" {
		return "missing"
	}
	return fmt.Sprintf("%q", kind)
}

// tied reports whether the lm_head shares the embedding; transformers leaves the field out where it is the class's
// default.
func tied(f *fields, top Config, kind string) bool {
	if on, ok := top["tie_word_embeddings"].(bool); ok {
		return on
	}
	return f.on("tie_word_embeddings", strings.HasPrefix(kind, "gemma"))
}

// classDefaults are what transformers' classes take for fields that their published configs leave out, where that is
// not what dimensions would.
var classDefaults = map[string]map[string]float64{
	"gemma2": {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 256000,
		"max_position_embeddings": 8192, "sliding_window": 4096},
	"gemma3_text": {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 262208,
		"max_position_embeddings": 131072, "sliding_window": 4096,
		"sliding_window_pattern": 6},
	"qwen3":       {"head_dim": 128},
	"gpt_oss":     {"head_dim": 64},
	"llama4_text": {"head_dim": 128},
}

// fill puts the class's defaults where a config leaves a field out.
func (f *fields) fill(kind string) {
	whole := Config{}
	for key, v := range classDefaults[kind] {
		whole[key] = v
	}
	for key, v := range f.of {
		whole[key] = v
	}
	f.of = whole
}

// readKinds are the model_types whose fields mean here what transformers means by them.
var readKinds = setOf(`
llama mistral qwen2 qwen3 mimo gemma2 gemma3_text phi3 granite olmo2 smollm3 seed_oss glm glm4 qwen2_5_vl
qwen2_5_vl_text qwen3_vl_text mixtral qwen2_moe qwen3_moe qwen3_vl_moe_text gpt_oss llama4 llama4_text minimax_m2
glm4_moe gemma4_text olmoe phimoe deepseek_v2 deepseek_v3 kimi_k2 mimo_v2_flash`)

func knownKinds() []string { return slices.Sorted(maps.Keys(readKinds)) }

// notModelled names what about a model no arithmetic here covers; empty: nothing.
func notModelled(f *fields, kind string) string {
	linear := false
	for _, t := range f.list("layer_types") {
		s, _ := t.(string)
		linear = linear || strings.Contains(s, "linear") || strings.Contains(s, "mamba") || strings.Contains(s, "conv")
	}
	for _, t := range f.list("attn_type_list") {
		linear = linear || t == 0.
	}
	switch {
	case kind == "nemotron-nas" || f.of["block_configs"] != nil:
		return "its layers differ from each other (block_configs)"
	case kind == "nemotron_h" || f.of["hybrid_override_pattern"] != nil || f.of["layers_block_type"] != nil ||
		strings.Contains(kind, "mamba") ||
		kind == "jamba" || kind == "bamba" || kind == "falcon_h1" || kind == "zamba2":
		return "some of its layers keep a state instead of keys and values (Mamba)"
	case linear || f.of["linear_num_value_heads"] != nil || strings.HasPrefix(kind, "qwen3_next") ||
		strings.HasPrefix(kind, "qwen3_5") || kind == "minimax_text_01" || strings.HasPrefix(kind, "lfm2"):
		return "some of its layers are linear attention, which keeps a state instead of keys and values"
	case kind == "deepseek_v4" || kind == "deepseek_ref":
		return "its keys and values are compressed by layer (DeepSeek-V4)"
	case f.of["index_topk"] != nil || f.of["sparse_attention_config"] != nil || kind == "minimax_m3":
		return "its attention is sparse: an indexer chooses what each token sees"
	case kind == "step3p7":
		return "nothing here was checked against its kind (step3p7)"
	}
	return ""
}

func (m *Model) dimensions(f *fields) {
	m.Layers = f.whole("num_hidden_layers", missing)
	m.Hidden = f.whole("hidden_size", missing)
	m.Heads = f.whole("num_attention_heads", missing)
	m.KVHeads = f.whole("num_key_value_heads", m.Heads)
	m.Vocab = f.whole("vocab_size", missing)
	m.MaxPosition = f.whole("max_position_embeddings", missing)
	m.Intermediate = f.first(0, "intermediate_size_mlp", "intermediate_size")
	if f.of["head_dim"] == nil && f.of["kv_lora_rank"] == nil && m.Hidden%m.Heads != 0 {
		f.fault("num_attention_heads is %d and hidden_size %d: expected heads that divide it, or a head_dim", m.Heads,
			m.Hidden)
	}
	m.HeadDim = f.whole("head_dim", max(1, m.Hidden/m.Heads))
	if m.KVHeads > m.Heads || m.Heads%m.KVHeads != 0 {
		f.fault("num_key_value_heads is %d and num_attention_heads %d: expected a number that divides it", m.KVHeads, m.Heads)
	}
	if m.Layers > 2000 {
		f.fault("num_hidden_layers is %d: expected at most 2000", m.Layers)
		m.Layers = 1
	}
}

// readExperts reads a mixture of experts: how many, how wide, in which layers.
func (m *Model) readExperts(f *fields) {
	count := f.first(0, "num_experts", "num_local_experts", "n_routed_experts")
	if count < 2 || m.Kind == "gemma4_text" && !f.on("enable_moe_block", false) {
		if m.Intermediate == 0 {
			f.fault("intermediate_size is missing: expected a whole number")
		}
		return
	}
	e := Experts{Count: count, Active: f.first(missing, "num_experts_per_tok", "top_k_experts")}
	if e.Active > e.Count {
		f.fault("num_experts_per_tok is %d of %d experts: expected no more than there are", e.Active, e.Count)
	}
	narrow := "moe_intermediate_size"
	if f.of[narrow] == nil {
		narrow = "intermediate_size"
	}
	e.Width = f.whole(narrow, missing)
	e.Shared = f.first(0, "shared_expert_intermediate_size", "share_expert_dim")
	if n := f.whole("n_shared_experts", 0); n > 0 && e.Shared == 0 {
		e.Shared = n * e.Width
	}
	if strings.HasPrefix(m.Kind, "llama4") {
		e.Shared = e.Width
	}
	e.Layers = m.expertLayers(f)
	m.Dense = m.Layers - e.Layers
	if m.Kind == "gemma4_text" {
		m.Dense = m.Layers // each layer has a dense part beside its experts
	}
	if m.Dense > 0 && m.Intermediate == 0 {
		f.fault("intermediate_size is missing, and %d layers have no experts: expected a whole number", m.Dense)
	}
	m.Experts = &e
}

// expertLayers counts the layers with experts.
func (m *Model) expertLayers(f *fields) int {
	if freq := f.list("moe_layer_freq"); freq != nil {
		n := 0
		for _, on := range freq {
			if on == 1. {
				n++
			}
		}
		return min(n, m.Layers)
	}
	n, every := 0, f.first(1, "decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_freq")
	dense := f.whole("first_k_dense_replace", 0)
	only := map[int]bool{}
	for _, i := range f.list("mlp_only_layers") {
		if at, ok := i.(float64); ok {
			only[int(at)] = true
		}
	}
	for i := range m.Layers {
		at := i + 1
		if dense > 0 {
			at = i // deepseek counts its layers from 0
		}
		if i >= dense && !only[i] && at%max(1, every) == 0 {
			n++
		}
	}
	return n
}

// readAttention reads the kinds of attention layers: those that see all tokens, and those that see a window.
func (m *Model) readAttention(f *fields) {
	all := Attention{Layers: m.Layers, Heads: m.Heads, KVHeads: m.KVHeads, Dim: m.HeadDim,
		ValueDim: f.whole("v_head_dim", m.HeadDim)}
	local := all
	local.Window = f.whole("sliding_window", 0)
	if strings.HasPrefix(m.Kind, "llama4") {
		local.Window = f.whole("attention_chunk_size", 0)
	}
	local.Layers = m.windowLayers(f, local.Window)
	all.Layers -= local.Layers
	if m.Kind == "gemma4_text" {
		all.Dim = f.whole("global_head_dim", all.Dim)
		all.ValueDim = all.Dim
		if f.on("attention_k_eq_v", false) {
			all.KVHeads, all.SharedKV = f.whole("num_global_key_value_heads", all.KVHeads), true
		}
	}
	if m.Kind == "mimo_v2_flash" {
		local.Heads, local.KVHeads = f.whole("swa_num_attention_heads", all.Heads),
			f.whole("swa_num_key_value_heads", all.KVHeads)
		local.Dim = f.whole("swa_head_dim", all.Dim)
		local.ValueDim = f.whole("swa_v_head_dim", local.Dim)
	}
	m.Attention = nil
	for _, a := range []Attention{all, local} {
		if a.Layers > 0 {
			m.Attention = append(m.Attention, a)
		}
	}
	if all.Layers == 0 {
		m.NotModelled = "each of its layers sees a window alone"
	}
	if f.whole("num_kv_shared_layers", 0) > 0 || f.whole("hidden_size_per_layer_input", 0) > 0 {
		m.NotModelled = "some of its layers share their keys and values with others"
	}
}

// windowLayers counts the layers that see a window.
func (m *Model) windowLayers(f *fields, window int) int {
	types, n := f.list("layer_types"), 0
	pattern := f.list("hybrid_layer_pattern")
	switch {
	case types != nil && len(types) != m.Layers:
		f.fault("layer_types has %d entries and num_hidden_layers is %d: expected one for each layer", len(types), m.Layers)
	case types != nil:
		for _, t := range types {
			switch t {
			case "sliding_attention", "chunked_attention":
				n++
			case "full_attention", "attention", "global":
			default:
				f.fault("layer_types has %s: expected full_attention or sliding_attention", shortJSON(t))
				return 0
			}
		}
	case pattern != nil:
		for _, t := range pattern {
			if t == 1. {
				n++
			}
		}
	case strings.HasPrefix(m.Kind, "llama4"):
		n = m.Layers - m.Layers/4 // every fourth sees all
	case m.Kind == "gemma2":
		n = (m.Layers + 1) / 2
	case strings.HasPrefix(m.Kind, "gemma3"):
		n = m.Layers - m.Layers/max(1, f.whole("sliding_window_pattern", 6))
	case m.Kind == "mistral" && window > 0, m.Kind == "phi3" && window > 0 && window < m.MaxPosition:
		n = m.Layers
	case strings.HasPrefix(m.Kind, "qwen") && f.on("use_sliding_window", false) && window > 0:
		n = m.Layers - min(m.Layers, f.whole("max_window_layers", m.Layers))
	}
	if n > 0 && window == 0 {
		f.fault("sliding_window is missing, and %d layers see a window: expected a whole number", n)
	}
	return n
}

// readMLA reads multi-head latent attention.
func (m *Model) readMLA(f *fields) {
	m.MLA = &mla{Latent: f.whole("kv_lora_rank", missing), Query: f.whole("q_lora_rank", 0),
		Nope: f.whole("qk_nope_head_dim", missing),
		Rope: f.whole("qk_rope_head_dim", missing), Value: f.whole("v_head_dim", missing)}
}

// besideParams counts what is loaded beside the decoder: the tower that sees pictures, with what joins it to the text.
// Its config has its sizes under several names; what it leaves out is a per mille of a model.
func besideParams(top Config, m Model) float64 {
	vision, ok := (&fields{of: top}).inside("vision_config")
	if !ok {
		return 0
	}
	v := &fields{of: vision}
	depth, hidden, wide := v.first(0, "depth", "num_hidden_layers"), float64(v.whole("hidden_size", 0)),
		float64(v.whole("intermediate_size", 0))
	matrices := 2.
	if strings.HasPrefix(m.Kind, "gemma4") || strings.HasPrefix(m.Kind, "qwen2_5_vl") {
		matrices = 3
	}
	patch := float64(v.whole("patch_size", 0))
	tower := float64(depth)*(4*hidden*hidden+matrices*hidden*wide) +
		hidden*3*patch*patch*float64(v.whole("temporal_patch_size", 1))
	merged := hidden * float64(v.whole("spatial_merge_size", 1)*v.whole("spatial_merge_size", 1))
	joins := 1 + float64(len(v.list("deepstack_visual_indexes")))
	if merged == hidden {
		return tower + hidden*float64(m.Hidden)
	}
	return tower + joins*(merged*merged+merged*float64(m.Hidden))
}
