package results

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeWhole has a run directory written beside its place, and gives it its name last: who looks finds all of it or
// nothing.
func writeWhole(dir string, write func(beside string) error) error {
	held, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(held) > 0 {
		return fmt.Errorf("%s is not empty: a run needs a directory of its own", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	beside := filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".partial")
	if err := os.RemoveAll(beside); err != nil { // of a kill
		return err
	}
	if err := write(beside); err != nil {
		_ = os.RemoveAll(beside)
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty one
		return err
	}
	if err := os.Rename(beside, dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}
