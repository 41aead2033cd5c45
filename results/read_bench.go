package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
)

// ReadBench reads results of `vllm bench serve`: JSON objects one after another, or lists of them as its sweep writes.
// One without each request's values is a summary: its means and percentiles carry no interval and cannot be pooled.
// Results of other tools are refused by the tool's name.
func ReadBench(data []byte) ([]Bench, error) {
	var out []Bench
	for in := json.NewDecoder(bytes.NewReader(numbersOnly(data))); ; {
		var raw json.RawMessage
		err := in.Decode(&raw)
		if errors.Is(err, io.EOF) && len(out) > 0 {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("expected JSON of vllm bench serve: %w", brokenJSON(err))
		}
		list := []json.RawMessage{raw}
		if raw[0] == '[' {
			list = nil
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, brokenJSON(err)
			}
			if len(list) == 0 {
				return nil, errors.New("an empty list: expected results of vllm bench serve")
			}
		}
		for _, one := range list {
			b, err := readBench(one)
			if err != nil {
				return nil, fmt.Errorf("result %d: %w", len(out)+1, err)
			}
			out = append(out, b)
		}
	}
}

// numbersOnly makes null of NaN and Infinity, which Python writes and JSON does not have, and takes off a byte-order
// mark.
func numbersOnly(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data
	}
	out := make([]byte, 0, len(data))
	inText := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case inText && c == '\\' && i+1 < len(data):
			out = append(out, c)
			i++
			c = data[i]
		case c == '"':
			inText = !inText
		case !inText:
			word := false
			for _, w := range []string{"NaN", "-Infinity", "Infinity"} {
				if bytes.HasPrefix(data[i:], []byte(w)) {
					out = append(out, "null"...)
					i += len(w) - 1
					word = true
					break
				}
			}
			if word {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// brokenJSON says where a JSON text breaks, without Go's own words for its types.
func brokenJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && syntax.Offset == 0:
		return errors.New("it is empty")
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("given JSON of kind %s, expected an object", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: a %s stands where another kind of value is expected", kind.Field, kind.Value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle")
	}
	return errors.New("not JSON")
}

// foreign are other tools' results: keys that theirs alone have, and whose they are.
var foreign = []struct {
	keys []string
	tool string
}{
	{[]string{"total_output_tokens_retokenized"}, "SGLang's bench_serving"},
	{[]string{"median_ttft_ms", "total_output_retokenized"}, "SGLang's bench_serving"},
	{[]string{"benchmarks", "metadata"}, "GuideLLM"}, {[]string{"benchmarks", "args"}, "GuideLLM"},
	{[]string{"benchmarks"}, "GuideLLM"},
	{[]string{"input_config"}, "AIPerf"}, {[]string{"profile_export"}, "AIPerf"},
	{[]string{"experiments", "version"}, "GenAI-Perf"},
	{[]string{"aggregated_metrics", "individual_request_metrics"}, "genai-bench"},
	{[]string{"aggregated_metrics"}, "genai-bench"},
	{[]string{"load_summary"}, "inference-perf"},
	{[]string{"benchmark", "metric"}, "PyTorch's benchmark form of vllm bench"},
	{[]string{"avg_latency", "latencies", "percentiles"}, "vllm bench latency, which asks no server"},
	{[]string{"elapsed_time", "num_requests", "tokens_per_second"}, "vllm bench throughput, which asks no server"},
	{[]string{"latencies", "bytes_in", "status_codes"}, "vegeta"}, {[]string{"latencyPercentiles"}, "oha"},
	{[]string{"root_group", "metrics"}, "k6"},
	{[]string{"results_version"}, "a tool that is not known here"},
	{[]string{"scenario_sha256", "plan"}, "loadgen itself: report and compare read its directory"},
	{[]string{"num_completed_requests", "mean_output_throughput_token_per_s"}, "LLMPerf"},
	{[]string{"num_completed_requests_per_min"}, "LLMPerf"},
	{[]string{"Request throughput (req/s)"}, "EvalScope"}, {[]string{"num_responses", "num_failures"}, "Locust"},
}

// foreignTool names the tool whose result this is, where it is not that of vllm bench serve.
func foreignTool(all map[string]json.RawMessage, f benchFile) string {
	for _, o := range foreign {
		if !slices.ContainsFunc(o.keys, func(k string) bool { _, ok := all[k]; return !ok }) {
			return o.tool
		}
	}
	if strings.HasPrefix(f.Backend, "sglang") && f.Model == "" {
		return "SGLang's bench_serving"
	}
	return ""
}

func readBench(raw []byte) (Bench, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return Bench{}, errors.New("expected an object with results of vllm bench serve")
	}
	var f benchFile
	err := json.Unmarshal(raw, &f)
	if tool := foreignTool(all, f); tool != "" {
		return Bench{}, fmt.Errorf("this is a result of %s; what can be imported is that of vllm bench serve --save-result",
			tool)
	}
	if err != nil {
		return Bench{}, brokenJSON(err)
	}
	if err := f.sound(); err != nil {
		return Bench{}, err
	}
	b, err := f.read(raw)
	if err != nil {
		return Bench{}, err
	}
	b.Model, b.Engine = f.Model, otherBackend(f.Backend)
	if b.Engine == "" {
		b.Engine = otherBackend(f.EndpointType)
	}
	b.Started, err = time.Parse("20060102-150405", f.Date)
	if err != nil {
		b.Notes = append(b.Notes, "when it was measured is not told")
	}
	if b.Step.Cap > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("--max-concurrency %d stood beside --request-rate: where the cap bound, it "+
			"was no open loop", b.Step.Cap))
	}
	if f.RampUp != "" {
		b.Notes = append(b.Notes, "its request rate rose while it ran ("+f.RampUp+"): its figures are of no one rate")
	}
	return b, nil
}

// sound refuses values that no measurement has.
func (f *benchFile) sound() error {
	name := path.Base(f.Model)
	switch {
	case f.Model == "":
		return errors.New("it names no model (model_id): expected a result of vllm bench serve --save-result")
	case name == "/" || name == "." || name == ".." ||
		strings.ContainsFunc(f.Model, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("its model_id %q is no name of a model", f.Model)
	case f.Duration != nil && !(*f.Duration > 0 && *f.Duration < 1e7):
		return fmt.Errorf("its duration is %g s: expected more than 0 and at most 115 days", *f.Duration)
	case f.MaxConcurrency != nil && (*f.MaxConcurrency < 1 || *f.MaxConcurrency > 1e6 ||
		*f.MaxConcurrency != float64(int(*f.MaxConcurrency))):
		return fmt.Errorf("its max_concurrency is %g: expected a whole number from 1 to 1000000", *f.MaxConcurrency)
	}
	if rate, isNumber := f.RequestRate.(float64); isNumber && !(rate > 0 && rate <= 1e6) {
		return fmt.Errorf("its request_rate is %g: expected inf, or more than 0 and at most 1000000", rate)
	}
	return nil
}

// otherBackend is the engine that a backend's name stands for; empty: vLLM, or any server with the OpenAI API.
func otherBackend(backend string) string {
	for name, engine := range map[string]string{"sglang": "SGLang", "tgi": "TGI", "tensorrt": "TensorRT-LLM",
		"trt": "TensorRT-LLM", "lmdeploy": "LMDeploy",
		"llama": "llama.cpp", "deepspeed": "DeepSpeed-MII", "scalellm": "ScaleLLM", "ollama": "Ollama",
		"infinity": "Infinity"} {
		if strings.HasPrefix(strings.ToLower(backend), name) {
			return engine
		}
	}
	return ""
}

// read takes each request's values where the file has them with their start times, else its summary.
func (f *benchFile) read(raw []byte) (Bench, error) {
	if len(f.TTFTs) > 0 && len(f.StartTimes) > 0 {
		return f.bench()
	}
	s, err := readSummary(raw)
	if err != nil {
		return Bench{}, err
	}
	b := Bench{Step: f.step(s.Completed), Summary: s, Window: Window{End: time.Duration(s.Seconds * 1e9)}}
	if len(f.TTFTs) > 0 {
		b.Notes = append(b.Notes, "its requests have no start times (vLLM before 0.12): its summary alone is read")
	}
	return b, nil
}
