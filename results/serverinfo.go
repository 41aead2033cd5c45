package results

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"loadgen/scenarios"
	"loadgen/vllm"
)

// A ServerInfo is what a server tells of itself, asked before and after a run.
type ServerInfo struct {
	Name string `json:"name,omitempty"` // "vllm", or "" when it does not say
	// the engine's name where it is not vLLM: "SGLang", "TGI", "TensorRT-LLM", "llama.cpp", …: no advice about vLLM's
	// flags holds there
	Engine      string             `json:"engine,omitempty"`
	Version     string             `json:"version,omitempty"` // of /version
	Models      []string           `json:"models,omitempty"`  // ids of /v1/models
	MaxModelLen int                `json:"max_model_len,omitempty"`
	Settings    scenarios.Settings `json:"settings,omitempty"`     // flags as the server tells them
	SettingsBy  map[string]string  `json:"settings_by,omitempty"`  // flag → server_info, metrics or models
	CacheConfig map[string]string  `json:"cache_config,omitempty"` // labels of vllm:cache_config_info
	// the model's config.json, trimmed, where /server_info shows it
	HFConfig vllm.Config `json:"hf_config,omitempty"`
	GPUs     []GPUInfo   `json:"gpus,omitempty"`
	// what a simulator says of itself: speed, profile, "estimated" or "matched"
	Simulated string      `json:"simulated,omitempty"`
	Missing   []string    `json:"missing,omitempty"` // what was asked and not answered, with why
	Clock     ServerClock `json:"clock,omitzero"`
}

// SettingsOf are a target's flags as far as they are known, and who told each: the server's own word goes before the
// scenario's.
func (s ServerInfo) SettingsOf(t scenarios.Target) (settings scenarios.Settings, told map[string]string) {
	told = map[string]string{}
	for _, flag := range t.Settings.Names() {
		told[flag] = "scenario"
	}
	for _, flag := range s.Settings.Names() {
		told[flag] = cmp.Or(s.SettingsBy[flag], "server")
	}
	return t.Settings.With(s.Settings), told
}

// A ServerClock is how far a server's clock is from ours, which is the wall clock at the run's start and monotonic from
// there. N is 0 where the server does not tell. The offset is known to lie within Half of Offset; with a Fault there is
// none.
type ServerClock struct {
	Offset time.Duration `json:"offset_ns"`       // the server's minus ours
	Half   time.Duration `json:"half_ns"`         // no confidence interval: the server cannot be outside
	N      int           `json:"n"`               // answers that bounded it
	Fault  string        `json:"fault,omitempty"` // why no one offset fits all answers
}

// Known reports whether there is an offset.
func (c ServerClock) Known() bool { return c.N > 0 && c.Fault == "" }

// withoutClocks are servers as others than this run's client may see them too.
func withoutClocks(servers map[string]ServerInfo) map[string]ServerInfo {
	out := maps.Clone(servers)
	for name, info := range out {
		info.Clock = ServerClock{}
		out[name] = info
	}
	return out
}

// ofAnyStart are servers as they are at another start of theirs too: without clocks, and without the size of the KV
// pool, which vLLM measures at every start (118,281 and 118,301 blocks at two of one server).
func ofAnyStart(servers map[string]ServerInfo) map[string]ServerInfo {
	out := withoutClocks(servers)
	for name, info := range out {
		info.CacheConfig = maps.Clone(info.CacheConfig)
		for _, k := range []string{"num_gpu_blocks", "kv_cache_size_tokens", "kv_cache_max_concurrency"} {
			delete(info.CacheConfig, k)
		}
		out[name] = info
	}
	return out
}

// withGPUs are servers with the GPUs that another client named, where this one named none: not every client sees them.
func withGPUs(servers, others map[string]ServerInfo) map[string]ServerInfo {
	out := maps.Clone(servers)
	for name, info := range out {
		if len(info.GPUs) == 0 {
			info.GPUs = others[name].GPUs
		}
		out[name] = info
	}
	return out
}

// poolsApart names a server whose KV pool in one run is more than 5 % off the other's: no two starts of one server
// differ so.
func poolsApart(a, b map[string]ServerInfo) string {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		x, _, okX := a[name].KVBlocks()
		y, _, okY := b[name].KVBlocks()
		if okX && okY && math.Abs(float64(x-y)) > 0.05*float64(max(x, y)) {
			return fmt.Sprintf("%s has %d KV blocks in one and %d in the other", name, x, y)
		}
	}
	return ""
}

// A GPUInfo is one card as nvidia-smi names it.
type GPUInfo struct {
	Index     int     `json:"index"`
	Name      string  `json:"name"`
	MemoryMiB float64 `json:"memory_mib"`
}

// KVBlocks is the server's own number of KV blocks and tokens per block.
func (s ServerInfo) KVBlocks() (blocks, size int, ok bool) {
	c := scenarios.Settings{}
	for k, v := range s.CacheConfig {
		c[k] = v
	}
	blocks, ok1 := c.Int("num_gpu_blocks")
	size, ok2 := c.Int("block_size")
	return blocks, size, ok1 && ok2 && blocks > 0
}
