package vllm

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestParseArgs(t *testing.T) {
	for line, want := range map[string]CommandLine{
		"vllm serve m --tp 2": {Model: "m", Flags: map[string]any{TensorParallelSize: 2},
			Notes: []string{"--tp is spelt --tensor-parallel-size today"}},
		"python3 -m vllm.entrypoints.openai.api_server --model m --swap-space 4": {Model: "m",
			Flags: map[string]any{"swap-space": 4.0},
			Notes: []string{"--swap-space is no longer a flag of vLLM: write nothing: the V1 engine recomputes and " +
				"never swaps"}},
		"--enable-chunked-prefill False --model m --api-key k --max-model-len=16K": {Model: "m", APIKey: "k",
			Flags: map[string]any{ChunkedPrefill: false, MaxModelLen: 16384}},
		"m --lora-modules a=b c=d --no-enable-prefix-caching": {Model: "m",
			Flags: map[string]any{PrefixCaching: false}, Passed: map[string][]string{"lora-modules": {"a=b", "c=d"}},
			Notes: []string{"--lora-modules is not known here and ignored"}},
		"--api-key ONE TWO":          {APIKey: "ONE", Flags: map[string]any{}},
		"--api-key=ONE TWO --port 1": {APIKey: "ONE", Flags: map[string]any{"port": 1}},
		"--hf-token ONE m": {Model: "m", Flags: map[string]any{},
			Notes: []string{"--hf-token is not known here and ignored"}},
		"--not-a-flag=ONE m": {Model: "m", Flags: map[string]any{},
			Passed: map[string][]string{"not-a-flag": {"ONE"}}, Notes: []string{"--not-a-flag is not known here and ignored"}},
		"--not-a-flag ONE m": {Flags: map[string]any{}, Passed: map[string][]string{"not-a-flag": {"ONE", "m"}},
			Notes: []string{"--not-a-flag is not known here and ignored"}},
		"m --served-model-name a b": {Model: "m", Names: []string{"a", "b"},
			Flags: map[string]any{"served-model-name": "a"}},
		"m --max-model-len auto": {Model: "m", Flags: map[string]any{},
			Notes: []string{"--max-model-len auto is as long as the server's memory allows: it is left out"}},
		"m --max-model-len -1": {Model: "m", Flags: map[string]any{},
			Notes: []string{"--max-model-len -1 is as long as the server's memory allows: it is left out"}},
		"m --kv-cache-memory-bytes 6442450944 --hf-overrides.a.b 2": {Model: "m",
			Flags: map[string]any{"kv-cache-memory-bytes": 6442450944,
				"hf-overrides": map[string]any{"a": map[string]any{"b": 2.0}}}},
		`m --hf-overrides {"rope_parameters":{"factor":4}}`: {Model: "m",
			Flags: map[string]any{"hf-overrides": map[string]any{"rope_parameters": map[string]any{"factor": 4.0}}}},
		"": {Flags: map[string]any{}},
	} {
		if got, err := ParseArgs(strings.Fields(line)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
	for line, fault := range map[string]string{
		"m --port": "--port: expected one argument", "m --model --port 1": "--model: expected one argument",
		"m --max-num-seqs 1e99999k": "expected a whole number, got",
		"m --hf-overrides {":        "not JSON", "m --enforce-eager=maybe": "--enforce-eager",
	} {
		if _, err := ParseArgs(strings.Fields(line)); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: want %q, got %v", line, fault, err)
		}
	}
}

// Every flag is found by each of its spellings, and no two flags share one.
func TestFlagsAreTold(t *testing.T) {
	seen := map[string]string{}
	for _, f := range Flags {
		for _, spelling := range append([]string{f.Name, strings.ReplaceAll(f.Name, "-", "_")}, f.Aliases...) {
			if got, _, ok := FindFlag("--" + spelling); !ok || got.Name != f.Name {
				t.Errorf("--%s finds %s", spelling, got.Name)
			}
			if before, taken := seen[spelling]; taken && before != f.Name {
				t.Errorf("%s is %s and %s", spelling, before, f.Name)
			}
			seen[spelling] = f.Name
		}
	}
}

func TestParsersOfAModel(t *testing.T) {
	for model, want := range map[string]parsers{
		"Qwen/Qwen3-8B-AWQ":       {Family: "qwen3", Reasoning: "qwen3", Tool: "hermes"},
		"Qwen/Qwen3-Coder-30B":    {Family: "qwen3-coder", Tool: "qwen3_coder"},
		"meta-llama/Llama-3.1-8B": {}, "qwen30": {},
	} {
		if got, ok := FindParsers(model); got != want || ok != (want != parsers{}) {
			t.Errorf("%s: %+v", model, got)
		}
	}
}

// Whatever stands behind a key is in nothing that is kept.
func FuzzParseArgs(f *testing.F) {
	f.Add("serve m --max-num-seqs 4 --api-key one two --lora-modules a=b", "--hf-overrides.a.b")
	f.Fuzz(func(t *testing.T, line, more string) {
		args := append(strings.Fields(line), more, "--api-key", "canary-1", "canary-2")
		c, err := ParseArgs(args)
		if err != nil {
			return
		}
		key := c.APIKey
		c.APIKey = ""
		if all := fmt.Sprintf("%+v", c); strings.Contains(all, "canary") && !strings.Contains(line+more, "canary") ||
			key == "canary-2" {
			t.Fatalf("%q: %s, key %q", args, all, key)
		}
	})
}
