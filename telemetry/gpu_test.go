package telemetry

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// smi writes a stand-in for nvidia-smi and returns the command.
func smi(t *testing.T, body string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nvidia-smi")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o777); err != nil {
		t.Fatal(err)
	}
	return []string{"/bin/sh", path}
}

// collect starts a watch, waits for n samples and stops it.
func collect(t *testing.T, command []string, n int) []results.Sample {
	t.Helper()
	samples := make(chan results.Sample, 64)
	w, err := StartGPU(t.Context(), clock.NewWall(), command, 0, 250*time.Millisecond,
		func(s results.Sample) { samples <- s })
	if err != nil {
		t.Fatal(err)
	}
	var got []results.Sample
	for len(got) < n {
		s := <-samples
		if s.At <= 0 {
			t.Errorf("read at %v", s.At)
		}
		s.At = 0
		got = append(got, s)
	}
	w.Stop()
	return got
}

func TestGPUsAreReadLineByLine(t *testing.T) {
	// the arguments are looked at by the stand-in, and it runs until it is killed
	got := collect(t, smi(t, `
case "$*" in "--query-gpu=index,memory.total,memory.used,"*" --format=csv,noheader,nounits -lms 250") ;;
*) echo "bad: $*"; exit 1;; esac
echo "0, 24564, 20311, 97, 301.22, 450.00, 2520, 0x0000000000000004, 66"
echo "some message"
echo "1, 81559, [N/A], 0, 70.5, 700.00, 1980, 0x0000000000000001, [N/A]"
exec sleep 100
`), 16)
	values := map[string]float64{}
	missing := map[string]bool{}
	for _, s := range got {
		values[s.Label+" "+s.Name] = s.Value
		if s.Missing {
			missing[s.Label+" "+s.Name] = true
		}
	}
	want := map[string]float64{
		"0 memory.total": 24564, "0 memory.used": 20311, "0 utilization.gpu": 97, "0 power.draw": 301.22,
		"0 power.limit": 450, "0 clocks.sm": 2520,
		"0 clocks_throttle_reasons.active": 4, "0 temperature.gpu": 66,
		"1 memory.total": 81559, "1 memory.used": 0, "1 utilization.gpu": 0, "1 power.draw": 70.5, "1 power.limit": 700,
		"1 clocks.sm":                      1980,
		"1 clocks_throttle_reasons.active": 1, "1 temperature.gpu": 0,
	}
	if !reflect.DeepEqual(values, want) ||
		!reflect.DeepEqual(missing, map[string]bool{"1 memory.used": true, "1 temperature.gpu": true}) {
		t.Errorf("got %v, missing %v", values, missing)
	}
}

func TestAGPUWatchThatEndsByItselfSaysSo(t *testing.T) {
	got := collect(t, smi(t, "exit 9\n"), 1)
	want := results.Sample{Source: results.GPU, Name: scrape, Label: "/bin/sh ended: exit status 9", Missing: true}
	if got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}

func TestNoGPU(t *testing.T) {
	absent := []string{filepath.Join(t.TempDir(), "nvidia-smi")}
	if _, err := StartGPU(t.Context(), clock.NewWall(), absent, 0, time.Second, nil); err == nil ||
		!strings.Contains(err.Error(), "no GPU is watched") {
		t.Errorf("got %v", err)
	}
	if _, err := GPUs(context.Background(), absent); err == nil {
		t.Error("cards without nvidia-smi")
	}
}

func TestCardsAreListed(t *testing.T) {
	got, err := GPUs(t.Context(), smi(t, `echo "0, 24564, NVIDIA GeForce RTX 4090"
echo "1, [N/A], NVIDIA L40S, special"
`))
	if err == nil {
		t.Errorf("a name that breaks the line was read: %v", got)
	}
	got, err = GPUs(t.Context(), smi(t, `echo "0, 24564, NVIDIA GeForce RTX 4090"
echo "1, [N/A], NVIDIA GB10"
`))
	want := []results.GPUInfo{{Index: 0, Name: "NVIDIA GeForce RTX 4090", MemoryMiB: 24564},
		{Index: 1, Name: "NVIDIA GB10"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
