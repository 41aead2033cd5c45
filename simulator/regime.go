package simulator

// A Regime is a server and a load that bring one bottleneck into play, so that a diagnosis can be tried on a known
// truth.
type Regime struct {
	Name    string // as a recommendation calls what binds
	Doc     string
	Options Options
	Load    RegimeLoad
}

// A RegimeLoad is a closed loop: so many clients, each with one request in flight.
type RegimeLoad struct {
	Clients       int
	Input, Output int // tokens of each request; outputs are to vary round theirs, or the clients march in step
	Every         int // of so many requests one is long; 0: none
	Long          int // tokens of its prompt
}

// Regimes are the bottlenecks that can be called up by name.
var Regimes = []Regime{
	{"none", "few clients on a large GPU: nothing binds",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100"}, RegimeLoad{Clients: 4, Input: 200, Output: 100}},
	{"kv-memory", "long prompts wait for KV memory; few run, none is preempted for long",
		Options{Model: "Qwen/Qwen3-8B-AWQ", GPU: "RTX 4090", Flags: map[string]any{"max-model-len": 16384,
			"max-num-batched-tokens": 2048, "gpu-memory-utilization": .6}},
		RegimeLoad{Clients: 24, Input: 8000, Output: 60}},
	{"kv-thrash", "short prompts with long answers outgrow the KV memory they were admitted with",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100",
			Flags: map[string]any{"max-model-len": 8192, "gpu-memory-utilization": .3}},
		RegimeLoad{Clients: 96, Input: 100, Output: 1200}},
	{"max-num-seqs", "more clients than may run at once, with memory to spare",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100", Flags: map[string]any{"max-num-seqs": 16}},
		RegimeLoad{Clients: 64, Input: 200, Output: 200}},
	{"token-budget", "a budget near the roofline's ridge: nearly every step is full of prompt",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100", Flags: map[string]any{"max-num-batched-tokens": 256,
			"max-num-seqs": 128}},
		RegimeLoad{Clients: 64, Input: 2000, Output: 100}},
	{"prefill-interference", "a budget as large as the window: a long prompt halts every answer for a whole step",
		Options{Model: "Qwen/Qwen3-8B-AWQ", GPU: "RTX 4090", Flags: map[string]any{"max-model-len": 65536,
			"max-num-batched-tokens": 65536, "kv-cache-dtype": "fp8", "gpu-memory-utilization": .9}},
		RegimeLoad{Clients: 16, Input: 100, Output: 50, Every: 7, Long: 12000}},
	{"head-of-line", "short prompts queue behind a long one that takes the whole budget, step after step",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100", Flags: map[string]any{"max-num-batched-tokens": 1024,
			"max-num-seqs": 256}},
		RegimeLoad{Clients: 24, Input: 100, Output: 20, Every: 20, Long: 30000}},
	{"bandwidth", "decode alone, with much context: steps grow with what they read",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100"}, RegimeLoad{Clients: 64, Input: 2000, Output: 800}},
	{"compute", "prompts alone: steps are far above the ridge",
		Options{Model: "Qwen/Qwen3-8B", GPU: "H100"}, RegimeLoad{Clients: 64, Input: 8000, Output: 2}},
	{"front-end", "a small model on a large GPU makes tokens faster than the API server can write them: prompts wait " +
		"there, and tokens share chunks",
		Options{Model: "Qwen/Qwen3-1.7B-FP8", GPU: "H100"}, RegimeLoad{Clients: 256, Input: 50, Output: 200}},
}

// FindRegime returns a regime by name.
func FindRegime(name string) (Regime, bool) {
	for _, r := range Regimes {
		if r.Name == name {
			return r, true
		}
	}
	return Regime{}, false
}
