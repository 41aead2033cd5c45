package results

import "time"

// A Sample is one reading of one quantity of the server, a GPU, this process or this host.
type Sample struct {
	At     time.Duration // from the step's start, when the reading was complete
	Source Source
	Name   string // by today's spelling of vllm.Signals for the server; nvidia-smi's field for a GPU
	// what tells series of one name apart: "le=0.25", "reason=capacity", "sum", "count", a GPU's index; may be empty
	Label   string
	Value   float64 // meaningless when Missing
	Missing bool    // the source was there and gave no reading this time
}

// A Source is who was read.
type Source string

const (
	Server Source = "server" // /metrics
	Engine Source = "engine" // its log of steps
	GPU    Source = "gpu"    // nvidia-smi
	Self   Source = "self"   // this process
	Host   Source = "host"   // this machine
)
