package telemetry

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/vllm"
)

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// values indexes samples by "name label".
func values(samples []results.Sample) map[string]float64 {
	out := map[string]float64{}
	for _, s := range samples {
		out[strings.TrimSpace(s.Name+" "+s.Label)] = s.Value
	}
	return out
}

func TestRecordedMetricsOfARealServer(t *testing.T) {
	samples, err := parseMetrics(recorded(t, "metrics-0.32.0.txt"), 7*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	got := values(samples)
	if len(got) != len(samples) {
		t.Errorf("%d samples of %d series", len(samples), len(got))
	}
	for series, want := range map[string]float64{ // read off the page by eye
		vllm.Running: 13, vllm.Waiting: 0, vllm.WaitingByReason + " reason=capacity": 0, vllm.KVUsage: 0.9565217391304348,
		vllm.Preemptions: 22, vllm.PromptTokens: 624, vllm.GenerationTokens: 6116, vllm.RequestSuccess +
			" finished_reason=length": 11,
		vllm.AdmissionRejections + " reason=max_num_queued_reqs": 36, vllm.TTFTSeconds + " count": 24,
		vllm.TTFTSeconds + " sum": 11.315256595611572, vllm.ITLSeconds + " count": 6092, vllm.ITLSeconds + " le=0.01": 6052,
		vllm.ITLSeconds + " le=+Inf": 6092, vllm.E2ESeconds + " count": 11, vllm.IterationTokens + " sum": 6740,
		vllm.ProcessCPU: 18.03,
	} {
		if v, ok := got[series]; !ok || v != want {
			t.Errorf("%s = %v (%v), want %v", series, v, ok, want)
		}
	}
	for _, s := range samples {
		if s.At != 7*time.Second || s.Source != results.Server || s.Missing {
			t.Fatalf("%+v", s)
		}
	}
}

func TestEverySignalOfARealServerIsFound(t *testing.T) {
	samples, err := parseMetrics(recorded(t, "metrics-0.32.0.txt"), 0)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{vllm.CacheConfig: true}
	for _, s := range samples {
		have[s.Name] = true
	}
	for _, signal := range vllm.Signals {
		if !have[signal.Name] {
			t.Errorf("%s is not in the samples", signal.Name)
		}
	}
}

func TestOldNamesReadAsTodays(t *testing.T) {
	const page = `# HELP vllm:gpu_cache_usage_perc x
# TYPE vllm:gpu_cache_usage_perc gauge
vllm:gpu_cache_usage_perc{model_name="m"} 0.25
# TYPE vllm:time_per_output_token_seconds histogram
vllm:time_per_output_token_seconds_bucket{le="0.5",model_name="m"} 1.0
vllm:time_per_output_token_seconds_bucket{le="+Inf",model_name="m"} 3.0
vllm:time_per_output_token_seconds_count{model_name="m"} 3.0
vllm:time_per_output_token_seconds_sum{model_name="m"} 4.5
`
	samples, err := parseMetrics([]byte(page), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{vllm.KVUsage: 0.25, vllm.ITLSeconds + " count": 3, vllm.ITLSeconds + " sum": 4.5,
		vllm.ITLSeconds + " le=0.5": 1, vllm.ITLSeconds + " le=+Inf": 3}
	if got := values(samples); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// while both are exported, the old name must not be added to the new one
	both := page + "# TYPE vllm:kv_cache_usage_perc gauge\nvllm:kv_cache_usage_perc{model_name=\"m\"} 0.75\n"
	samples, err = parseMetrics([]byte(both), 0)
	if err != nil || values(samples)[vllm.KVUsage] != 0.75 {
		t.Errorf("got %v, %v", values(samples), err)
	}
}

func TestEnginesAreOneServer(t *testing.T) {
	const page = `# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3
vllm:num_requests_running{engine="1",model_name="m"} 4
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.9
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 5
vllm:request_success_total{engine="1",finished_reason="stop",model_name="m"} 6
vllm:request_success_total{engine="1",finished_reason="length",model_name="m"} 1`
	samples, err := parseMetrics([]byte(page), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{vllm.Running: 7, vllm.KVUsage: 0.9, vllm.RequestSuccess + " finished_reason=stop": 11,
		vllm.RequestSuccess + " finished_reason=length": 1}
	if got := values(samples); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOtherPages(t *testing.T) {
	for _, page := range []string{"", "hello", "<html>no</html>\n", "# TYPE other gauge\nother 3\n"} {
		if samples, err := parseMetrics([]byte(page), 0); err != nil || len(samples) != 0 {
			t.Errorf("%q: %v, %v", page, samples, err)
		}
	}
	for _, page := range []string{"vllm:num_requests_running{x} 3\n", "vllm:num_requests_running{engine=\"0\"} three\n"} {
		if _, err := parseMetrics([]byte(page), 0); err == nil {
			t.Errorf("%q was read", page)
		}
	}
}

func FuzzParseMetrics(f *testing.F) {
	f.Add(recorded(f, "metrics-0.32.0.txt"))
	f.Add([]byte("vllm:num_requests_running 3\nvllm:num_requests_running_bucket{le=\"1\"} 1\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = parseMetrics(body, 0) // samples or an error, never a panic
	})
}

func BenchmarkParseMetrics(b *testing.B) {
	body := recorded(b, "metrics-0.32.0.txt")
	parser := newParser("tiny-qwen3")
	for b.Loop() {
		if _, err := parser.parse(body, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// parseMetrics reads one page by itself.
func parseMetrics(body []byte, at time.Duration) ([]results.Sample, error) {
	return newParser("").parse(body, at)
}
