package vllm

import "testing"

// Published: params of the linear layers, all params, KV bytes per token in 16 bit (docs/research/vllm.md 2.4).
func TestModelShapes(t *testing.T) {
	for _, c := range []struct {
		name          string
		linear, total float64
		kv            int
	}{
		{"Qwen/Qwen3-1.7B", 1409286144, 1720574976, 114688},
		{"Qwen/Qwen3-8B", 6945767424, 8190735360, 147456},
		{"Qwen/Qwen3-32B", 31205621760, 32762123264, 262144},
		{"meta-llama/Llama-3.1-8B-Instruct", 6979321856, 8030261248, 131072},
		{"meta-llama/Llama-3.1-70B", 68451041280, 70553706496, 327680},
	} {
		m, q, ok := FindModel(c.name)
		if !ok || q != BF16 {
			t.Errorf("%s: %v %v", c.name, q, ok)
			continue
		}
		if m.LinearParams() != c.linear {
			t.Errorf("%s: %.0f linear params, want %.0f", c.name, m.LinearParams(), c.linear)
		}
		if norms := c.total - m.LinearParams() - m.embeddingParams(); norms < 0 || norms > 2e6 {
			t.Errorf("%s: %.0f params left for norms", c.name, norms)
		}
		if kv := m.kvBytesPerToken("auto", 1); kv != c.kv {
			t.Errorf("%s: %d KV bytes per token, want %d", c.name, kv, c.kv)
		}
		if fp8 := m.kvBytesPerToken("fp8_e4m3", 2); fp8 != c.kv/4 {
			t.Errorf("%s: fp8 over two GPUs: %d, want %d", c.name, fp8, c.kv/4)
		}
	}
}

func TestQuantisationIsInTheName(t *testing.T) {
	for name, want := range map[string]Quant{"Qwen/Qwen3-8B-AWQ": AWQ, "Qwen/Qwen3-1.7B-FP8": FP8, "qwen3-8b": BF16,
		"RedHat/Qwen3-32B-quantized.w4a16": AWQ} {
		if _, q, ok := FindModel(name); !ok || q != want {
			t.Errorf("%s: %v %v", name, q, ok)
		}
	}
	for _, name := range []string{"Qwen/Qwen3-80B", "m", "", "Qwen/Qwen3-8Bx"} {
		if m, _, ok := FindModel(name); ok {
			t.Errorf("%s is taken for %s", name, m.Name)
		}
	}
}

func TestHeadsThatDoNotSplit(t *testing.T) {
	m, _, _ := FindModel("Qwen3-32B")
	for tp, want := range map[int]bool{1: true, 2: true, 3: false, 4: true, 5: false, 6: false, 8: true, 16: true,
		0: false} {
		if m.SplitsEvenly(tp) != want {
			t.Errorf("%d GPUs: %v", tp, !want)
		}
	}
}

func TestFlagsInAnySpelling(t *testing.T) {
	for spelling, want := range map[string]string{
		"--max-num-seqs": MaxNumSeqs, "max_num_seqs": MaxNumSeqs, "--kv_cache_dtype": KVCacheDtype, "-tp": TensorParallelSize,
		"--enable_prefix_caching": PrefixCaching,
	} {
		if f, off, ok := FindFlag(spelling); !ok || off || f.Name != want {
			t.Errorf("%s: %v %v %v", spelling, f.Name, off, ok)
		}
	}
	if f, off, ok := FindFlag("--no-enable-prefix-caching"); !ok || !off || f.Name != PrefixCaching {
		t.Errorf("no-: %v %v %v", f.Name, off, ok)
	}
	if _, _, ok := FindFlag("--no-max-num-seqs"); ok {
		t.Error("a number is turned off")
	}
}

// By memory, the A100 an exception (docs/research/vllm.md 4.1).
func TestDefaultsDependOnTheCard(t *testing.T) {
	for name, want := range map[string][2]int{"H100": {8192, 1024}, "NVIDIA A100-SXM4-80GB": {2048, 256},
		"NVIDIA GeForce RTX 4090": {2048, 256}, "l40s": {2048, 256}, "RTX PRO 6000": {8192, 1024}} {
		c, ok := FindCard(name)
		if d := DefaultsFor(c); !ok || d.MaxNumBatchedTokens != want[0] || d.MaxNumSeqs != want[1] {
			t.Errorf("%s: %v %+v", name, ok, d)
		}
	}
}
