package vllm

import "strings"

// A Flag is one option of `vllm serve`, by today's spelling without the dashes.
type Flag struct {
	Name    string
	Kind    Kind
	Aliases []string // earlier or alternative spellings, in kebab case
	Gone    string   // not empty: 0.32 no longer has it; what to write today
}

// A Kind is what a flag's value is.
type Kind uint8

const (
	Text Kind = iota
	Int
	Float
	Switch // no value; --no-NAME turns it off
	JSON
)

// The settings that advice is about.
const (
	MaxNumBatchedTokens  = "max-num-batched-tokens"
	GPUMemoryUtilization = "gpu-memory-utilization"
	MaxNumSeqs           = "max-num-seqs"
	TensorParallelSize   = "tensor-parallel-size"
	APIServerCount       = "api-server-count"
	MaxModelLen          = "max-model-len"
	KVCacheDtype         = "kv-cache-dtype"
	BlockSize            = "block-size"
	NumGPUBlocks         = "num-gpu-blocks-override"
	PrefixCaching        = "enable-prefix-caching"
	ChunkedPrefill       = "enable-chunked-prefill"
	LongPrefillThreshold = "long-prefill-token-threshold"
)

// Advised are the four flags that every line of advice names, in that order.
var Advised = []string{MaxNumBatchedTokens, GPUMemoryUtilization, MaxNumSeqs, TensorParallelSize}

// Flags are the options known here.
var Flags = []Flag{
	{Name: "model", Kind: Text},
	{Name: "served-model-name", Kind: Text},
	{Name: "host", Kind: Text},
	{Name: "port", Kind: Int},
	{Name: "api-key", Kind: Text},
	{Name: MaxNumBatchedTokens, Kind: Int},
	{Name: GPUMemoryUtilization, Kind: Float},
	{Name: MaxNumSeqs, Kind: Int},
	{Name: TensorParallelSize, Kind: Int, Aliases: []string{"tp"}},
	{Name: APIServerCount, Kind: Int, Aliases: []string{"asc"}},
	{Name: MaxModelLen, Kind: Int},
	{Name: KVCacheDtype, Kind: Text},
	{Name: BlockSize, Kind: Int},
	{Name: NumGPUBlocks, Kind: Int},
	{Name: "kv-cache-memory-bytes", Kind: Int, Aliases: []string{"kv-cache-memory"}},
	{Name: PrefixCaching, Kind: Switch},
	{Name: ChunkedPrefill, Kind: Switch},
	{Name: LongPrefillThreshold, Kind: Int},
	{Name: "long-prefill-token-threshold-adaptive", Kind: Switch},
	{Name: "watermark", Kind: Float},
	{Name: "async-scheduling", Kind: Switch},
	{Name: "scheduling-policy", Kind: Text},
	{Name: "max-num-queued-reqs", Kind: Int},
	{Name: "max-num-queued-tokens", Kind: Int},
	{Name: "max-num-active-seqs", Kind: Int},
	{Name: "stream-interval", Kind: Int},
	{Name: "dtype", Kind: Text},
	{Name: "quantization", Kind: Text, Aliases: []string{"q"}},
	{Name: "enforce-eager", Kind: Switch},
	{Name: "rope-scaling", Kind: JSON, Gone: `--hf-overrides '{"rope_parameters": {…}}'`},
	{Name: "hf-overrides", Kind: JSON},
	{Name: "enable-auto-tool-choice", Kind: Switch},
	{Name: "tool-call-parser", Kind: Text},
	{Name: "enable-reasoning", Kind: Switch, Gone: "--reasoning-parser alone"},
	{Name: "reasoning-parser", Kind: Text},
	{Name: "enable-logging-iteration-details", Kind: Switch},
	{Name: "enable-per-request-metrics", Kind: Switch},
	{Name: "enable-prompt-tokens-details", Kind: Switch},
	{Name: "enable-force-include-usage", Kind: Switch},
	{Name: "enable-request-id-headers", Kind: Switch},
	{Name: "enable-server-load-tracking", Kind: Switch},
	{Name: "seed", Kind: Int},
	{Name: "trust-remote-code", Kind: Switch},
	{Name: "load-format", Kind: Text},
	{Name: "tokenizer", Kind: Text},
	{Name: "tokenizer-mode", Kind: Text},
	{Name: "revision", Kind: Text},
	{Name: "download-dir", Kind: Text},
	{Name: "chat-template", Kind: Text},
	{Name: "generation-config", Kind: Text},
	{Name: "override-generation-config", Kind: JSON},
	{Name: "distributed-executor-backend", Kind: Text},
	{Name: "pipeline-parallel-size", Kind: Int, Aliases: []string{"pp"}},
	{Name: "data-parallel-size", Kind: Int, Aliases: []string{"dp"}},
	{Name: "data-parallel-size-local", Kind: Int, Aliases: []string{"dpl"}},
	{Name: "nnodes", Kind: Int, Aliases: []string{"n"}},
	{Name: "enable-expert-parallel", Kind: Switch},
	{Name: "disable-custom-all-reduce", Kind: Switch},
	{Name: "speculative-config", Kind: JSON},
	{Name: "compilation-config", Kind: JSON, Aliases: []string{"O"}},
	{Name: "cpu-offload-gb", Kind: Float},
	{Name: "max-logprobs", Kind: Int},
	{Name: "limit-mm-per-prompt", Kind: JSON},
	{Name: "enable-lora", Kind: Switch},
	{Name: "max-lora-rank", Kind: Int},
	{Name: "max-loras", Kind: Int},
	{Name: "uvicorn-log-level", Kind: Text},
	{Name: "disable-log-stats", Kind: Switch},
	{Name: "enable-log-requests", Kind: Switch},
	{Name: "disable-log-requests", Kind: Switch, Gone: "nothing: requests are not logged unless --enable-log-requests"},
	{Name: "swap-space", Kind: Float, Gone: "nothing: the V1 engine recomputes and never swaps"},
	{Name: "use-v2-block-manager", Kind: Switch, Gone: "nothing: it is the only one"},
	{Name: "num-scheduler-steps", Kind: Int, Gone: "nothing: --async-scheduling is on by itself"},
	{Name: "max-num-partial-prefills", Kind: Int, Gone: "nothing: it never did anything in the V1 engine"},
}

// FindFlag resolves any spelling – leading dashes, underscores, an alias, a no- prefix – to its flag. off tells that
// the spelling turns a switch off.
func FindFlag(spelling string) (f Flag, off, ok bool) {
	name := strings.ReplaceAll(strings.TrimLeft(spelling, "-"), "_", "-")
	for _, f := range Flags {
		if f.Name == name {
			return f, false, true
		}
		for _, a := range f.Aliases {
			if a == name {
				return f, false, true
			}
		}
	}
	if rest, cut := strings.CutPrefix(name, "no-"); cut {
		f, _, ok = FindFlag(rest)
		return f, true, ok && f.Kind == Switch
	}
	return Flag{}, false, false
}
