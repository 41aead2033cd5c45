package calibration

import (
	"runtime"
	"syscall"
	"time"
)

// nap sleeps in the kernel: the runtime's own timers wake on whole milliseconds when nothing else happens.
func nap(d time.Duration) {
	spec := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&spec, nil) // interrupted: the pacer looks at its clock anyway
}

// ownThread keeps the pacer's thread to itself, beside one for the connections.
func ownThread() {
	runtime.LockOSThread()
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
}
