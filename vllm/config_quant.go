package vllm

import (
	"fmt"
	"regexp"
	"strings"
)

// The formats beside BF16, FP8 and AWQ. Any other scheme has its own name for a Quant: its bytes may be told, its speed
// is not known.
const (
	MXFP4 Quant = "mxfp4"
	NVFP4 Quant = "nvfp4"
	INT8  Quant = "int8"
)

// readQuant reads quantization_config: the format, the bytes that a weight takes with its scales, and which parts are
// left in 16 bit.
func (m *Model) readQuant(f *fields, top Config) {
	m.Quant = BF16
	config, ok := f.inside("quantization_config")
	if outer, there := (&fields{of: top}).inside("quantization_config"); there && !ok {
		config, ok = outer, true
	}
	if !ok {
		return
	}
	q := &fields{of: config}
	m.Quant, m.WeightByte = q.scheme()
	if m.WeightByte == 0 {
		m.NotModelled = fmt.Sprintf("the format of its weights (%s) is not known here, nor told in bits", m.Quant)
	}
	f.faults = append(f.faults, q.faults...)
	plain := append(q.list("modules_to_not_convert"), q.list("ignore")...)
	m.Plain = plainPartsOf(plain)
	if m.Quant == MXFP4 && m.Experts != nil {
		m.Plain.Attention = true // only experts are in it, whatever the list says
		m.Plain.Dense, m.Plain.Shared = true, true
	}
}

// scheme is the format and the bytes of a weight with its scales; 0: nobody tells.
func (q *fields) scheme() (Quant, float64) {
	method := strings.ToLower(q.text("quant_method"))
	algo := strings.ToLower(q.text("quant_algo"))
	bits, kind, group := q.first(0, "bits", "w_bit"), "int", q.first(128, "group_size", "q_group_size")
	weightOnly := true
	if groups, ok := q.inside("config_groups"); ok {
		g, _ := (&fields{of: groups}).inside("group_0")
		w, _ := (&fields{of: g}).inside("weights")
		wf := &fields{of: w}
		bits, group = wf.whole("num_bits", 0), wf.whole("group_size", 128)
		kind = wf.text("type")
		weightOnly = g["input_activations"] == nil
	}
	if q.on("load_in_4bit", false) {
		return "bitsandbytes-4bit", .5 + 1./64
	}
	if q.on("load_in_8bit", false) {
		return "bitsandbytes-8bit", 1
	}
	switch {
	case method == "mxfp4" || algo == "mxfp4":
		return MXFP4, .5 + 1./32 // a scale of one byte for 32 weights
	case algo == "nvfp4" || strings.Contains(q.text("format"), "nvfp4"):
		return NVFP4, .5 + 1./16
	case strings.Contains(method, "fp8") || strings.Contains(algo, "fp8") || kind == "float" && bits == 8:
		return FP8, q.blockScaled()
	case (strings.HasPrefix(method, "awq") || strings.HasPrefix(method, "gptq") || method == "auto-round" ||
		method == "compressed-tensors") && bits == 4 && weightOnly:
		return AWQ, fourBit(group, method != "compressed-tensors")
	case bits == 8 && kind != "float":
		return INT8, 1
	case bits > 0:
		return Quant(firstWord(method, algo, "quantised") + fmt.Sprintf("-%dbit", bits)), float64(bits) / 8
	}
	return Quant(firstWord(algo, method, "quantised")), 0
}

// firstWord is the first that is not empty, in letters that a name of a format has.
func firstWord(words ...string) string {
	for _, w := range words {
		if w = oddLetters.ReplaceAllString(w, ""); w != "" {
			return w[:min(len(w), 40)]
		}
	}
	return ""
}

var oddLetters = regexp.MustCompile(`[^a-z0-9_.-]`)

// blockScaled is one byte and a scale of four for each block.
func (q *fields) blockScaled() float64 {
	size := q.list("weight_block_size")
	if len(size) != 2 {
		return 1
	}
	rows, _ := size[0].(float64)
	columns, _ := size[1].(float64)
	if rows*columns < 1 {
		q.fault("weight_block_size is %s: expected two whole numbers", shortJSON(size))
		return 1
	}
	return 1 + 4/(rows*columns)
}

// fourBit is half a byte and a 16-bit scale for each group, and four bits of zero where the format has one. AWQ and
// GPTQ with groups of 128 are what the loaded models of 2026-11-28 took, padding included.
func fourBit(group int, zeros bool) float64 {
	switch {
	case group <= 0:
		return AWQ.bytesPerParam()
	case zeros:
		return AWQ.bytesPerParam() + 2.5*(1/float64(group)-1./128)
	}
	return .5 + 2/float64(group)
}

// plainParts are the parts of a quantised model that are left in 16 bit, beside norms, routers and the embedding.
type plainParts struct{ Attention, Dense, Experts, Shared bool }

// plainPartsOf looks up a module of each part among those that are not quantised.
func plainPartsOf(patterns []any) plainParts {
	is := func(modules ...string) bool {
		for _, p := range patterns {
			text, _ := p.(string)
			for _, module := range modules {
				if text != "" && matchesModule(text, module) {
					return true
				}
			}
		}
		return false
	}
	const layer = "model.layers.*."
	return plainParts{
		Attention: is(layer+"self_attn.q_proj", layer+"self_attn.o_proj"),
		Dense:     is(layer + "mlp.gate_proj"),
		Experts:   is(layer+"mlp.experts.0.gate_proj", layer+"block_sparse_moe.experts.0.w1"),
		Shared:    is(layer+"mlp.shared_experts.gate_proj", layer+"mlp.shared_expert.gate_proj"),
	}
}

// matchesModule reports whether a pattern of a config covers a module: "re:" and a regular expression, or the module's
// name or that of what holds it.
func matchesModule(pattern, module string) bool {
	if re, ok := strings.CutPrefix(pattern, "re:"); ok {
		compiled, err := regexp.Compile("^(?:" + re + ")")
		return err == nil && compiled.MatchString(strings.ReplaceAll(module, "*", "0"))
	}
	pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "*"), "*")
	return module == pattern || strings.HasPrefix(module, strings.TrimSuffix(pattern, ".")+".") ||
		!strings.Contains(pattern, ".") && strings.Contains(module+".", "."+pattern+".")
}
