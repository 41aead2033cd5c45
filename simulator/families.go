package simulator

import "strconv"

// families are the metrics of vLLM 0.32, in its order. Left out are what the Python runtime says of itself
// (python_gc_*, python_info, four process_* of memory and files) and the _created gauges.
var families = []family{
	{"process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
		func(w *page, s *Server) { w.sample("", float64(s.clk.Time(s.born).Unix())) }},
	{"process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
		func(w *page, s *Server) { w.sample("", s.fronts[0].CPU().Seconds()) }},
	{"vllm:estimated_flops_per_gpu_total", "counter", "Estimated number of floating point operations per GPU (for Model " +
		"Flops Utilization calculations).",
		zero},
	{"vllm:estimated_read_bytes_per_gpu_total", "counter", "Estimated number of bytes read from memory per GPU (for " +
		"Model Flops Utilization calculations).",
		zero},
	{"vllm:estimated_write_bytes_per_gpu_total", "counter", "Estimated number of bytes written to memory per GPU (for " +
		"Model Flops Utilization calculations).",
		zero},
	{"vllm:num_requests_running", "gauge", "Number of requests in model execution batches.",
		single(func(s *Server) float64 { return float64(s.metrics.running) })},
	{"vllm:num_requests_waiting", "gauge", "Number of requests waiting to be processed.",
		single(func(s *Server) float64 { return float64(s.metrics.waiting) })},
	{"vllm:num_requests_waiting_by_reason", "gauge", "Number of waiting requests by reason. Reason labels: 'capacity' = " +
		"waiting for scheduling capacity; 'deferred' = deferred by transient constraints (LoRA budget, KV transfer, " +
		"blocked status). Sum of all reasons equals vllm:num_requests_waiting.",
		labelled("reason", []string{"capacity", "deferred"}, func(s *Server, i int) float64 {
			return float64(s.metrics.waiting * (1 - i))
		})},
	{"vllm:engine_sleep_state", "gauge", "Engine sleep state; awake = 0 means engine is sleeping; awake = 1 means " +
		"engine is awake; weights_offloaded = 1 means sleep level 1; discard_all = 1 means sleep level 2.",
		labelled("sleep_state", []string{"awake", "weights_offloaded", "discard_all"}, func(_ *Server, i int) float64 {
			return float64(max(1-i, 0))
		})},
	{"vllm:kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.",
		single(func(s *Server) float64 { return s.usage() })},
	{"vllm:prefix_cache_queries_total", "counter", "Prefix cache queries, in terms of number of queried tokens.",
		single(func(s *Server) float64 { return float64(s.engine.Counters().PrefixQueries) })},
	{"vllm:prefix_cache_hits_total", "counter", "Prefix cache hits, in terms of number of cached tokens.",
		single(func(s *Server) float64 { return float64(s.engine.Counters().PrefixHits) })},
	{"vllm:external_prefix_cache_queries_total", "counter", "External prefix cache queries from KV connector " +
		"cross-instance cache sharing, in terms of number of queried tokens.",
		zero},
	{"vllm:external_prefix_cache_hits_total", "counter", "External prefix cache hits from KV connector cross-instance " +
		"cache sharing, in terms of number of cached tokens.",
		zero},
	{"vllm:mm_cache_queries_total", "counter", "Multi-modal cache queries, in terms of number of queried items.",
		zero},
	{"vllm:mm_cache_hits_total", "counter", "Multi-modal cache hits, in terms of number of cached items.",
		zero},
	{"vllm:num_preemptions_total", "counter", "Cumulative number of preemption from the engine.",
		single(func(s *Server) float64 { return float64(s.metrics.preemptions) })},
	{"vllm:prompt_tokens_total", "counter", "Number of prefill tokens processed.",
		single(func(s *Server) float64 { return float64(s.metrics.promptTotal) })},
	{"vllm:prompt_tokens_by_source_total", "counter", "Number of prompt tokens by source.",
		labelled("source", []string{"local_compute", "local_cache_hit", "external_kv_transfer"}, bySource)},
	{"vllm:prompt_tokens_cached_total", "counter", "Number of cached prompt tokens (local + external).",
		single(func(s *Server) float64 { return float64(s.metrics.cachedTotal) })},
	{"vllm:prompt_tokens_cached_by_source_total", "counter", "Prefix-cache hit tokens by the cache tier that supplied " +
		"them: device (local HBM), host (offloaded to DRAM), disk, p2p (transferred from another vLLM instance) or " +
		"external_unspecified. Counted at admission; sums to vllm:prefix_cache_hits + vllm:external_prefix_cache_hits.",
		labelled("source", []string{"device", "host", "p2p", "disk", "external_unspecified"}, byTier)},
	{"vllm:generation_tokens_total", "counter", "Number of generation tokens processed.",
		single(func(s *Server) float64 { return float64(s.metrics.generated) })},
	{"vllm:request_success_total", "counter", "Count of successfully processed requests.",
		success},
	{"vllm:admission_rejections_total", "counter", "Number of admission attempts rejected by a queue limit, by reason.",
		rejections},
	{"vllm:request_prompt_tokens", "histogram", "Number of prefill tokens processed.",
		histo(func(m *metrics) *histogram { return &m.prompts })},
	{"vllm:request_generation_tokens", "histogram", "Number of generation tokens processed.",
		histo(func(m *metrics) *histogram { return &m.outputs })},
	{"vllm:iteration_tokens_total", "histogram", "Histogram of number of tokens per engine_step.",
		histo(func(m *metrics) *histogram { return &m.iteration })},
	{"vllm:request_max_num_generation_tokens", "histogram", "Histogram of maximum number of requested generation tokens.",
		histo(func(m *metrics) *histogram { return &m.longest })},
	{"vllm:request_params_n", "histogram", "Histogram of the n request parameter.",
		histo(func(m *metrics) *histogram { return &m.paramsN })},
	{"vllm:request_params_max_tokens", "histogram", "Histogram of the max_tokens request parameter.",
		histo(func(m *metrics) *histogram { return &m.limits })},
	{"vllm:time_to_first_token_seconds", "histogram", "Histogram of time to first token in seconds.",
		histo(func(m *metrics) *histogram { return &m.ttft })},
	{"vllm:inter_token_latency_seconds", "histogram", "Histogram of inter-token latency in seconds.",
		histo(func(m *metrics) *histogram { return &m.itl })},
	{"vllm:request_time_per_output_token_seconds", "histogram", "Histogram of time_per_output_token_seconds per request.",
		histo(func(m *metrics) *histogram { return &m.tpot })},
	{"vllm:e2e_request_latency_seconds", "histogram", "Histogram of e2e request latency in seconds.",
		histo(func(m *metrics) *histogram { return &m.e2e })},
	{"vllm:request_queue_time_seconds", "histogram", "Histogram of time spent in WAITING phase for request.",
		histo(func(m *metrics) *histogram { return &m.queue })},
	{"vllm:request_inference_time_seconds", "histogram", "Histogram of time spent in RUNNING phase for request.",
		histo(func(m *metrics) *histogram { return &m.inference })},
	{"vllm:request_prefill_time_seconds", "histogram", "Histogram of time spent in PREFILL phase for request.",
		histo(func(m *metrics) *histogram { return &m.prefill })},
	{"vllm:request_decode_time_seconds", "histogram", "Histogram of time spent in DECODE phase for request.",
		histo(func(m *metrics) *histogram { return &m.decode })},
	{"vllm:request_num_preemptions", "histogram", "Histogram of the number of times a request was preempted.",
		histo(func(m *metrics) *histogram { return &m.preempts })},
	{"vllm:request_prefill_kv_computed_tokens", "histogram", "Histogram of new KV tokens computed during prefill " +
		"(excluding cached tokens).",
		histo(func(m *metrics) *histogram { return &m.computed })},
	{"vllm:cache_config_info", "gauge", "Information of the LLMEngine CacheConfig",
		cacheConfig},
	{"http_requests_total", "counter", "Total number of requests by method, status and handler.",
		httpRequests},
	{"http_request_size_bytes", "summary", "Content length of incoming requests by handler. Only value of header is " +
		"respected. Otherwise ignored. No percentile calculated. ",
		httpSizes(func(r httpRow) int { return r.in })},
	{"http_response_size_bytes", "summary", "Content length of outgoing responses by handler. Only value of header is " +
		"respected. Otherwise ignored. No percentile calculated. ",
		httpSizes(func(r httpRow) int { return r.out })},
	{"http_request_duration_highr_seconds", "histogram", "Latency with many buckets but no API specific labels. Made " +
		"for more accurate percentile calculations. ",
		httpFine},
	{"http_request_duration_seconds", "histogram", "Latency with only few buckets by handler. Made to be only used if " +
		"aggregation by handler is important. ",
		httpDurations},
	{"vllm:tool_call_parser_invocations_total", "counter", "Total number of ToolParser invocations. Non-streaming " +
		"increments once per choice; streaming increments once per delta.",
		none},
}

// none is a family without a series: no tool parser runs here.
func none(*page, *Server) {}

func bySource(s *Server, i int) float64 {
	return []float64{float64(s.metrics.promptTotal - s.metrics.cachedTotal), float64(s.metrics.cachedTotal), 0}[i]
}

func byTier(s *Server, i int) float64 {
	if i > 0 {
		return 0
	}
	return float64(s.engine.Counters().PrefixHits)
}

func success(w *page, s *Server) {
	for i, reason := range finishReasons {
		n := 0.0
		if i < len(s.metrics.success) {
			n = float64(s.metrics.success[i])
		}
		w.sample("", n, "engine", "0", "finished_reason", reason, "model_name", s.set.served)
	}
}

// rejections has no label engine.
func rejections(w *page, s *Server) {
	w.sample("", float64(s.metrics.rejected), "model_name", s.set.served, "reason", "max_num_queued_reqs")
	w.sample("", float64(s.metrics.overTokens), "model_name", s.set.served, "reason", "max_num_queued_tokens")
}

// cacheConfig has the fields of CacheConfig as labels, and no model_name.
func cacheConfig(w *page, s *Server) {
	orNone := func(n float64) string {
		if n == 0 {
			return "None"
		}
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	python := map[bool]string{true: "True", false: "False"}
	size := strconv.Itoa(s.set.blockSize)
	w.sample("", 1, "_block_size_resolved", "True", "block_size", size, "cache_dtype", s.set.kvDtype,
		"cache_hit_alignment_tokens", "None",
		"effective_attention_block_size", size, "enable_mamba_shared_prefix_checkpoint", "False", "enable_prefix_caching",
		python[s.set.prefix],
		"engine", "0", "gpu_memory_utilization", strconv.FormatFloat(s.set.utilization, 'f', -1, 64), "hash_block_size",
		"None",
		"is_attention_free", "False", "kv_cache_dtype_skip_layers", "[]", "kv_cache_layout", "None",
		"kv_cache_max_concurrency", strconv.FormatFloat(s.concurrency(), 'f', -1, 64), "kv_cache_memory_bytes",
		orNone(s.set.kvBytes),
		"kv_cache_size_tokens", strconv.Itoa(s.set.start().Tokens(s.blocks)), "kv_offloading_backend", "native",
		"kv_offloading_size", "None",
		"kv_sharing_fast_prefill", "False", "mamba_block_size", "None", "mamba_cache_dtype", "auto", "mamba_cache_mode",
		"none",
		"mamba_page_size_padded", "None", "mamba_ssm_cache_dtype", "auto", "num_cpu_blocks", "None", "num_gpu_blocks",
		strconv.Itoa(s.blocks),
		"num_gpu_blocks_override", orNone(float64(s.set.blocks)), "prefix_cache_retention_interval", "0",
		"prefix_caching_hash_algo", "sha256",
		"prefix_match_unit", "None", "replayssm_buffer_len", "16", "skip_page_size_padded", "None", "sliding_window", "None",
		"swa_bounded_replay", "True", "use_kda_recoverssm", "False", "use_replayssm", "False", "user_specified_block_size",
		"False")
}
