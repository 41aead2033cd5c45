//go:build unix

package simulator

import "syscall"

// writeNow writes what the kernel has room for: the descriptor does not block.
func writeNow(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
