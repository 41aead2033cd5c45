package results

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// A directory that may not be written refuses the run before anything is measured. Root may write everywhere, so this
// thread touches files as nobody; it is not given back and ends with the test.
func TestReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	if os.Geteuid() == 0 {
		if err := syscall.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	if _, err := Create(filepath.Join(dir, "run"), Manifest{}, nil); !errors.Is(err, os.ErrPermission) {
		t.Error(err)
	}
}
