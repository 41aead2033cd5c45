//go:build unix

package results

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// lockFile locks an open file until it is closed or its process ends, however it ends. Subtle: the file is a directory,
// so that no other file stands in a run for it. Where the file system has no locks, nothing is taken.
func lockFile(f *os.File) (holder string, taken bool) {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != syscall.EWOULDBLOCK {
		return "", false
	}
	return holderOf(f), true
}

// holderOf is who holds a lock, as far as Linux tells.
func holderOf(f *os.File) string {
	var stat syscall.Stat_t
	locks, err := os.ReadFile("/proc/locks")
	if err == nil && syscall.Fstat(int(f.Fd()), &stat) == nil {
		for line := range strings.Lines(string(locks)) { // 1: FLOCK ADVISORY WRITE 4711 fe:00:262153 0 EOF
			fields := strings.Fields(line)
			if len(fields) > 5 && fields[1] == "FLOCK" && strings.HasSuffix(fields[5], ":"+strconv.FormatUint(stat.Ino, 10)) {
				return "process " + fields[4]
			}
		}
	}
	return "another process"
}
