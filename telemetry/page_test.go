package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// Servers that people still run: without /server_info, and with the names of their time.
func TestOlderServers(t *testing.T) {
	for _, c := range []struct{ page, lacks string }{
		{"metrics-0.8.5.txt", "/metrics: no num_gpu_blocks, the size of the KV cache"},
		{"metrics-0.8.5-v0.txt", "/metrics: no vllm:prefix_cache_queries_total"},
		{"metrics-0.9.2.txt", ""},
	} {
		pages := map[string]string{"/version": `{"version":"0.8.5"}`, "/v1/models": string(recorded(t, "models-0.8.5.json")),
			"/metrics": string(recorded(t, c.page))}
		s := script{0, func(path string) (string, bool) { body, ok := pages[path]; return body, ok }}
		info := inspect(t, s, scenarios.Target{Model: "Qwen/Qwen3-8B-AWQ"})
		want := "/server_info?config_format=json: status 404"
		if c.lacks != "" {
			want = c.lacks + "\n" + want
		}
		if got := strings.Join(info.Missing, "\n"); got != want || info.Name != "vllm" || info.Engine != "" ||
			info.MaxModelLen != 65536 {
			t.Errorf("%s: %+v", c.page, info)
		}
		for flag, value := range map[string]any{"gpu-memory-utilization": 0.9, "block-size": 16.0, "kv-cache-dtype": "fp8",
			"enable-prefix-caching": true, "max-model-len": 65536.0} {
			if info.Settings[flag] != value {
				t.Errorf("%s: %s is %v, want %v", c.page, flag, info.Settings[flag], value)
			}
		}
		for _, flag := range []string{vllm.MaxNumSeqs, vllm.MaxNumBatchedTokens, vllm.TensorParallelSize} {
			if v, told := info.Settings[flag]; told {
				t.Errorf("%s: %s is %v, and nothing told it", c.page, flag, v)
			}
		}
		samples, err := parseMetrics(recorded(t, c.page), 0)
		got := values(samples)
		if err != nil || got[vllm.Running] != 3 || got[vllm.Waiting] != 1 || got[vllm.KVUsage] != 0.25 ||
			got[vllm.Preemptions] != 1 || got[vllm.GenerationTokens] != 420 ||
			got[vllm.ITLSeconds+" count"] != 400 || got[vllm.RequestSuccess+" finished_reason=stop"] != 18 {
			t.Errorf("%s: %v %v", c.page, got, err)
		}
		if q, ok := got[vllm.PrefixQueries]; ok != (c.page != "metrics-0.8.5-v0.txt") || ok && q != 40 {
			t.Errorf("%s: prefix queries %v %v", c.page, q, ok)
		}
	}
}

func metricsOf(t *testing.T, page string) results.ServerInfo {
	return inspect(t, script{0, func(path string) (string, bool) { return page, path == "/metrics" }},
		scenarios.Target{Model: "a"})
}

// Other engines' pages are theirs, and no page of vLLM's is made of what is none.
func TestOtherEnginesAndPages(t *testing.T) {
	for _, part := range strings.Split(string(recorded(t, "metrics-others.txt")), "\n\n") {
		engine, page, _ := strings.Cut(part, "\n")
		info := metricsOf(t, page)
		if info.Engine != engine || !strings.Contains(strings.Join(info.Missing, "\n"), "/metrics: these are "+engine+
			"'s metrics, not vLLM's") {
			t.Errorf("%s: %+v", engine, info)
		}
	}
	for page, says := range map[string]string{
		"\n<!doctype html><title>x</title>": "/metrics: a web page",
		"python_gc_objects_collected_total 3\nvllm:num_requests_running{server=\"http://pod-0:8000\"} " +
			"1\nvllm:num_requests_waiting{server=\"http://pod-0:8000\"} 0\n": "/metrics: of a router",
		"process_cpu_seconds_total 3\n": "/metrics: no series of vLLM",
		"vllm:num_requests_running{model_name=\"b\"} 1\nvllm:num_requests_running{model_name=\"c\"} 1\n": "/metrics: it " +
			"tells of several other models",
	} {
		if info := metricsOf(t, page); !strings.Contains(strings.Join(info.Missing, "\n"), says) || info.Engine != "" {
			t.Errorf("%q: %+v", page, info)
		}
	}
	listed := inspect(t, script{0, func(path string) (string, bool) {
		return `{"data":[{"id":"a","owned_by":"sglang"}]}`, path == "/v1/models"
	}}, scenarios.Target{Model: "a"})
	if listed.Engine != "SGLang" {
		t.Errorf("%+v", listed)
	}
}

// Of two models on one page the target's series are taken; of one under another name all.
func TestTheTargetsSeries(t *testing.T) {
	const page = "vllm:num_requests_running{model_name=\"a\"} 1\nvllm:num_requests_running{model_name=\"b\"} " +
		"5\nprocess_cpu_seconds_total 2\n"
	for model, want := range map[string]float64{"a": 1, "b": 5, "": 6} {
		samples, err := newParser(model).parse([]byte(page), 0)
		if got := values(samples); err != nil || got[vllm.Running] != want || got[vllm.ProcessCPU] != 2 {
			t.Errorf("%q: %v %v", model, got, err)
		}
	}
	if _, err := newParser("c").parse([]byte(page), 0); err == nil {
		t.Error("the series of two other models were added up")
	}
	samples, err := newParser("alias").parse([]byte("vllm:num_requests_running{model_name=\"a\"} 4\n"), 0)
	if err != nil || values(samples)[vllm.Running] != 4 {
		t.Errorf("%v %v", samples, err)
	}
}

// metrics: names the engines' own pages, which are added up; the key goes to the target's host alone.
func TestMetricsElsewhere(t *testing.T) {
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	asked := map[string]string{}
	for _, at := range []string{"server:80", "pod-a:9000", "pod-b:9000"} {
		network.Listen(at, func(p *memnet.Peer) {
			p.OnData = func(request []byte) {
				asked[at+strings.Fields(string(request))[1]] = string(request)
				body := "vllm:num_requests_running{model_name=\"m\"} 2\n"
				p.Write([]byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)))
			}
		})
	}
	err := clk.Run("main", func() {
		target := scenarios.Target{URL: "http://server", Model: "m",
			Metrics: []string{"http://pod-a:9000", "http://pod-b:9000/stats/metrics", "http://server/own"}}
		ep, err := endpoint.New(clk, target, endpoint.Options{Dial: network.Dial, Key: "canary"})
		if err != nil {
			t.Error(err)
			return
		}
		defer ep.Close()
		if running, _, known := Busy(context.Background(), ep); running != 6 || !known {
			t.Errorf("%v running, %v", running, known)
		}
	})
	if err != nil {
		t.Error(err)
	}
	for at, key := range map[string]bool{"pod-a:9000/metrics": false, "pod-b:9000/stats/metrics": false,
		"server:80/own": true} {
		if request, ok := asked[at]; !ok || strings.Contains(request, "canary") != key {
			t.Errorf("%s: asked %v: %q", at, ok, request)
		}
	}
}

// What a server says of itself is taken or missing, whatever it is, and can be kept as JSON.
func FuzzServerSays(f *testing.F) {
	for _, name := range []string{"models-0.32.0.json", "models-0.8.5.json", "server-info-0.32.0.json",
		"metrics-0.8.5.txt", "metrics-others.txt", "version-0.32.0.json"} {
		f.Add(recorded(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		info := &results.ServerInfo{Settings: scenarios.Settings{}, SettingsBy: map[string]string{}}
		_, _, _, _ = takeVersion(info, body), takeModels(info, body, "m"), takeMetrics(info, body, "m"),
			takeServerInfo(info, body)
		settle(info)
		if _, err := json.Marshal(info); err != nil {
			t.Fatal(err)
		}
	})
}

// Lines of nvidia-smi give samples or none.
func FuzzGPULines(f *testing.F) {
	f.Add([]byte("0, 24564, 20311, 97, 301.22, 450.00, 2520, 0x0000000000000004, 66\n[N/A]\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		n := 0
		readGPUs(bytes.NewReader(body), func() time.Duration { return 0 }, func(results.Sample) { n++ })
		if n%len(gpuFields) != 0 {
			t.Fatalf("%d samples", n)
		}
	})
}
