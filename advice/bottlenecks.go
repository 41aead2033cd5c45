package advice

// A bottleneck is one of the closed list of what may hold a server back.
type bottleneck struct{ ID, Doc, Remedy string }

// Bottlenecks are what an advice can name: the resource of which a quarter more would raise the held load most, in the
// step model calibrated to the run. Gains below 2 % are none.
var Bottlenecks = []bottleneck{
	{"max-num-seqs", "Requests wait because as many as max-num-seqs run, and the engine could carry more.",
		"Raise max-num-seqs as advised; watch TPOT."},
	{"kv-memory", "Requests wait, or are preempted, because the KV pool is full.", "Raise gpu-memory-utilization where " +
		"the GPU has room, quantise the KV cache, shorten max-model-len, or add GPUs."},
	{"token-budget", "max-num-batched-tokens is so small that prompts take many steps, each of which pays the step's " +
		"own cost.", "Raise max-num-batched-tokens as advised."},
	{"prefill-interference", "Prompts in large steps stall the answers that run beside them.",
		"Lower max-num-batched-tokens as advised; TTFT pays for it."},
	{"front-end", "The API server's process (HTTP, tokenising, detokenising) is slower than the engine.",
		"Raise api-server-count, or spread the load over replicas."},
	{"bandwidth", "Steps take as long as weights and KV cache are read.",
		"A smaller quantisation, a faster card, tensor parallel; a scheduler flag gives no more of it."},
	{"compute", "Steps take as long as the arithmetic of their tokens.",
		"A faster card, FP8 arithmetic, more GPUs, shorter prompts; a scheduler flag gives no more of it."},
	{"none", "Nothing holds the server back at the loads played, or relieving anything by a quarter gains less than 2 %.",
		"Settings can stay."},
}
