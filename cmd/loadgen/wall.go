package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"slices"
	"time"

	"loadgen/calibration"
	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
	"loadgen/telemetry"
)

// wallEnv is the world of real servers, with a salt of its own. gpu is the command that is nvidia-smi where the GPUs
// are; empty: they are not read.
func wallEnv(t *terminal, yes bool, gpu []string) *sweep.Env {
	clk := clock.NewWall()
	return &sweep.Env{
		Clock: clk, Tool: "loadgen " + version(), Chime: clk.Chime, Salt: rand.Text(),
		Access: func(tg scenarios.Target) endpoint.Options { a, _ := endpoint.FindAccess(tg); return a.Options },
		GPU: func(ctx context.Context, _ scenarios.Target, start time.Duration, sink func(results.Sample)) func() {
			if len(gpu) == 0 {
				return func() {}
			}
			w, err := telemetry.StartGPU(ctx, clk, gpu, start, telemetry.GPUPeriod, sink)
			if err != nil {
				return func() {} // no nvidia-smi here: "not measured"
			}
			return w.Stop
		},
		Cards: func(ctx context.Context, tg scenarios.Target) []results.GPUInfo { return cards(ctx, gpu, tg.GPUs) },
		Self: func(ctx context.Context, start time.Duration, sink func(results.Sample)) func() {
			return telemetry.StartHost(ctx, clk, start, time.Second, sink).Stop
		},
		Waits:  func(target, why string) { t.note("waiting for %s: %s", target, why) },
		Ramped: calibration.ThisHost().Ease, Drained: runtime.GC,
		Busy: func(target string, running, waiting float64) bool {
			return yes || t.agree(fmt.Sprintf("%s already runs others' requests (%.0f running, %.0f waiting); load it all "+
				"the same?", target, running, waiting))
		},
	}
}

// cards are a target's GPUs as nvidia-smi names them: all of the machine's when the scenario lists none.
func cards(ctx context.Context, command []string, ids []int) []results.GPUInfo {
	if len(command) == 0 {
		return nil
	}
	all, err := telemetry.GPUs(ctx, command)
	if err != nil || len(ids) == 0 {
		return all // none without an nvidia-smi
	}
	return slices.DeleteFunc(all, func(g results.GPUInfo) bool { return !slices.Contains(ids, g.Index) })
}
