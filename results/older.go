package results

import (
	"bytes"
	"cmp"
	"encoding/json"
)

// firstTagged is the first format in which the scenario, the plan and the step have names and units of their own, and
// not the names of Go's fields.
const firstTagged = 4

// taggedNames are today's names for those of older formats that differ by more than capitals; "Think.Min" is the Min of
// a Think.
var taggedNames = map[string]string{
	"APIKeyEnv": "api_key_env", "CAEnv": "ca_env", "ModelConfig": "model_config", "OwnCard": "own_card",
	"Price": "price_per_hour", "SharedPrefix": "shared_prefix", "FromFile": "from_file", "SHA": "sha256",
	"Within": "within_ns", "Measure": "measure_ns", "StopWhenSaturated": "stop_when_saturated",
	"TTFT": "ttft_ns", "TTFO": "ttfo_ns", "TPOT": "tpot_ns", "ITL": "itl_ns", "E2E": "e2e_ns",
	"Think.Min": "min_ns", "Think.Max": "max_ns",
	"TopP": "top_p", "TopK": "top_k", "ChatTemplateKwargs": "chat_template_kwargs", "ToolChoice": "tool_choice",
	"JSONSchema": "json_schema", "ExtraBody": "extra_body", "MaxEventMiB": "max_event_mib", "Timeout": "timeout_ns",
	"MemoryGiB": "memory_gib", "Bandwidth": "bandwidth_bytes_per_s", "BF16": "bf16_flop_per_s", "FP8": "fp8_flop_per_s",
	"NVLink": "nvlink_bytes_per_s", "PCIe": "pcie_bytes_per_s",
}

// usersOwn are objects whose names are the user's.
var usersOwn = map[string]bool{"Headers": true, "Settings": true, "Config": true, "ChatTemplateKwargs": true,
	"Tools": true, "JSONSchema": true, "ExtraBody": true}

// tagged is a manifest.json or step.json of an older format under today's names.
func tagged(data []byte) ([]byte, error) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	for _, part := range []string{"parsed", "plan", "step"} {
		if file[part] == nil {
			continue
		}
		in := json.NewDecoder(bytes.NewReader(file[part]))
		in.UseNumber() // seeds do not fit a float64
		var v any
		if err := in.Decode(&v); err != nil {
			return nil, err
		}
		renamed, err := json.Marshal(renamed("", v))
		if err != nil {
			return nil, err
		}
		file[part] = renamed
	}
	return json.Marshal(file)
}

func renamed(of string, v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = renamed(of, v[i])
		}
	case map[string]any:
		out := map[string]any{}
		for name, x := range v {
			if !usersOwn[name] {
				x = renamed(name, x)
			}
			out[cmp.Or(taggedNames[of+"."+name], taggedNames[name], name)] = x
		}
		return out
	}
	return v
}
