package main

import (
	"context"
	"strings"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/telemetry"
)

// engineLogs follows the engine log of each target that a command was given for: COMMAND where there is one target,
// TARGET=COMMAND else. It is nil when none was given.
func engineLogs(t *terminal, clk clock.Clock, targets []scenarios.Target,
	given []string) (func(context.Context, scenarios.Target, time.Duration, func(results.Sample)) func(), error) {
	if len(given) == 0 {
		return nil, nil
	}
	commands := map[string][]string{}
	for _, g := range given {
		name, command := logTarget(targets, g)
		if name == "" || len(command) == 0 {
			return nil, fail(exitUsage, "write --engine-log TARGET=COMMAND", "%q does not tell whose engine log it is", g)
		}
		commands[name] = command
	}
	return func(ctx context.Context, tg scenarios.Target, start time.Duration, sink func(results.Sample)) func() {
		if commands[tg.Name] == nil {
			return func() {}
		}
		w, err := telemetry.StartLog(ctx, clk, commands[tg.Name], start, sink)
		if err != nil {
			t.note("%s: %v", tg.Name, err)
			return func() {}
		}
		return w.Stop
	}, nil
}

// logTarget cuts TARGET= off a command; without it the only target is meant.
func logTarget(targets []scenarios.Target, given string) (name string, command []string) {
	for _, t := range targets {
		if rest, ok := strings.CutPrefix(given, t.Name+"="); ok {
			return t.Name, strings.Fields(rest)
		}
	}
	if len(targets) == 1 {
		return targets[0].Name, strings.Fields(given)
	}
	return "", nil
}
