package vllm

import "strings"

// A Card is a GPU as its data sheet and its driver tell: no efficiency, nothing fitted.
type Card struct {
	Name      string
	MemoryGiB float64 // what the driver reports as total
	Bandwidth float64 // bytes/s
	BF16      float64 // dense FLOP/s
	FP8       float64 // dense FLOP/s; equal to BF16 where the card has no FP8 units
	NVLink    float64 // bytes/s per direction; 0: PCIe only
	PCIe      float64 // bytes/s per direction
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
}

// FindCard resolves "rtx4090", "RTX 4090" or "NVIDIA GeForce RTX 4090" to a card.
func FindCard(name string) (Card, bool) {
	key := squeeze(name)
	for _, c := range Cards {
		if strings.Contains(key, squeeze(c.Name)) {
			return c, true
		}
	}
	return Card{}, false
}

func squeeze(s string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
}
