package vllm

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Config is a model's config.json as transformers writes it, trimmed to the fields that are read here.
type Config map[string]any

// ReadConfig reads a config.json. What is not read here is left out, so that a Config may be kept beside a run.
func ReadConfig(raw []byte) (Config, error) {
	var c Config
	if err := json.Unmarshal(pythonOnly.ReplaceAll(raw, []byte("${1}null")), &c); err != nil {
		what := "it is not JSON"
		if json.Valid(raw) {
			what = "it holds no object"
		}
		return nil, fmt.Errorf("%s: expected a model's config.json with an object in it", what)
	}
	if c == nil || c["model_type"] == nil && c["architectures"] == nil {
		return nil, fmt.Errorf("model_type is missing: expected the config.json of a model, as transformers writes it")
	}
	return c.trimmed(), nil
}

// pythonOnly are numbers that Python writes and JSON does not have.
var pythonOnly = regexp.MustCompile(`([:\[,]\s*)(?:-?Infinity|NaN)\b`)

// configKeys are the fields that are read.
var configKeys = setOf(`
architectures model_type text_config vision_config quantization_config tie_word_embeddings num_hidden_layers
hidden_size num_attention_heads num_key_value_heads head_dim v_head_dim intermediate_size vocab_size
max_position_embeddings sliding_window use_sliding_window max_window_layers layer_types sliding_window_pattern
attention_chunk_size hybrid_layer_pattern swa_num_attention_heads swa_num_key_value_heads swa_head_dim swa_v_head_dim
global_head_dim num_global_key_value_heads attention_k_eq_v num_kv_shared_layers num_experts num_local_experts
n_routed_experts num_experts_per_tok top_k_experts moe_intermediate_size shared_expert_intermediate_size
n_shared_experts share_expert_dim first_k_dense_replace moe_layer_freq decoder_sparse_step mlp_only_layers
interleave_moe_layer_step intermediate_size_mlp enable_moe_block kv_lora_rank q_lora_rank qk_nope_head_dim
qk_rope_head_dim num_nextn_predict_layers hidden_size_per_layer_input vocab_size_per_layer_input
hybrid_override_pattern layers_block_type block_configs index_topk sparse_attention_config attn_type_list
linear_num_value_heads depth num_heads out_hidden_size patch_size temporal_patch_size in_channels spatial_merge_size
deepstack_visual_indexes quant_method quant_algo bits w_bit group_size q_group_size weight_block_size
modules_to_not_convert ignore config_groups format load_in_4bit load_in_8bit weights num_bits type group_0
input_activations`)

func (c Config) trimmed() Config {
	out := Config{}
	for key, v := range c {
		if !configKeys[key] || v == nil {
			continue
		}
		switch inside := v.(type) {
		case map[string]any:
			v = map[string]any(Config(inside).trimmed())
		case []any:
			if key == "modules_to_not_convert" || key == "ignore" {
				v = leftPlain(inside)
			}
		}
		out[key] = v
	}
	return out
}

// layerNumber is a layer's place in a module's name.
var layerNumber = regexp.MustCompile(`\.layers\.[0-9]+\.`)

// fewLayers are too few for what they leave in 16 bit to matter.
const fewLayers = 8

// leftPlain shortens a list of modules that are not quantised: one name for the same module of all layers, and none for
// norms and routers, which never are.
func leftPlain(names []any) []any {
	layers := map[string]int{}
	for _, n := range names {
		text, _ := n.(string)
		layers[layerNumber.ReplaceAllString(text, ".layers.*.")]++
	}
	out := []any{}
	for _, n := range names {
		text, ok := n.(string)
		if !ok || strings.Contains(text, "norm") || strings.HasSuffix(text, ".mlp.gate") ||
			strings.Contains(text, "e_score_correction_bias") {
			continue
		}
		if !strings.HasPrefix(text, "re:") {
			many := layerNumber.ReplaceAllString(text, ".layers.*.")
			if many != text && layers[many] < fewLayers {
				continue
			}
			text = many
		}
		if !slices.Contains(out, any(text)) {
			out = append(out, text)
		}
	}
	return out
}

// fields reads values out of a config and collects faults: each names the field, what was seen and what would do.
type fields struct {
	of     Config
	faults []string
}

func (f *fields) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// whole is a number of at least 1, or otherwise where it is missing; an otherwise of 0 says that it must be there.
func (f *fields) whole(key string, otherwise int) int {
	v, given := f.of[key]
	n, ok := v.(float64)
	switch {
	case !given && otherwise == missing:
		f.fault("%s is missing: expected a whole number", key)
		return 1
	case !given:
		return otherwise
	case !ok || n != float64(int(n)) || n > 1<<40:
		f.fault("%s is %s: expected a whole number", key, shortJSON(v))
		return max(1, otherwise)
	case n < 0 || n < 1 && otherwise != 0:
		f.fault("%s is %s: expected at least %d", key, shortJSON(v), min(1, max(otherwise, -otherwise)))
		return max(1, otherwise)
	}
	return int(n)
}

// missing says that a field has to be there.
const missing = -1

// first is the first of several names that is there.
func (f *fields) first(otherwise int, keys ...string) int {
	for _, key := range keys {
		if f.of[key] != nil {
			return f.whole(key, otherwise)
		}
	}
	if otherwise == missing {
		f.fault("%s is missing: expected a whole number", strings.Join(keys, " or "))
		return 1
	}
	return otherwise
}

func (f *fields) on(key string, otherwise bool) bool {
	if on, ok := f.of[key].(bool); ok {
		return on
	}
	return otherwise
}

func (f *fields) text(key string) string {
	s, _ := f.of[key].(string)
	return s
}

// list is an array, or nil.
func (f *fields) list(key string) []any {
	l, _ := f.of[key].([]any)
	return l
}

func (f *fields) inside(key string) (Config, bool) {
	m, ok := f.of[key].(map[string]any)
	return m, ok
}

func shortJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil || len(b) > 40 {
		return "something else"
	}
	return string(b)
}
