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

// An inbox reads a TCP connection together with the kernel's receive stamps (SO_TIMESTAMPNS) and its word on what is
// left (TCP_INQ).
type inbox struct {
	raw     syscall.RawConn
	try     func(fd uintptr) bool // receive, bound once
	msg     syscall.Msghdr
	iov     syscall.Iovec
	control [8]uint64 // control messages; aligned
	stamp   syscall.Timespec
	stamped bool
	left    int32 // bytes that wait still, an end counts as one; below 0: not told
	n       int
	failed  syscall.Errno
}

// tcpINQ asks for a control message with what is left to read (Linux 4.18); the message has the same number.
const tcpINQ = 36

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
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpINQ, 1) // where it is refused, nothing is told
		refused = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1)
	})
	if err != nil || refused != nil {
		return nil
	}
	b := &inbox{raw: raw}
	b.try = b.receive
	b.msg.Iov, b.msg.Iovlen, b.msg.Control = &b.iov, 1, (*byte)(unsafe.Pointer(&b.control))
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

// pump hands over what comes until took wants no more. Having taken all that was there, it waits without asking again:
// nothing is lost by that inside one call of the connection's Read.
func (b *inbox) pump(p []byte, took func(n int, age time.Duration) bool) error {
	b.iov.Base = &p[0]
	b.iov.SetLen(len(p))
	enough := false
	err := b.raw.Read(func(fd uintptr) bool {
		for b.receive(fd) {
			if b.failed != 0 || b.n == 0 {
				return true
			}
			if enough = !took(b.n, b.age()); enough {
				return true
			}
			if b.left == 0 {
				return false
			}
		}
		return false
	})
	switch {
	case err != nil:
		return err
	case enough:
		return nil
	case b.failed != 0:
		return os.NewSyscallError("read", b.failed)
	}
	return io.EOF
}

// receive takes what is there; false: nothing is, wait. The call never blocks, so the scheduler need not know of it.
func (b *inbox) receive(fd uintptr) bool {
	b.msg.SetControllen(int(unsafe.Sizeof(b.control)))
	n, _, failed := syscall.RawSyscall(syscall.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&b.msg)), 0)
	b.n, b.failed = int(n), failed
	if failed == 0 {
		b.listen()
	}
	return failed != syscall.EAGAIN
}

// listen reads the control messages.
func (b *inbox) listen() {
	b.stamped, b.left = false, -1
	for at := uintptr(0); at+unsafe.Sizeof(syscall.Cmsghdr{}) <= uintptr(b.msg.Controllen); {
		head := (*syscall.Cmsghdr)(unsafe.Add(unsafe.Pointer(&b.control), at))
		data := unsafe.Add(unsafe.Pointer(head), unsafe.Sizeof(*head))
		switch {
		case head.Level == syscall.SOL_SOCKET && head.Type == syscall.SCM_TIMESTAMPNS:
			b.stamp, b.stamped = *(*syscall.Timespec)(data), true
		case head.Level == syscall.IPPROTO_TCP && head.Type == tcpINQ:
			b.left = *(*int32)(data)
		}
		if head.Len < uint64(unsafe.Sizeof(*head)) {
			return
		}
		at += (uintptr(head.Len) + 7) &^ 7
	}
}

// quiet reports whether nothing waits to be read, neither bytes nor an end. Where the system does not tell, it is
// hoped.
func (b *inbox) quiet() bool {
	if b == nil {
		return true
	}
	is := false
	err := b.raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, failed := syscall.Syscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&one)), 1,
			syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		is = failed == syscall.EAGAIN
		return true
	})
	return err == nil && is
}

func (b *inbox) age() time.Duration {
	if !b.stamped {
		return 0
	}
	return max(0, time.Since(time.Unix(b.stamp.Unix())))
}
