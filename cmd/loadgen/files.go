package main

import (
	"loadgen/scenarios"
	"loadgen/telemetry"
)

// filesBeside is how many files a run has open beside its connections: records, samples, logs, telemetry's own
// connections.
const filesBeside = 64

// needFiles refuses a plan with more streams than this process may open files, before anything is sent.
func needFiles(plan scenarios.Plan) error {
	streams := mostStreams(plan)
	if limit := telemetry.FileLimit(); limit > 0 && streams+filesBeside > limit {
		return fail(exitUsage, "raise the limit of this shell, such as ulimit -n 65536, or lower the concurrency",
			"%d streams at once need %d open files, and this process may have %d", streams, streams+filesBeside, limit)
	}
	return nil
}

// mostStreams is the largest number of requests in flight that a plan is sure to have, over targets that are loaded
// together. What an open loop without a cap will have is not known before.
func mostStreams(plan scenarios.Plan) (most int) {
	for _, s := range plan.Steps {
		most = max(most, max(s.Concurrency, s.Cap)*(1+len(s.Beside)))
	}
	return most
}
