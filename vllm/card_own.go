package vllm

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OwnCard is a card that is told by its numbers: memory in GiB, bandwidth in GB/s and bf16 in TFLOPS, dense, each with
// a unit if wanted; fp8 (TFLOPS), nvlink and pcie (GB/s per direction) and a name may be told. The error names every
// fault.
func OwnCard(told map[string]string) (Card, error) {
	c := Card{Name: "own card", PCIe: 32e9}
	var faults []string
	for _, key := range slices.Sorted(maps.Keys(told)) {
		if key == "name" {
			c.Name = told[key]
			continue
		}
		into := map[string]*float64{"memory": &c.MemoryGiB, "bandwidth": &c.Bandwidth, "bf16": &c.BF16, "fp8": &c.FP8,
			"nvlink": &c.NVLink, "pcie": &c.PCIe}[key]
		if into == nil {
			faults = append(faults, fmt.Sprintf("%s is no number of a card: expected memory, bandwidth, bf16, and if wanted "+
				"fp8, nvlink, pcie and name", key))
			continue
		}
		v, err := quantity(key, told[key])
		if *into = v; err != nil {
			faults = append(faults, err.Error())
		}
	}
	for _, key := range []string{"memory", "bandwidth", "bf16"} {
		if _, ok := told[key]; !ok {
			faults = append(faults, key+" is missing: expected such as {memory: 80 GiB, bandwidth: 2039 GB/s, bf16: 312 TFLOPS}")
		}
	}
	c.FP8 = max(c.FP8, c.BF16)
	if len(faults) > 0 {
		return c, fmt.Errorf("%s", strings.Join(faults, "; "))
	}
	return c, nil
}

var measure = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)\s*([A-Za-z/]*)$`)

// quantity reads a number of a card and its unit.
func quantity(key, text string) (float64, error) {
	units := map[string]float64{"": 1e9, "gb/s": 1e9, "tb/s": 1e12}
	least, most, such := 1e9, 100e12, "864 GB/s"
	switch key {
	case "memory":
		units = map[string]float64{"": 1, "gib": 1, "mib": 1. / 1024, "gb": 1e9 / gib, "tib": 1024}
		least, most, such = 1, 4096, "79.2 GiB, as nvidia-smi tells it"
	case "bf16", "fp8":
		units = map[string]float64{"": 1e12, "tflops": 1e12, "tflop/s": 1e12, "pflops": 1e15}
		least, most, such = 1e12, 100e15, "312 TFLOPS, dense"
	case "bandwidth":
		least = 10e9
	}
	m := measure.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil || units[strings.ToLower(m[2])] == 0 {
		return 0, fmt.Errorf("%s is %s: expected such as %s", key, strconv.Quote(text), such)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	v := n * units[strings.ToLower(m[2])]
	if err != nil || v < least || v > most {
		return 0, fmt.Errorf("%s is %s, which no card has: expected such as %s", key, text, such)
	}
	return v, nil
}
