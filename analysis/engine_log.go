package analysis

import (
	"loadgen/results"
	"loadgen/vllm"
)

// An engineFacts is what the engine's own log of steps said inside the window. Its steps were counted, never timed:
// their elapsed times mean nothing where scheduling is asynchronous.
type engineFacts struct {
	Steps       int
	Prefilling  float64 // share of the steps that computed prompt tokens
	Decodes     float64 // answers per step, mean
	DecodesMax  float64
	PromptMean  float64 // prompt tokens of a step that had any, mean
	PromptMax   float64
	StepsPerSec float64
}

func engineFactsOf(samples []results.Sample, w results.Window) engineFacts {
	var f engineFacts
	var decodes, prompts series
	for _, s := range samples {
		if s.Source != results.Engine || s.Missing || s.At < w.Start || s.At >= w.End {
			continue
		}
		switch s.Name {
		case vllm.StepGenerationRequests:
			decodes = append(decodes, s)
		case vllm.StepContextTokens:
			if f.Steps++; s.Value > 0 {
				prompts = append(prompts, s)
			}
		}
	}
	if f.Steps == 0 {
		return f
	}
	f.StepsPerSec = float64(f.Steps) / (w.End - w.Start).Seconds()
	f.Prefilling = float64(len(prompts)) / float64(f.Steps)
	f.Decodes, f.DecodesMax = decodes.mean(), decodes.max()
	f.PromptMean, f.PromptMax = prompts.mean(), prompts.max()
	return f
}
