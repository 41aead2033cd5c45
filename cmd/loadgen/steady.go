package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

const (
	steadyFiles = 16 << 10 // open files that the kernel's table is made ready for, 128 KiB
	steadyHeap  = 16 << 20 // bytes that the heap counts as used from the start, never touched
)

// steady does before a measurement what would otherwise interrupt it. The table of open files grows by doubling, and the
// kernel lets every thread wait some 10 ms for it each time; and on one core a young heap, which is collected at 4 MB and so again and
// again in a ramp, lets every goroutine that allocates wait for the collector. Keep what it returns alive as long as the
// measurement. GOGC of the environment wins.
func steady() (ballast []byte) {
	reserveFiles(steadyFiles)
	if os.Getenv("GOGC") != "" {
		return nil
	}
	debug.SetGCPercent(200)
	ballast = make([]byte, steadyHeap)
	runtime.GC() // from here it counts
	return ballast
}

// reserveFiles has the kernel make its table of open files as large as for n of them; a lower limit stays as it is.
func reserveFiles(n int) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return
	}
	defer null.Close()
	fd, _, failed := syscall.Syscall(syscall.SYS_FCNTL, null.Fd(), syscall.F_DUPFD_CLOEXEC, uintptr(n-1))
	if failed == 0 {
		_ = syscall.Close(int(fd))
	}
}
