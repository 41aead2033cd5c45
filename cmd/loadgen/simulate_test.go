package main

import (
	"reflect"
	"testing"
	"time"

	"loadgen/simulator"
	"loadgen/simulator/machine"
)

// Each of our flags sets its option, and vLLM's own lie on top of a regime's.
func TestSimulateFlags(t *testing.T) {
	o, err := parseSimulate([]string{"--regime=kv-memory", "--gpu", "L40S", "--speed", "2", "--port", "1", "--taken",
		"1.5", "--link", "p2p",
		"--fault", "stall=0.5@3/2s", "--fault=500=0.1", "--slow", "2@1s-2s", "--slow", "3@5s-6s", "--max-num-seqs", "7",
		"--max-model-len", "8192"})
	if err != nil {
		t.Fatal(err)
	}
	regime, _ := simulator.FindRegime("kv-memory")
	want := simulator.Options{Model: "Qwen/Qwen3-8B-AWQ", GPU: "L40S", Speed: 2, Taken: 1.5, Link: machine.PCIe,
		Faults: []simulator.Fault{{Kind: "stall", Share: .5, Token: 3, For: 2 * time.Second}, {Kind: "500", Share: .1}},
		Slow: []simulator.Slowdown{{From: time.Second, To: 2 * time.Second, Factor: 2},
			{From: 5 * time.Second, To: 6 * time.Second, Factor: 3}},
		Flags: o.Flags}
	if !reflect.DeepEqual(o.Options, want) || o.port != 1 {
		t.Errorf("%+v", o)
	}
	if f := o.Flags; f["max-num-seqs"] == nil || f["max-model-len"] == 16384 || f["gpu-memory-utilization"] != .6 ||
		regime.Options.Flags["max-model-len"] != 16384 {
		t.Errorf("%v, the regime %v", f, regime.Options.Flags)
	}
}
