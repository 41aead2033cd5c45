package telemetry

import (
	"context"
	"reflect"
	"testing"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
)

// recordedServer answers as the recorded vLLM 0.32.0 did; without leaves paths out.
func recordedServer(t *testing.T, without ...string) script {
	pages := map[string]string{
		"/version": "version-0.32.0.json", "/v1/models": "models-0.32.0.json", "/metrics": "metrics-0.32.0.txt",
		"/server_info?config_format=json": "server-info-0.32.0.json",
	}
	for _, path := range without {
		delete(pages, path)
	}
	return script{0, func(path string) (string, bool) {
		name, ok := pages[path]
		if !ok {
			return "", false
		}
		return string(recorded(t, name)), true
	}}
}

func inspect(t *testing.T, s script, target scenarios.Target) (info results.ServerInfo) {
	play(t, s, target, func(_ clock.Clock, ep *endpoint.Endpoint) { info = Inspect(context.Background(), ep) })
	return info
}

func TestInspectARecordedServer(t *testing.T) {
	info := inspect(t, recordedServer(t),
		scenarios.Target{Model: "tiny-qwen3", Settings: scenarios.Settings{"max-num-seqs": 999.0,
			"tool-call-parser": "hermes"}})
	if info.Name != "vllm" || info.Version != "0.32.0" || !reflect.DeepEqual(info.Models, []string{"tiny-qwen3"}) ||
		info.MaxModelLen != 2048 || info.Missing != nil {
		t.Errorf("got %+v", info)
	}
	if blocks, size, ok := info.KVBlocks(); blocks != 24 || size != 128 || !ok {
		t.Errorf("KV blocks: %d of %d tokens, %v", blocks, size, ok)
	}
	want := scenarios.Settings{
		"max-num-batched-tokens": 512.0, "max-num-seqs": 64.0, "gpu-memory-utilization": 0.92, "tensor-parallel-size": 1.0,
		"max-model-len":  2048.0,
		"kv-cache-dtype": "auto", "block-size": 128.0, "enable-prefix-caching": true, "enable-chunked-prefill": true,
		"long-prefill-token-threshold": 0.0, "long-prefill-token-threshold-adaptive": false, "data-parallel-size": 1.0,
		"pipeline-parallel-size": 1.0, "watermark": 0.0, "async-scheduling": false, "scheduling-policy": "fcfs",
		"stream-interval":       1.0,
		"kv-cache-memory-bytes": 1073741824.0, "dtype": "bfloat16", "enforce-eager": false,
		"num-gpu-blocks-override": 24.0, // only /metrics, of the other server, tells it
	}
	if !reflect.DeepEqual(info.Settings, want) {
		t.Errorf("settings %v\nwant %v", info.Settings, want)
	}
	for flag, by := range map[string]string{"max-num-seqs": byServerInfo, "num-gpu-blocks-override": byMetrics} {
		if info.SettingsBy[flag] != by {
			t.Errorf("%s is by %s, want %s", flag, info.SettingsBy[flag], by)
		}
	}
}

func TestInspectOutsideDevelopmentMode(t *testing.T) {
	info := inspect(t, recordedServer(t, "/server_info?config_format=json"),
		scenarios.Target{Settings: scenarios.Settings{"max-num-seqs": 64}})
	if !reflect.DeepEqual(info.Missing, []string{"/server_info?config_format=json: status 404"}) {
		t.Errorf("missing %q", info.Missing)
	}
	want := map[string]string{"gpu-memory-utilization": byMetrics, "block-size": byMetrics, "kv-cache-dtype": byMetrics,
		"enable-prefix-caching":   byMetrics,
		"num-gpu-blocks-override": byMetrics, "kv-cache-memory-bytes": byMetrics, "max-model-len": byModels}
	if !reflect.DeepEqual(info.SettingsBy, want) {
		t.Errorf("settings by %v\nwant %v", info.SettingsBy, want)
	}
	if f, _ := info.Settings.Float("gpu-memory-utilization"); f != 0.92 {
		t.Errorf("gpu-memory-utilization %v", f)
	}
}

func TestInspectAnythingElse(t *testing.T) {
	info := inspect(t, script{0, func(string) (string, bool) { return "<html>hello</html>", true }}, scenarios.Target{})
	want := []string{"/version: not JSON with a version", "/v1/models: not JSON with a list of models",
		"/metrics: a web page",
		"/server_info?config_format=json: not JSON with a vllm_config"}
	if !reflect.DeepEqual(info.Missing, want) || len(info.Settings) != 0 {
		t.Errorf("got %+v", info)
	}
	info = inspect(t, script{0, func(string) (string, bool) { return "", true }}, scenarios.Target{}) // never answers
	if len(info.Missing) != 4 || info.Missing[0] != "/version: timeout" {
		t.Errorf("got %+v", info)
	}
}

func TestBusy(t *testing.T) {
	play(t, recordedServer(t), scenarios.Target{}, func(_ clock.Clock, ep *endpoint.Endpoint) {
		if running, waiting, known := Busy(context.Background(), ep); running != 13 || waiting != 0 || !known {
			t.Errorf("%v running, %v waiting, %v", running, waiting, known)
		}
	})
	play(t, recordedServer(t, "/metrics"), scenarios.Target{}, func(_ clock.Clock, ep *endpoint.Endpoint) {
		if _, _, known := Busy(context.Background(), ep); known {
			t.Error("known without /metrics")
		}
	})
}

// A server that shows its model's config.json, as development builds may, tells the model's shape.
func TestInspectAShownConfig(t *testing.T) {
	page := `{"vllm_config": {"model_config": {"model": "/models/mine", "hf_config": {"model_type": "qwen3",
		"architectures": ["Qwen3ForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4,
		"num_key_value_heads": 2, "intermediate_size": 128, "vocab_size": 100,
		"max_position_embeddings": 512, "some_path": "/home/someone"}}}}`
	s := script{0, func(path string) (string, bool) { return page, path == "/server_info?config_format=json" }}
	info := inspect(t, s, scenarios.Target{Model: "mine"})
	m, err := info.HFConfig.Model("mine")
	if err != nil || m.Layers != 2 || m.KVHeads != 2 || info.HFConfig["some_path"] != nil {
		t.Errorf("%+v %v", info.HFConfig, err)
	}
}
