package vllm

// Names of an engine step's samples, from the line of --enable-logging-iteration-details; their label is the engine's
// number. One step has one sample of each, all read at once.
const (
	StepIndex              = "iteration"
	StepContextRequests    = "context_requests" // without an output so far
	StepContextTokens      = "context_tokens"
	StepGenerationRequests = "generation_requests"
	StepGenerationTokens   = "generation_tokens"
)
