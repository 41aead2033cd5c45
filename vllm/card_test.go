package vllm

import "testing"

// Cards are found by the names that nvidia-smi prints and people write, and no other card is taken for one of them.
func TestFindCard(t *testing.T) {
	for name, want := range map[string]string{
		"NVIDIA H100 80GB HBM3": "H100", "NVIDIA H100 PCIe": "H100 PCIe", "NVIDIA H100 NVL": "H100 NVL",
		"H100-SXM5-80GB": "H100", "NVIDIA H200": "H200", "NVIDIA H20": "H20", "NVIDIA A100-SXM4-80GB": "A100",
		"NVIDIA A100-SXM4-40GB": "A100 40GB",
		"NVIDIA A100-PCIE-40GB": "A100 40GB", "NVIDIA A100 80GB PCIe": "A100 PCIe", "NVIDIA A100-SXM4-80GB MIG 3g.40gb": "",
		"NVIDIA GH200 480GB": "", "NVIDIA GB200": "", "GB10": "", "A100 40GB": "A100 40GB", "a100": "A100",
		"NVIDIA A10": "A10", "NVIDIA A10G": "A10G", "NVIDIA L4": "L4", "NVIDIA L40": "L40", "NVIDIA L40S": "L40S",
		"Tesla T4": "T4", "NVIDIA GeForce RTX 4090": "RTX 4090", "rtx4090": "RTX 4090", "rtx_5090": "RTX 5090",
		"NVIDIA RTX A6000": "A6000", "NVIDIA RTX 6000 Ada Generation": "RTX 6000 Ada",
		"NVIDIA RTX PRO 6000 Blackwell Server Edition": "RTX PRO 6000", "NVIDIA B200": "B200", "NVIDIA A30": "A30",
		"NVIDIA A40":       "A40",
		"NVIDIA RTX A1000": "", "NVIDIA T400": "", "NVIDIA A4000": "", "NVIDIA RTX A4000": "", "MI300X": "", "": "",
		"NVIDIA A3000": "",
	} {
		if got, ok := FindCard(name); got.Name != want || ok != (want != "") {
			t.Errorf("%s: %q", name, got.Name)
		}
	}
	for _, c := range Cards {
		if got, _ := FindCard(c.Name); got.Name != c.Name {
			t.Errorf("%s is found as %s", c.Name, got.Name)
		}
		if c.MemoryGiB < 10 || c.Bandwidth < 1e11 || c.BF16 < 1e13 || c.FP8 < c.BF16 || c.PCIe == 0 {
			t.Errorf("%+v", c)
		}
	}
}
