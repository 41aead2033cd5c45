// Package cluster plays the objects of `loadgen cluster manifest` in a real control plane of Kubernetes: etcd, API
// server and Job controller in this process, and a kubelet of ours.
package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

const (
	inside   = "LOADGEN_TEST_INSIDE" // names the program under test, in the process whose network is its own
	patience = 3 * time.Minute       // for anything that is to come, on a busy machine
)

// TestMain builds loadgen as the Dockerfile does, and starts this program again with a network and mounts of its own:
// only a loopback interface is there, so that ports are free and nobody else reaches them, and nobody needs to be root.
func TestMain(m *testing.M) {
	if os.Getenv(inside) != "" {
		if err := loopbackUp(); err != nil {
			fmt.Fprintln(os.Stderr, "the loopback interface:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	os.Exit(startAgain())
}

func startAgain() int {
	dir, err := os.MkdirTemp("", "loadgen")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "loadgen")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/loadgen")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, said)
		return 1
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.Env = append(os.Environ(), inside+"="+program)
	again.SysProcAttr = apart(0, syscall.CLONE_NEWNET|syscall.CLONE_NEWNS)
	if err := again.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "in namespaces of its own:", err)
		return 1
	}
	return 0
}

// apart lets a process be a user of a namespace of its own, whom the one that starts it is outside.
func apart(user int, more uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | more,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getgid(), Size: 1}}}
}

func loopbackUp() error {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(s)
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(s), syscall.SIOCSIFFLAGS,
		uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return errno
	}
	return nil
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come to be that %s", what)
		}
	}
}
