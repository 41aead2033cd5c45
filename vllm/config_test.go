package vllm

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Published sizes of checkpoints: metadata.total_size of each model.safetensors.index.json, as public repositories
// quote it. Weights are within 1 % of it.
func TestWeightsAreThePublishedSizes(t *testing.T) {
	for name, bytes := range map[string]float64{
		"Qwen/Qwen3-8B": 16381470720, "Qwen/Qwen3-14B": 29536614400, "Qwen/Qwen3-32B": 65524246528,
		"meta-llama/Llama-3.1-8B":  16060522496,
		"meta-llama/Llama-3.1-70B": 141107412992, "Qwen/Qwen3-30B-A3B": 61064245248,
		"mistralai/Mixtral-8x7B-v0.1": 93405585408,
		"openai/gpt-oss-20b":          13761264768, "google/gemma-4-26B-A4B": 51611872412, "Qwen/Qwen3-4B": 8044936192,
		"Qwen/Qwen3-VL-8B-Instruct": 17534247392,
	} {
		m, q, ok := FindModel(name)
		if off := m.WeightBytes(q)/bytes - 1; !ok || math.Abs(off) > .01 {
			t.Errorf("%s: %+.2f %%", name, 100*off)
		}
	}
}

// Published counts of parameters, in billions, where no size of the files was found: of the names themselves, or of the
// models' cards.
func TestParametersAreThePublishedCounts(t *testing.T) {
	for name, billions := range map[string]float64{
		"Qwen/Qwen3-235B-A22B": 235, "mistralai/Mixtral-8x22B-v0.1": 141, "deepseek-ai/DeepSeek-V3": 671,
		"openai/gpt-oss-120b": 117, "openai/gpt-oss-20b": 20.9,
		"XiaomiMiMo/MiMo-V2-Flash": 309, "meta-llama/Llama-4-Maverick-17B-128E-Instruct": 400, "MiniMaxAI/MiniMax-M2.7": 230,
		"meta-llama/Llama-3.1-405B": 405,
	} {
		m, _, ok := FindModel(name)
		if off := (m.LinearParams()+m.embeddingParams()+m.Beside)/billions/1e9 - 1; !ok || math.Abs(off) > .01 {
			t.Errorf("%s: %+.2f %%", name, 100*off)
		}
	}
}

// KV bytes of a token in 16 bit, by hand from each config: 2·L·KH·d·2, local and global layers apart, and L·(c + r)·2
// for MLA.
func TestKVBytesOfATokenAreExact(t *testing.T) {
	for name, want := range map[string][2]int{
		"Qwen/Qwen3-14B":                            {40 * 8 * 128 * 4, 0},
		"Qwen/Qwen3-30B-A3B-FP8":                    {48 * 4 * 128 * 4, 0},
		"mistralai/Mixtral-8x7B-v0.1":               {32 * 8 * 128 * 4, 0},
		"openai/gpt-oss-20b":                        {12 * 8 * 64 * 4, 12 * 8 * 64 * 4},
		"google/gemma-4-26B-A4B":                    {5 * 2 * 512 * 4, 25 * 8 * 256 * 4},
		"deepseek-ai/DeepSeek-V3":                   {61 * (512 + 64) * 2, 0},
		"XiaomiMiMo/MiMo-V2-Flash":                  {9 * 4 * (192 + 128) * 2, 39 * 8 * (192 + 128) * 2},
		"meta-llama/Llama-4-Scout-17B-16E-Instruct": {12 * 8 * 128 * 4, 36 * 8 * 128 * 4},
		"Qwen/Qwen3-VL-8B-Instruct":                 {36 * 8 * 128 * 4, 0},
	} {
		m, _, ok := FindModel(name)
		if all, near := m.KVBytes("auto", 1); !ok || all != want[0] || near != want[1] {
			t.Errorf("%s: %d and %d, want %v", name, all, near, want)
		}
	}
}

// Layers of a second kind stand in groups, and a block of each group has the same bytes. gpt-oss: 12 + 12 layers of 16
// tokens; gemma 4: 5 global layers, whose page holds twice the tokens, and 25 local ones in five groups.
func TestPools(t *testing.T) {
	for name, want := range map[string]pool{
		"Qwen/Qwen3-8B": {BlockBytes: 147456 * 16, Groups: 1, BlockTokens: 16},
		"openai/gpt-oss-20b": {BlockBytes: 12 * 8 * 64 * 4 * 16, Groups: 1, BlockTokens: 16, LocalGroups: 1,
			LocalTokens: 16, Window: 128},
		"google/gemma-4-26B-A4B": {BlockBytes: 5 * 8 * 256 * 4 * 16, Groups: 1, BlockTokens: 32, LocalGroups: 5,
			LocalTokens: 16, Window: 1024},
	} {
		m, _, _ := FindModel(name)
		if got := m.Pool("auto", 1, 16); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// Names of one model are not taken for another.
func TestNamesOfModels(t *testing.T) {
	for name, want := range map[string]string{
		"Qwen/Qwen3-30B-A3B-Instruct-2507-FP8": "Qwen3-30B-A3B", "mistralai/Mixtral-8x7B-Instruct-v0.1": "Mixtral-8x7B-v0.1",
		"google/gemma-4-26B-A4B-it":             "gemma-4-26B-A4B",
		"meta-llama/Meta-Llama-3.1-8B-Instruct": "Meta-Llama-3.1-8B", "RedHatAI/gpt-oss-20b-FP8": "gpt-oss-20b",
		"deepseek-ai/DeepSeek-V3-0324":              "DeepSeek-V3",
		"deepseek-ai/DeepSeek-R1-Distill-Llama-70B": "", "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B": "",
		"deepseek-ai/DeepSeek-V3.1": "", "Qwen/Qwen3-Embedding-8B": "", "": "", "Qwen3": "",
	} {
		if m, _, ok := FindModel(name); m.Name != want || ok != (want != "") {
			t.Errorf("%s is taken for %q", name, m.Name)
		}
	}
	for name, window := range map[string]int{"Qwen/Qwen3-30B-A3B-Instruct-2507": 262144, "Qwen/Qwen3-30B-A3B": 40960} {
		if m, _, _ := FindModel(name); m.MaxPosition != window {
			t.Errorf("%s: window %d", name, m.MaxPosition)
		}
	}
}

const plainConfig = `{"model_type": "llama", "num_hidden_layers": 4, "hidden_size": 64, "num_attention_heads": 4,
 "num_key_value_heads": 2, "intermediate_size": 128, "vocab_size": 1000, "max_position_embeddings": 2048}`

// with is plainConfig with other fields.
func with(t *testing.T, more string) Config {
	t.Helper()
	c := map[string]any{}
	for _, text := range []string{plainConfig, more} {
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
	}
	raw, _ := json.Marshal(c)
	out, err := ReadConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A config that lacks a field, contradicts itself or is of an unknown kind is refused by the field's name.
func TestConfigsThatAreRefused(t *testing.T) {
	for more, says := range map[string]string{
		`{"num_hidden_layers": null}`: "num_hidden_layers is missing: expected a whole number",
		`{"hidden_size": "wide"}`:     `hidden_size is "wide": expected a whole number`,
		`{"num_attention_heads": 3}`: "num_attention_heads is 3 and hidden_size 64: expected heads that " +
			"divide it, or a head_dim",
		`{"num_key_value_heads": 3}`: "num_key_value_heads is 3 and num_attention_heads 4: expected a " +
			"number that divides it",
		`{"num_key_value_heads": 0}`:                   "num_key_value_heads is 0: expected at least 1",
		`{"model_type": "retnet"}`:                     `model_type is "retnet", which is not known here: expected one of`,
		`{"num_experts": 8}`:                           "num_experts_per_tok or top_k_experts is missing",
		`{"num_experts": 8, "num_experts_per_tok": 9}`: "num_experts_per_tok is 9 of 8 experts",
		`{"layer_types": ["full_attention"]}`:          "layer_types has 1 entries and num_hidden_layers is 4",
		`{"layer_types": ["full_attention", "sliding_attention", "full_attention", "sliding_attention"]}`: "sliding_window " +
			"is missing, and 2 layers see a window",
		`{"intermediate_size": null}`: "intermediate_size is missing",
		`{"num_hidden_layers": 1e9}`:  "num_hidden_layers is 1000000000: expected at most 2000",
	} {
		if _, err := with(t, more).Model("m"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", more, err, says)
		}
	}
	for _, raw := range []string{"", "[]", "{", `{"a": 1}`, "null"} {
		if _, err := ReadConfig([]byte(raw)); err == nil {
			t.Errorf("%q is taken", raw)
		}
	}
}

// What is not modelled is known by name, says why, and is no fault.
func TestWhatIsNotModelled(t *testing.T) {
	for more, says := range map[string]string{
		`{"layer_types": ["linear_attention", "full_attention", "linear_attention", "full_attention"]}`: "linear attention",
		`{"quantization_config": {"quant_method": "zip"}}`: "the format of " +
			"its weights (zip) is not known here",
		`{"quantization_config": {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}}`: "(mixed_precision)",
		`{"model_type": "nemotron_h"}`:                       "Mamba",
		`{"model_type": "deepseek_v32", "index_topk": 2048}`: "sparse",
		`{"model_type": "mistral", ` +
			`"sliding_window": 512}`: "sees a window alone",
	} {
		if m, err := with(t, more).Model("m"); err != nil || !strings.Contains(m.NotModelled, says) {
			t.Errorf("%s: %q %v", more, m.NotModelled, err)
		}
	}
}

// Formats are read into bytes of a weight and a class of kernels, and what they leave in 16 bit is found.
func TestFormats(t *testing.T) {
	for more, want := range map[string]struct {
		quant Quant
		bytes float64
		plain plainParts
	}{
		`{"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": ["lm_head"]}`: {FP8,
			1 + 4./128/128, plainParts{}},
		`{"quant_method": "gptq", "bits": 4, "group_size": 128}`: {AWQ, .531,
			plainParts{}},
		`{"quant_method": "gptq", "bits": 8, "group_size": 128}`: {INT8, 1,
			plainParts{}},
		`{"quant_method": "mxfp4"}`: {MXFP4,
			.53125, plainParts{}},
		`{"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head", "model.layers.*.self_attn*"]}`: {NVFP4,
			.5625, plainParts{Attention: true}},
		`{"quant_method": "compressed-tensors", "ignore": ["re:.*self_attn.*"], "config_groups": {"group_0": {"weights": ` +
			`{"num_bits": 4, "type": "int", "group_size": 32}}}}`: {AWQ, .5625, plainParts{Attention: true}},
		`{"quant_method": "compressed-tensors", "config_groups": {"group_0": {"input_activations": {"num_bits": 8}, ` +
			`"weights": {"num_bits": 8, "type": "int"}}}}`: {INT8, 1, plainParts{}},
		`{"quant_method": "compressed-tensors", "config_groups": {"group_0": {"input_activations": {"num_bits": 8}, ` +
			`"weights": {"num_bits": 8, "type": "float"}}}}`: {FP8, 1, plainParts{}},
		`{"quant_method": "hqq", "bits": 3}`: {"hqq-3bit", .375, plainParts{}},
	} {
		m, err := with(t, `{"quantization_config": `+more+`}`).Model("m")
		if err != nil || m.Quant != want.quant || m.WeightByte != want.bytes || m.Plain != want.plain {
			t.Errorf("%s: %s, %v, %+v, %v", more, m.Quant, m.WeightByte, m.Plain, err)
		}
		if q := m.Quant; q.Timed() != (q == FP8 || q == AWQ || q == MXFP4 || q == NVFP4) {
			t.Errorf("%s: timed is %v", q, q.Timed())
		}
	}
}

// A config.json is found as a file, in a directory, and in a Hugging Face cache by its repository; ModelOpt's file
// beside it tells the format.
func TestWhereConfigsLie(t *testing.T) {
	home := t.TempDir()
	snap := filepath.Join(home, "hub", "models--org--tiny", "snapshots", "abc")
	refs := filepath.Join(home, "hub", "models--org--tiny", "refs")
	for _, dir := range []string{snap, refs} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{filepath.Join(snap, "config.json"): plainConfig,
		filepath.Join(refs, "main"): "abc\n",
		filepath.Join(snap, "hf_quant_config.json"): `{"quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": ` +
			`"FP8"}}`} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{home, filepath.Join(home, "hub"), filepath.Join(home, "hub", "models--org--tiny"), snap,
		filepath.Join(snap, "config.json")} {
		c, err := LoadConfig(path, "org/tiny")
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if m, err := c.Model("tiny"); err != nil || m.Quant != FP8 || m.Layers != 4 {
			t.Errorf("%s: %+v %v", path, m, err)
		}
	}
	t.Setenv("HF_HOME", home)
	if _, ok := CachedConfig("org/tiny"); !ok {
		t.Error("HF_HOME is not looked into")
	}
	for path, says := range map[string]string{filepath.Join(home, "none"): "no such file or directory",
		refs: "has no config.json"} {
		if _, err := LoadConfig(path, "org/other"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A trimmed config says the same as the whole, however often it is trimmed.
func TestTrimmingKeepsTheShape(t *testing.T) {
	for _, k := range Knowns() {
		raw, err := json.Marshal(k.Config)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadConfig(raw)
		if err != nil {
			t.Fatal(err)
		}
		m, err := again.Model(k.Model.Name)
		if err != nil || m.Traits() != k.Model.Traits() || m.WeightBytes(m.Quant) != k.Model.WeightBytes(k.Model.Quant) ||
			m.Plain != k.Model.Plain {
			t.Errorf("%s: %v", k.Repository, err)
		}
	}
}

// Memory grows with every argument that adds weights, activations or keys and values, and the cache shrinks with them.
func TestMemoryIsMonotone(t *testing.T) {
	card, _ := FindCard("H200")
	rapid.Check(t, func(t *rapid.T) {
		k := Knowns()[rapid.IntRange(0, len(Knowns())-1).Draw(t, "model")].Model
		if k.NotModelled != "" {
			t.Skip()
		}
		s := Start{Card: card, Model: k, Quant: k.Quant, TP: 1, KVDtype: "auto",
			Budget: rapid.IntRange(256, 65536).Draw(t, "budget"), MaxSeqs: rapid.IntRange(1, 1024).Draw(t, "seqs"),
			MaxLen: k.MaxPosition, BlockSize: 16, Utilization: rapid.Float64Range(.3, .98).Draw(t, "utilization"), Chunked: true}
		m, blocks := s.Memory(0), 0
		blocks = s.Blocks(m.KV)
		less := func(what string, change func(*Start)) {
			other := s
			change(&other)
			if n := other.Memory(0); n.KV > m.KV+1e-9 || other.Blocks(n.KV) > blocks {
				t.Fatalf("%s: more cache with more %s", k.Name, what)
			}
		}
		less("budget", func(s *Start) { s.Budget += 1000 })
		less("seqs", func(s *Start) { s.MaxSeqs += 100 })
		less("layers", func(s *Start) {
			s.Model.Layers++
			if s.Model.Attention != nil {
				s.Model.Attention = append([]Attention(nil), s.Model.Attention...)
				s.Model.Attention[0].Layers++
			}
			if s.Model.Experts != nil {
				e := *s.Model.Experts
				e.Layers++
				s.Model.Experts = &e
			}
		})
		less("vocabulary", func(s *Start) { s.Model.Vocab += 1000 })
		less("utilization taken away", func(s *Start) { s.Utilization -= .1 })
		if k.Experts != nil {
			less("experts", func(s *Start) { e := *k.Experts; e.Count++; s.Model.Experts = &e })
		}
		p := s.pool()
		tokens, flight := rapid.IntRange(1, 100_000).Draw(t, "tokens"), rapid.IntRange(1, 20_000).Draw(t, "flight")
		if p.perRequest(tokens+1, flight) < p.perRequest(tokens, flight) ||
			p.perRequest(tokens, flight+1) < p.perRequest(tokens, flight) {
			t.Fatalf("%s: fewer blocks for more tokens", k.Name)
		}
		if n := p.longest(blocks, k.MaxPosition, flight); n > 0 && p.perRequest(n, flight) > blocks || n < k.MaxPosition &&
			p.perRequest(n+1, flight) <= blocks {
			t.Fatalf("%s: %d is not the longest request in %d blocks", k.Name, n, blocks)
		}
	})
}

// Read experts are none without tokens, k of E with one, and all in the end.
func TestReadExperts(t *testing.T) {
	e := Experts{Count: 128, Active: 8}
	for tokens, want := range map[float64]float64{0: 0, 1: 8. / 128, 2: 1 - math.Pow(120./128, 2), 1e6: 1} {
		if got := e.ReadExperts(tokens); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v tokens: %v, want %v", tokens, got, want)
		}
	}
	if all := (Experts{Count: 4, Active: 4}).ReadExperts(1); all != 1 {
		t.Errorf("all of them active: %v", all)
	}
}

// Cards by their numbers, with and without units; what no card has is refused.
func TestOwnCards(t *testing.T) {
	c, err := OwnCard(map[string]string{"memory": "192 GB", "bandwidth": "5.3 TB/s", "bf16": "1307", "name": "MI300X"})
	if err != nil || c.Name != "MI300X" || math.Abs(c.MemoryGiB-178.8) > .1 || c.Bandwidth != 5.3e12 ||
		c.BF16 != 1307e12 || c.FP8 != c.BF16 {
		t.Errorf("%+v %v", c, err)
	}
	for _, told := range []map[string]string{
		{"memory": "80", "bandwidth": "2039"}, {"memory": "80 apples", "bandwidth": "2039", "bf16": "312"},
		{"memory": "0", "bandwidth": "2039", "bf16": "312"},
		{"memory": "80", "bandwidth": "3", "bf16": "312"}, {"memory": "80", "bandwidth": "2039", "bf16": "-1"},
		{"memory": "80", "bandwidth": "2039", "bf16": "312", "cores": "7"},
	} {
		if _, err := OwnCard(told); err == nil {
			t.Errorf("%v is taken", told)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(plainConfig))
	f.Add([]byte(`{"model_type": "gpt_oss", "quantization_config": {"quant_method": "mxfp4"}, "layer_types": [1], ` +
		`"num_experts": 0}`))
	f.Add([]byte(`{"model_type": "deepseek_v3", "kv_lora_rank": 512, "moe_layer_freq": [1, 0], "text_config": ` +
		`{"a": NaN}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ReadConfig(raw)
		if err != nil {
			return
		}
		m, err := c.Model("m")
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00\x1b") {
				t.Errorf("control characters in %q", err)
			}
			return
		}
		m.SplitsEvenly(2)
		if said := m.Traits() + string(m.Quant); strings.ContainsAny(said, "\n\x00\x1b") {
			t.Errorf("control characters in %q", said)
		}
		if m.NotModelled == "" && !(m.WeightBytes(m.Quant) > 0) {
			t.Errorf("%v bytes", m.WeightBytes(m.Quant))
		}
	})
}

// Configs that leave fields to their class: gemma-3-12b-it and -4b-it as published, whose heads are wider than hidden
// size over heads. Their parameters with the tower are 12.2 and 4.3 billion by their cards.
func TestFieldsThatTheClassTells(t *testing.T) {
	const tower = `"vision_config": {"hidden_size": 1152, "image_size": 896, "intermediate_size": 4304, "model_type": ` +
		`"siglip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 27, "patch_size": 14}`
	for raw, want := range map[string]struct {
		billions float64
		dim      int
	}{
		`{"model_type": "gemma3", "text_config": {"hidden_size": 3840, "intermediate_size": 15360, "model_type": ` +
			`"gemma3_text", "num_attention_heads": 16, "num_hidden_layers": 48, "num_key_value_heads": 8, "sliding_window": ` +
			`1024}, ` + tower + `}`: {12.2, 256},
		`{"model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240, "model_type": ` +
			`"gemma3_text", "num_hidden_layers": 34, "sliding_window": 1024}, ` + tower + `}`: {4.3, 256},
	} {
		c, err := ReadConfig([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Model("gemma")
		if n := (m.LinearParams() + m.embeddingParams() + m.Beside) / 1e9; err != nil || math.Abs(n/want.billions-1) > .01 ||
			m.HeadDim != want.dim || !m.Tied || m.Window() != 1024 {
			t.Errorf("%.2f billion, %+v, %v", n, m, err)
		}
	}
}
