package telemetry

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/vllm"
)

// iteration is the line that --enable-logging-iteration-details makes the engine print: older servers from the engine
// itself, newer ones from the front end, with the engine's number in front. What it calls elapsed is how long somebody
// waited, not the step's time where scheduling is asynchronous, and is not read.
var iteration = regexp.MustCompile(`(?:Engine (\d+): )?Iteration\((\d+)\): (\d+) context requests, (\d+) context ` +
	`tokens, (\d+) generation requests, (\d+) generation tokens\b`)

var stepNames = []string{vllm.StepIndex, vllm.StepContextRequests, vllm.StepContextTokens, vllm.StepGenerationRequests,
	vllm.StepGenerationTokens}

// ParseIteration reads one line of an engine's log; ok is false when it tells of no step, or of numbers that are none.
func ParseIteration(line string, at time.Duration) (samples []results.Sample, ok bool) {
	m := iteration.FindStringSubmatch(line)
	if m == nil {
		return nil, false
	}
	engine, _ := strconv.Atoi(m[1]) // 0 where the line does not tell
	for i, text := range m[2:] {
		n, err := strconv.ParseInt(text, 10, 53)
		if err != nil {
			return nil, false
		}
		samples = append(samples, results.Sample{At: at, Source: results.Engine, Name: stepNames[i],
			Label: strconv.Itoa(engine), Value: float64(n)})
	}
	return samples, true
}

// StartLog starts command, whose output is an engine's log from now on (["tail", "-n", "0", "-F", "vllm.log"],
// ["docker", "logs", "-f", "--tail", "0", "vllm"]; with ["cat"] it is our standard input), and hands each step's
// samples to sink, from a goroutine of its own, until Stop or the end of ctx. Times are when a line was read, from
// start on clk. The error says that there is no such command. When it ends by itself, a missing Scrape says so.
func StartLog(ctx context.Context, clk clock.Clock, command []string, start time.Duration,
	sink func(results.Sample)) (*childWatch, error) {
	log := child{source: results.Engine, read: readLog, command: func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Stdin, cmd.WaitDelay = os.Stdin, time.Second
		return cmd
	}}
	log.both = true // servers log to standard error, and so does docker
	w, err := log.follow(ctx, clk, start, sink)
	if err != nil {
		return nil, fmt.Errorf("no engine log is followed: %w", err)
	}
	return w, nil
}

// readLog takes the steps out of a log until its end. A line too long to be one is passed over.
func readLog(out io.Reader, since func() time.Duration, sink func(results.Sample)) {
	in := bufio.NewReaderSize(out, 1<<16)
	for {
		line, more, err := in.ReadLine()
		if err != nil {
			return
		}
		if more {
			continue
		}
		samples, _ := ParseIteration(string(line), since())
		for _, s := range samples {
			sink(s)
		}
	}
}
