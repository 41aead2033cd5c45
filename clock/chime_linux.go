package clock

import (
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Chime has the kernel wake this process at each of the rising instants until stop is called, so that who sleeps until
// one is not late: by themselves the runtime's timers wake an idle process on whole milliseconds. It never is an error:
// without it sleepers are late as they were.
func (w *wall) Chime(at []time.Duration) (stop func()) {
	// 1: monotonic
	fd, _, failed := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, 1, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if failed != 0 {
		return func() {}
	}
	timer := os.NewFile(fd, "timer")
	var ended sync.WaitGroup
	ended.Go(func() {
		var fired [8]byte
		for _, t := range at {
			wait := t - w.Now()
			if wait <= 0 {
				continue
			}
			if arm(timer, wait) != nil {
				return
			}
			if _, err := timer.Read(fired[:]); err != nil {
				return
			}
		}
	})
	return func() {
		_ = timer.Close()
		ended.Wait()
	}
}

// arm has the timer fire once, after a while.
func arm(timer *os.File, wait time.Duration) error {
	raw, err := timer.SyscallConn()
	if err != nil {
		return err
	}
	setting := [2]syscall.Timespec{{}, syscall.NsecToTimespec(int64(wait))} // no period
	var failed syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, failed = syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&setting)), 0, 0, 0)
	})
	if err == nil && failed != 0 {
		err = failed
	}
	return err
}
