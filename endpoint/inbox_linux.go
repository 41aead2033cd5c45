//go:build amd64 || arm64

package endpoint

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// An inbox reads a TCP connection together with the kernel's receive stamps (SO_TIMESTAMPNS).
type inbox struct {
	raw   syscall.RawConn
	try   func(fd uintptr) bool // receive, bound once
	msg   syscall.Msghdr
	iov   syscall.Iovec
	stamp struct { // a control message
		head syscall.Cmsghdr
		at   syscall.Timespec
	}
	n      int
	failed syscall.Errno
}

// openInbox turns the stamps on. It is nil when conn is not TCP or the kernel refuses.
func openInbox(conn net.Conn) *inbox {
	tcp, is := conn.(*net.TCPConn)
	if !is {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	var refused error
	err = raw.Control(func(fd uintptr) {
		refused = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1)
	})
	if err != nil || refused != nil {
		return nil
	}
	b := &inbox{raw: raw}
	b.try = b.receive
	b.msg.Iov, b.msg.Iovlen, b.msg.Control = &b.iov, 1, (*byte)(unsafe.Pointer(&b.stamp))
	return b
}

// read reads once; age is for how long the last of its bytes have been here, 0 when the kernel does not tell.
func (b *inbox) read(p []byte) (n int, age time.Duration, err error) {
	if len(p) == 0 {
		return 0, 0, nil
	}
	b.iov.Base = &p[0]
	b.iov.SetLen(len(p))
	switch err = b.raw.Read(b.try); {
	case err != nil:
		return 0, 0, err
	case b.failed != 0:
		return 0, 0, os.NewSyscallError("read", b.failed)
	case b.n == 0:
		return 0, 0, io.EOF
	}
	return b.n, b.age(), nil
}

// receive takes what is there; false: nothing is, wait. The call never blocks, so the scheduler need not know of it.
func (b *inbox) receive(fd uintptr) bool {
	b.msg.SetControllen(int(unsafe.Sizeof(b.stamp)))
	n, _, failed := syscall.RawSyscall(syscall.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&b.msg)), 0)
	b.n, b.failed = int(n), failed
	return failed != syscall.EAGAIN
}

// quiet tells that nothing waits to be read, neither bytes nor an end. Where the system does not tell, it is hoped.
func (b *inbox) quiet() bool {
	if b == nil {
		return true
	}
	is := false
	err := b.raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, failed := syscall.Syscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&one)), 1, syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		is = failed == syscall.EAGAIN
		return true
	})
	return err == nil && is
}

func (b *inbox) age() time.Duration {
	if b.msg.Controllen == 0 || b.stamp.head.Level != syscall.SOL_SOCKET || b.stamp.head.Type != syscall.SCM_TIMESTAMPNS {
		return 0
	}
	return max(0, time.Since(time.Unix(b.stamp.at.Unix())))
}
