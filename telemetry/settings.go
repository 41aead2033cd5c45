package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loadgen/results"
	"loadgen/vllm"
)

// Where a setting was read.
const (
	byServerInfo = "server_info"
	byMetrics    = "metrics"
	byModels     = "models"
)

// told says where /server_info and cache_config_info keep a flag's value.
var told = []struct{ flag, section, key, label string }{
	{vllm.MaxNumBatchedTokens, "scheduler_config", "max_num_batched_tokens", ""},
	{vllm.MaxNumSeqs, "scheduler_config", "max_num_seqs", ""},
	{vllm.ChunkedPrefill, "scheduler_config", "enable_chunked_prefill", ""},
	{vllm.LongPrefillThreshold, "scheduler_config", "long_prefill_token_threshold", ""},
	{"long-prefill-token-threshold-adaptive", "scheduler_config", "long_prefill_token_threshold_adaptive", ""},
	{"max-num-active-seqs", "scheduler_config", "max_num_active_seqs", ""},
	{"max-num-queued-reqs", "scheduler_config", "max_num_queued_reqs", ""},
	{"max-num-queued-tokens", "scheduler_config", "max_num_queued_tokens", ""},
	{"watermark", "scheduler_config", "watermark", ""},
	{"async-scheduling", "scheduler_config", "async_scheduling", ""},
	{"scheduling-policy", "scheduler_config", "policy", ""},
	{"stream-interval", "scheduler_config", "stream_interval", ""},
	{vllm.GPUMemoryUtilization, "cache_config", "gpu_memory_utilization", "gpu_memory_utilization"},
	{vllm.KVCacheDtype, "cache_config", "cache_dtype", "cache_dtype"},
	{vllm.BlockSize, "cache_config", "block_size", "block_size"},
	{vllm.NumGPUBlocks, "cache_config", "num_gpu_blocks_override", "num_gpu_blocks_override"},
	{vllm.PrefixCaching, "cache_config", "enable_prefix_caching", "enable_prefix_caching"},
	{"kv-cache-memory-bytes", "cache_config", "kv_cache_memory_bytes", "kv_cache_memory_bytes"},
	{vllm.TensorParallelSize, "parallel_config", "tensor_parallel_size", ""},
	{"pipeline-parallel-size", "parallel_config", "pipeline_parallel_size", ""},
	{"data-parallel-size", "parallel_config", "data_parallel_size", ""},
	{vllm.MaxModelLen, "model_config", "max_model_len", ""},
	{"dtype", "model_config", "dtype", ""},
	{"quantization", "model_config", "quantization", ""},
	{"enforce-eager", "model_config", "enforce_eager", ""},
}

func takeServerInfo(info *results.ServerInfo, body []byte) error {
	var doc struct {
		Config map[string]json.RawMessage `json:"vllm_config"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || doc.Config == nil {
		return errors.New("not JSON with a vllm_config")
	}
	var model struct {
		HF json.RawMessage `json:"hf_config"`
	}
	if json.Unmarshal(doc.Config["model_config"], &model) == nil {
		info.HFConfig, _ = vllm.ReadConfig(model.HF) // most versions leave it out
	}
	for _, t := range told {
		var section map[string]any
		if json.Unmarshal(doc.Config[t.section], &section) != nil {
			continue
		}
		switch v := section[t.key].(type) {
		case string:
			set(info, t.flag, results.Plain(strings.TrimPrefix(v, "torch.")), byServerInfo)
		case float64, bool:
			set(info, t.flag, v, byServerInfo)
		}
	}
	return nil
}

// settle fills in, from ever weaker sources, what /server_info did not tell.
func settle(info *results.ServerInfo) {
	for _, t := range told {
		if v, ok := info.CacheConfig[t.label]; ok && v != "None" {
			set(info, t.flag, scalar(v), byMetrics)
		}
	}
	if info.MaxModelLen > 0 {
		set(info, vllm.MaxModelLen, float64(info.MaxModelLen), byModels)
	}
}

// set keeps the first value that it is given.
func set(info *results.ServerInfo, flag string, value any, by string) {
	if _, have := info.Settings[flag]; !have {
		info.Settings[flag], info.SettingsBy[flag] = value, by
	}
}

// scalar reads a label as Python wrote it.
func scalar(text string) any {
	// which JSON does not have
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	switch text {
	case "True":
		return true
	case "False":
		return false
	}
	return text
}

// cacheConfig reads the labels of vllm:cache_config_info; of several engines, the first's. num_gpu_blocks is of one
// engine.
func cacheConfig(page []byte) (map[string]string, error) {
	for line := range bytes.Lines(page) {
		if !bytes.HasPrefix(line, []byte(vllm.CacheConfig+"{")) {
			continue
		}
		name, _ := split(line)
		text := expfmt.NewTextParser(model.UTF8Validation)
		families, err := text.TextToMetricFamilies(strings.NewReader(string(name) + " 1\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vllm.CacheConfig, err)
		}
		out := map[string]string{}
		for _, l := range families[vllm.CacheConfig].Metric[0].Label {
			out[l.GetName()] = results.Plain(l.GetValue())
		}
		return out, nil
	}
	return nil, fmt.Errorf("no %s", vllm.CacheConfig)
}
