//go:build unix

package telemetry

import (
	"math"
	"syscall"
	"time"
)

// processTime is the CPU time that this process has used.
func processTime() (used time.Duration, told bool) {
	var use syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), err == nil
}

// FileLimit is how many files this process may hold open, which Go has raised as far as it may; 0: the system does not
// tell.
func FileLimit() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32))
}
