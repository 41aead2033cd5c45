package simulator_test

import (
	"fmt"
	"strings"

	"loadgen/clock"
	"loadgen/simulator"
)

// What a compose file says is what the simulator takes.
func ExampleParseArgs() {
	o, warnings, err := simulator.ParseArgs(strings.Fields("vllm serve Qwen/Qwen3-8B-AWQ --max_model_len 65536 " +
		"--kv-cache-dtype fp8 --tp 1"))
	fmt.Println(o.Model, o.Flags["max-model-len"], o.Flags["kv-cache-dtype"], err)
	for _, w := range warnings {
		fmt.Println(w)
	}
	// Output:
	// Qwen/Qwen3-8B-AWQ 65536 fp8 <nil>
	// --max_model_len is spelt --max-model-len today
	// --tp is spelt --tensor-parallel-size today
}

// A smaller budget leaves more memory for the KV cache.
func ExampleNew() {
	for _, budget := range []int{65536, 8192} {
		s, err := simulator.New(clock.NewVirtual(), simulator.Options{Model: "Qwen/Qwen3-8B-AWQ", GPU: "RTX 4090",
			Flags: map[string]any{
				"max-model-len": 65536, "max-num-batched-tokens": budget, "gpu-memory-utilization": .9, "kv-cache-dtype": "fp8",
			}})
		if err != nil {
			fmt.Println(err)
			continue
		}
		f := s.Facts()
		fmt.Printf("budget %d: activations %.1f GiB, KV %.1f GiB = %d tokens\n", f.Budget, f.Memory.Activation, f.Memory.KV,
			f.KVTokens)
	}
	// Output:
	// budget 65536: activations 6.0 GiB, KV 9.2 GiB = 133456 tokens
	// budget 8192: activations 1.3 GiB, KV 13.9 GiB = 202768 tokens
}

// What vLLM would refuse is refused, in its words.
func ExampleRefusal() {
	_, err := simulator.New(clock.NewVirtual(),
		simulator.Options{Model: "Qwen/Qwen3-32B", Flags: map[string]any{"tensor-parallel-size": 3}})
	fmt.Println(err)
	// Output: Total number of attention heads (64) must be divisible by tensor parallel size (3).
}
