package results

// An elsewhere is what another tool calls a metric, and how its value differs from ours.
type elsewhere struct {
	Tool    string // vLLM bench serve, GuideLLM, AIPerf, inference-perf or genai-bench
	Name    string // as it stands in that tool's results
	Differs string // one clause; empty: in nothing but what is said of all
}

// The tools, in the order in which they are shown. All of them count from the actual sending, so what a cap or a late
// sender adds in an open loop is in none of their latencies.
const (
	vllmBench     = "vLLM bench serve"
	guideLLM      = "GuideLLM"
	aiPerf        = "AIPerf"
	inferencePerf = "inference-perf"
	genAIBench    = "genai-bench"
)

// tools are those whose names for metrics are known.
var tools = []string{vllmBench, guideLLM, aiPerf, inferencePerf, genAIBench}
