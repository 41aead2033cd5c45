//go:build unix

package telemetry

import (
	"syscall"
	"time"
)

// processTime is the CPU time that this process has used.
func processTime() (used time.Duration, told bool) {
	var use syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), err == nil
}
