//go:build unix

package telemetry

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// A child with children of its own ends with them, and one that left its group does not hold the step.
func TestAChildsChildrenEndWithIt(t *testing.T) {
	for _, leaves := range []string{"", "setsid "} {
		if leaves != "" && !hasSetsid() {
			continue
		}
		pids := make(chan int, 1)
		script := leaves + "sh -c 'echo $$; exec sleep 600' & wait"
		w, err := child{source: results.Engine, read: readPID(pids), command: shell(script)}.follow(t.Context(),
			clock.NewWall(), 0, func(results.Sample) {})
		if err != nil {
			t.Fatal(err)
		}
		pid := <-pids
		ended := make(chan struct{})
		go func() { w.Stop(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Fatalf("%q: its grandchild holds it", script)
		}
		alive := gone(pid)
		if leaves == "" && alive {
			t.Errorf("grandchild %d lives on", pid)
		}
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// gone waits a little for a process to be no more, and tells whether it still is.
func gone(pid int) (alive bool) {
	for range 100 {
		if syscall.Kill(pid, 0) != nil {
			return false
		}
		if state(pid) == "Z" {
			return false
		}
		time.Sleep(10 * time.Millisecond)
	}
	return true
}

// state is a process's, where Linux tells: Z has ended and nobody asked how.
func state(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	return rest[:min(1, len(rest))]
}

func hasSetsid() bool {
	_, err := exec.LookPath("setsid")
	return err == nil
}

func shell(script string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "/bin/sh", "-c", script) }
}

// readPID hands on the number in the first line, and reads to the end.
func readPID(pids chan<- int) func(io.Reader, func() time.Duration, func(results.Sample)) {
	return func(out io.Reader, _ func() time.Duration, _ func(results.Sample)) {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if n, err := strconv.Atoi(strings.TrimSpace(lines.Text())); err == nil {
				pids <- n
			}
		}
	}
}
