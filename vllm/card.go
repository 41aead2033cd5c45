package vllm

import (
	"regexp"
	"strings"
)

// A Card is a GPU as its data sheet and its driver tell: no efficiency, nothing fitted.
type Card struct {
	Name      string  `json:"name"`
	MemoryGiB float64 `json:"memory_gib"`                  // what the driver reports as total
	Bandwidth float64 `json:"bandwidth_bytes_per_s"`       // bytes/s
	BF16      float64 `json:"bf16_flop_per_s"`             // dense FLOP/s
	FP8       float64 `json:"fp8_flop_per_s"`              // dense FLOP/s; equal to BF16 where the card has no FP8 units
	NVLink    float64 `json:"nvlink_bytes_per_s,omitzero"` // bytes/s per direction; 0: PCIe only
	PCIe      float64 `json:"pcie_bytes_per_s"`            // bytes/s per direction

	aliases []string // other names that nvidia-smi prints
}

// Cards are the GPUs known here. Peaks: aiconfigurator systems tables (dense); 3090 and 4090: NVIDIA data sheets.
var Cards = []Card{
	{Name: "H100", MemoryGiB: 79.18, Bandwidth: 3.35e12, BF16: 989e12, FP8: 1978e12, NVLink: 450e9, PCIe: 64e9},
	{Name: "H200", MemoryGiB: 139.8, Bandwidth: 4.8e12, BF16: 989e12, FP8: 1978e12, NVLink: 450e9, PCIe: 64e9},
	{Name: "A100", MemoryGiB: 79.15, Bandwidth: 2.039e12, BF16: 312e12, FP8: 312e12, NVLink: 300e9, PCIe: 32e9},
	{Name: "L40S", MemoryGiB: 44.4, Bandwidth: 864e9, BF16: 362e12, FP8: 733e12, PCIe: 32e9},
	{Name: "RTX 4090", MemoryGiB: 23.52, Bandwidth: 1.008e12, BF16: 165e12, FP8: 330e12, PCIe: 32e9},
	{Name: "RTX 3090", MemoryGiB: 23.57, Bandwidth: 936e9, BF16: 71e12, FP8: 71e12, NVLink: 56e9, PCIe: 32e9},
	{Name: "RTX PRO 6000", MemoryGiB: 94.97, Bandwidth: 1.792e12, BF16: 467.8e12, FP8: 935.6e12, PCIe: 64e9},

	// From here on by NVIDIA's data sheets alone; memory as PyTorch's messages on such cards have it, to some 0.3 GiB.
	{Name: "T4", MemoryGiB: 14.6, Bandwidth: 320e9, BF16: 65e12, FP8: 65e12, PCIe: 16e9}, // 16 bit is fp16 there
	{Name: "L4", MemoryGiB: 22.0, Bandwidth: 300e9, BF16: 121e12, FP8: 242e12, PCIe: 32e9},
	{Name: "L40", MemoryGiB: 44.4, Bandwidth: 864e9, BF16: 181e12, FP8: 362e12, PCIe: 32e9},
	{Name: "A10", MemoryGiB: 22.0, Bandwidth: 600e9, BF16: 125e12, FP8: 125e12, PCIe: 32e9},
	{Name: "A10G", MemoryGiB: 22.1, Bandwidth: 600e9, BF16: 70e12, FP8: 70e12, PCIe: 32e9},
	{Name: "A30", MemoryGiB: 23.5, Bandwidth: 933e9, BF16: 165e12, FP8: 165e12, NVLink: 100e9, PCIe: 32e9},
	{Name: "A40", MemoryGiB: 44.4, Bandwidth: 696e9, BF16: 149.7e12, FP8: 149.7e12, PCIe: 32e9},
	{Name: "A100 40GB", MemoryGiB: 39.4, Bandwidth: 1.555e12, BF16: 312e12, FP8: 312e12, NVLink: 300e9, PCIe: 32e9,
		aliases: []string{"A100-SXM4-40GB", "A100-PCIE-40GB"}},
	{Name: "A100 PCIe", MemoryGiB: 79.15, Bandwidth: 1.935e12, BF16: 312e12, FP8: 312e12, PCIe: 32e9,
		aliases: []string{"A100 80GB PCIe", "A100-PCIE-80GB"}},
	{Name: "A6000", MemoryGiB: 47.5, Bandwidth: 768e9, BF16: 154.8e12, FP8: 154.8e12, PCIe: 32e9},
	{Name: "RTX 6000 Ada", MemoryGiB: 47.5, Bandwidth: 960e9, BF16: 182e12, FP8: 364e12, PCIe: 32e9},
	{Name: "RTX 5090", MemoryGiB: 31.4, Bandwidth: 1.792e12, BF16: 209.5e12, FP8: 419e12, PCIe: 64e9},
	{Name: "H100 PCIe", MemoryGiB: 79.2, Bandwidth: 2.0e12, BF16: 756e12, FP8: 1513e12, PCIe: 64e9},
	{Name: "H100 NVL", MemoryGiB: 93.1, Bandwidth: 3.9e12, BF16: 835e12, FP8: 1671e12, NVLink: 300e9, PCIe: 64e9},
	{Name: "H20", MemoryGiB: 95.1, Bandwidth: 4.0e12, BF16: 148e12, FP8: 296e12, NVLink: 450e9, PCIe: 64e9},
	{Name: "B200", MemoryGiB: 178.4, Bandwidth: 7.7e12, BF16: 2250e12, FP8: 4500e12, NVLink: 900e9, PCIe: 64e9},
}

// CardNames are the names of the cards known here, in words.
func CardNames() string {
	var names []string
	for _, c := range Cards {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// slice is how nvidia-smi names a part of a GPU: "MIG 3g.40gb".
var slice = regexp.MustCompile(`(?i)\bMIG[ -]?[0-9]+[cg]`)

// FindCard resolves "rtx4090", "RTX 4090" or "NVIDIA GeForce RTX 4090" to a card, the one with the longest name where
// several fit. A MIG slice is none of them.
func FindCard(name string) (card Card, found bool) {
	if slice.MatchString(name) {
		return Card{}, false
	}
	longest := 0
	for _, c := range Cards {
		for _, called := range append([]string{c.Name}, c.aliases...) {
			if n := len(squeeze(called)); n > longest && names(name, squeeze(called)) {
				card, found, longest = c, true, n
			}
		}
	}
	return card, found
}

// names reports whether a text has a squeezed name in it, wherever spaces, hyphens and underscores stand, that no digit
// goes on: an A1000 is no A100, but an "A100 80GB" is one, and a GH200 is no H200.
func names(text, name string) bool {
	text = strings.ToLower(text)
	for start := range len(text) {
		if start > 0 && text[start-1] == 'g' {
			continue
		}
		rest, left := text[start:], name
		for left != "" && rest != "" && (rest[0] == left[0] || len(left) < len(name) && strings.Contains(" -_", rest[:1])) {
			if rest[0] == left[0] {
				left = left[1:]
			}
			rest = rest[1:]
		}
		if left == "" && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return true
		}
	}
	return false
}

func squeeze(s string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
}
