package simulator

import "loadgen/vllm"

// ParseArgs reads a vLLM command line as vllm.ParseArgs does. Flags without meaning here are warned about and passed
// over; the error names every fault.
func ParseArgs(args []string) (o Options, warnings []string, err error) {
	c, err := vllm.ParseArgs(args)
	return Options{Model: c.Model, APIKey: c.APIKey, Flags: c.Flags}, c.Notes, err
}
