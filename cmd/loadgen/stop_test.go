//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// A closed terminal ends a run as Ctrl-C does, and a reader that is gone ends nothing.
func TestAClosedTerminalStopsInOrder(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("SIGHUP is ignored here, as under nohup: a closed terminal ends nothing then")
	}
	ctx, stop := stoppable(t.Context())
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	read.Close()
	if _, err := write.WriteString("x"); err == nil {
		t.Error("a closed pipe took a word")
	}
}
