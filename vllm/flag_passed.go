package vllm

import "strings"

// passedSwitches and passedValues are flags of vLLM 0.8.5, 0.9.2 and 0.32 that nothing here asks about. They are
// known so that the words behind them are not taken for something else: none and one. Others may have any number.
var (
	passedSwitches = setOf(`
aggregate-engine-logging allow-credentials allow-deprecated-quantization calculate-kv-scales cohere-is-reasoning-model
cudagraph-metrics data-parallel-external-lb data-parallel-hybrid-lb data-parallel-multi-port-external-lb
dcp-q-replicate disable-async-output-proc disable-cascade-attn disable-chunked-mm-input disable-fastapi-docs
disable-frontend-multiprocessing disable-hybrid-kv-cache-manager disable-mm-preprocessor-cache
disable-nccl-for-dp-synchronization disable-sliding-window disable-uvicorn-access-log dpe dph dpm
enable-batch-sharded-sampling enable-cumem-allocator enable-dbo enable-elastic-ep enable-ep-weight-filter enable-eplb
enable-fault-tolerance enable-flash-late-interaction enable-flashinfer-autotune enable-hc-sp
enable-layerwise-nvtx-tracing enable-log-deltas enable-log-outputs enable-lora-bias
enable-mamba-cache-stochastic-rounding enable-mamba-shared-prefix-checkpoint enable-mfu-metrics
enable-mixed-moe-lora-format enable-mm-embeds enable-moe-shared-loras enable-multimodal-encoder-data-parallel
enable-nccl-comm-suspend enable-offline-docs enable-prompt-adapter enable-prompt-embeds enable-return-routed-experts
enable-scale-out enable-shm-tensor-arena enable-sleep-mode enable-ssl-refresh enable-tokenizer-info-endpoint
enable-tower-connector-lora enable-trace-replay ep eplb-log-balancedness exclude-tools-when-tool-choice-none
expand-tools-even-if-tool-choice-none fail-on-environ-validation fully-sharded-loras grpc
guided-decoding-disable-additional-properties guided-decoding-disable-any-whitespace guided-decoding-disable-fallback
headless interleave-mm-strings jit-monitor-verbose kv-cache-metrics kv-sharing-fast-prefill language-model-only
log-error-stack mm-device-do-normalize mm-encoder-only multi-step-stream-outputs numa-bind ray-workers-use-nsight
return-sampling-mask return-tokens-as-token-ids scheduler-reserve-full-isl skip-mm-profiling skip-tokenizer-init
sleep-mode-offload-cudagraph specialize-active-lora swa-bounded-replay tokens-only trust-request-chat-template
trust-request-mm-kwargs use-fp64-gumbel use-replayssm use-tqdm-on-load`)

	passedValues = setOf(`
ac additional-config all2all-backend allowed-local-media-path anthropic-disabled-thinking-effort attention-backend
attention-config aux-output-config cc chat-template-content-format code-revision cohere-format config config-format
convert cp-kv-cache-interleave-size cpu-distributed-timeout-seconds custom-histogram-buckets data-parallel-address
data-parallel-backend data-parallel-rank data-parallel-rpc-port data-parallel-start-rank data-parallel-supervisor-port
dbo-decode-token-threshold dbo-prefill-token-threshold dc dcp dcp-comm-backend dcp-kv-cache-interleave-size
decode-context-parallel-size default-chat-template-kwargs default-mm-loras device device-ids device-memory-utilization
diffusion-config disable-access-log-for-endpoints distributed-timeout-seconds dp-supervisor-probe-failure-threshold
dp-supervisor-probe-interval-s dp-supervisor-probe-timeout-s dp-sync-interval dpa dpb dpn dpp dpr ec-manager-config
ec-transfer-config elastic-ep-max-dp-size engram-config eplb-config eplb-step-interval eplb-window-size
expert-placement-strategy fault-tolerance-config fingerprint-mode fingerprint-value gdn-prefill-backend grpc-port
guided-decoding-backend h11-max-header-count h11-max-incomplete-event-size hf-config-path hf-token io-processor-plugin
ir-op-priority jit-monitor-mode kda-decode-backend kda-prefill-backend kernel-config kv-cache-metrics-sample
kv-events-config kv-offloading-backend kv-offloading-size kv-transfer-config linear-backend log-config-file log-level
logging-config logits-processor-pattern logprobs-mode lora-dtype lora-extra-vocab-size mamba-backend mamba-block-size
mamba-cache-dtype mamba-cache-mode mamba-cache-philox-rounds mamba-ssm-cache-dtype mamba-ssu-algorithm master-addr
master-port max-cpu-loras max-cudagraph-capture-size max-log-len max-long-partial-prefills max-lora-cls-labels
max-num-scheduled-tokens max-parallel-loading-workers max-prompt-adapter-token max-prompt-adapters
max-seq-len-to-capture media-io-kwargs middleware mm-encoder-attn-backend mm-encoder-attn-dtype
mm-encoder-fp8-scale-path mm-encoder-fp8-scale-save-margin mm-encoder-fp8-scale-save-path mm-encoder-tp-mode
mm-hasher-algorithm mm-ipc-gpu-memory-gb mm-processor-cache-gb mm-processor-cache-type mm-processor-device
mm-processor-kwargs mm-shm-cache-max-object-size-mb mm-tensor-ipc model-class-overrides model-impl
model-loader-extra-config moe-backend node-rank num-lookahead-slots num-redundant-experts offload-backend
offload-group-size offload-num-in-group offload-prefetch-step optimization-level otlp-traces-endpoint
override-attention-dtype override-neuron-config override-pooler-config pcp per-request-spec-decode-metrics
performance-mode pooler-config preemption-mode prefill-context-parallel-size prefill-schedule-interval
prefix-cache-retention-interval prefix-caching-hash-algo prefix-match-unit profiler-config pt-load-map-location
qlora-adapter-name-or-path quantization-config r reasoning-config reasoning-parser-plugin renderer-num-workers
replayssm-buffer-len response-role root-path rope-theta runner safetensors-load-strategy
safetensors-prefetch-block-size safetensors-prefetch-num-threads sc scheduler-cls scheduler-delay-factor
show-hidden-metrics-for-version shutdown-timeout sparse-indexer-topk-backend spec-method spec-model spec-tokens
sse-keep-alive-interval ssl-ca-certs ssl-cert-reqs ssl-certfile ssl-ciphers ssl-keyfile structured-outputs-config task
tokenizer-pool-extra-config tokenizer-pool-size tokenizer-pool-type tokenizer-revision tool-parser-plugin tool-server
tool-strict-level ubatch-size uds video-pruning-method video-pruning-rate watermark-config weight-transfer-config
worker-cls worker-extension-cls`)
)

func setOf(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}
