package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/vllm"
)

const metricsPath = "/metrics"

// pages are a server's metrics: its /metrics, or those of the engines that the scenario names under metrics:, one
// behind the other, whose series are added up. One that does not answer is all that it takes to know nothing.
func pages(ctx context.Context, ep *endpoint.Endpoint, timeout time.Duration) (body []byte, why string) {
	for _, p := range ep.Metrics() {
		page, why := get(ctx, p.Endpoint, p.Path, timeout)
		if why == "" && bytes.HasPrefix(bytes.TrimSpace(page), []byte("<")) {
			why = "a web page"
		}
		if why != "" {
			return nil, why
		}
		if body == nil {
			body = page
			continue
		}
		body = append(append(body, '\n'), page...)
	}
	return body, ""
}

// owners are engines by owned_by in /v1/models.
var owners = map[string]string{"sglang": "SGLang", "llamacpp": "llama.cpp", "tensorrt_llm": "TensorRT-LLM",
	"lmdeploy": "LMDeploy", "library": "Ollama", "TGI": "TGI"}

// prefixes are how other engines' series begin.
var prefixes = []struct{ prefix, engine string }{
	{"sglang:", "SGLang"}, {"sglang_", "SGLang"}, {"tgi_", "TGI"}, {"te_request", "Text Embeddings Inference"},
	{"llamacpp:", "llama.cpp"}, {"trtllm_", "TensorRT-LLM"},
	{"nv_trt_llm_", "TensorRT-LLM"}, {"nv_inference_", "Triton"}, {"lmdeploy:", "LMDeploy"}, {"aphrodite:", "Aphrodite"},
	{"dynamo_", "Dynamo"}, {"ollama_", "Ollama"}, {"litellm_", "LiteLLM"},
}

// engineOf names the engine whose series stand on a page, where none of vLLM does.
func engineOf(page []byte) string {
	found := ""
	for line := range bytes.Lines(page) {
		if bytes.HasPrefix(line, []byte("vllm:")) {
			return ""
		}
		for _, p := range prefixes {
			if found == "" && bytes.HasPrefix(line, []byte(p.prefix)) {
				found = p.engine
			}
		}
	}
	return found
}

// takeMetrics reads what a page tells of the engine, and says what it lacks.
func takeMetrics(info *results.ServerInfo, page []byte, model string) error {
	if engine := engineOf(page); engine != "" {
		info.Engine = engine
		return fmt.Errorf("these are %s's metrics, not vLLM's", engine)
	}
	samples, err := newParser(model).parse(page, 0)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, s := range samples {
		have[s.Name] = true
	}
	switch {
	case !slices.ContainsFunc(samples, func(s results.Sample) bool {
		return s.Name != vllm.ProcessCPU && s.Name != vllm.ProcessStart
	}):
		return errors.New("no series of vLLM")
	case !have[vllm.GenerationTokens] && bytes.Contains(page, []byte(`{server="`)),
		bytes.Contains(page, []byte("vllm:healthy_pods_total")):
		return errors.New("of a router, which does not tell what the engines behind it do: metrics: in the scenario names " +
			"their own")
	}
	var lacks []string
	for _, name := range essential {
		if !have[name] {
			lacks = append(lacks, name)
		}
	}
	labels, err := cacheConfig(page)
	if info.CacheConfig = labels; err != nil {
		lacks = append(lacks, vllm.CacheConfig)
	} else if _, _, told := info.KVBlocks(); !told {
		lacks = append(lacks, "num_gpu_blocks, the size of the KV cache")
	}
	if len(lacks) > 0 {
		return fmt.Errorf("no %s", strings.Join(lacks, ", "))
	}
	return nil
}

// essential are the signals that advice stands on.
var essential = []string{vllm.Running, vllm.Waiting, vllm.KVUsage, vllm.Preemptions, vllm.PromptTokens,
	vllm.GenerationTokens, vllm.PrefixQueries, vllm.TTFTSeconds,
	vllm.ITLSeconds, vllm.IterationTokens}
