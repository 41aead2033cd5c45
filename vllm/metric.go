package vllm

// A signal is one quantity of /metrics: its name today and the names it had before, newest first.
type signal struct {
	Name    string   // today's full series name, with _total where the counter has it
	Aliases []string // earlier names
}

// Signals are the series that telemetry reads and analysis refers to, by today's name.
var Signals = []signal{
	{Name: Running},
	{Name: Waiting},
	{Name: WaitingByReason},
	{Name: KVUsage, Aliases: []string{"vllm:gpu_cache_usage_perc"}},
	{Name: Preemptions, Aliases: []string{"vllm:num_preemptions"}},
	{Name: PromptTokens},
	{Name: GenerationTokens},
	{Name: PrefixQueries, Aliases: []string{"vllm:gpu_prefix_cache_queries_total"}},
	{Name: PrefixHits, Aliases: []string{"vllm:gpu_prefix_cache_hits_total"}},
	{Name: RequestSuccess},
	{Name: AdmissionRejections},
	{Name: TTFTSeconds},
	{Name: ITLSeconds, Aliases: []string{"vllm:time_per_output_token_seconds"}},
	{Name: E2ESeconds},
	{Name: QueueSeconds},
	{Name: PrefillSeconds},
	{Name: DecodeSeconds},
	{Name: IterationTokens},
	{Name: CacheConfig},
	{Name: ProcessCPU},
	{Name: ProcessStart},
}

// Names of the series by today's spelling. Gauges are sampled; counters end in _total; the rest are histograms.
const (
	Running             = "vllm:num_requests_running"
	Waiting             = "vllm:num_requests_waiting"
	WaitingByReason     = "vllm:num_requests_waiting_by_reason"
	KVUsage             = "vllm:kv_cache_usage_perc" // 0–1 in spite of the name; pinned blocks only
	Preemptions         = "vllm:num_preemptions_total"
	PromptTokens        = "vllm:prompt_tokens_total"
	GenerationTokens    = "vllm:generation_tokens_total"
	PrefixQueries       = "vllm:prefix_cache_queries_total"
	PrefixHits          = "vllm:prefix_cache_hits_total"
	RequestSuccess      = "vllm:request_success_total"
	AdmissionRejections = "vllm:admission_rejections_total"
	TTFTSeconds         = "vllm:time_to_first_token_seconds"
	ITLSeconds          = "vllm:inter_token_latency_seconds"
	E2ESeconds          = "vllm:e2e_request_latency_seconds"
	QueueSeconds        = "vllm:request_queue_time_seconds"
	PrefillSeconds      = "vllm:request_prefill_time_seconds"
	DecodeSeconds       = "vllm:request_decode_time_seconds"
	IterationTokens     = "vllm:iteration_tokens_total" // a histogram in spite of the suffix, not tokens per step
	CacheConfig         = "vllm:cache_config_info"
	ProcessCPU          = "process_cpu_seconds_total"
	ProcessStart        = "process_start_time_seconds" // of the Unix epoch: another value is another start of the server
)
