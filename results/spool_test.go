package results

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Whoever adds goes on while the disk is slow, until the queue is full; then it waits, which is counted, and nothing is
// lost.
func TestASlowDiskLosesNothing(t *testing.T) {
	disk := make(chan struct{})
	var written []int
	s := startSpool(filepath.Join(t.TempDir(), "x"), func(io.Writer) (func(int) error, func() error) {
		return func(x int) error { <-disk; written = append(written, x); return nil }, func() error { return nil }
	})
	const first = spoolQueue // the encoder may have taken one already: none of these waits
	for i := range first {
		s.put(i)
	}
	if n := s.waited.Load(); n != 0 {
		t.Errorf("%d of the first %d waited", n, first)
	}
	go close(disk)
	for i := range 3 * spoolQueue {
		s.put(first + i)
	}
	if _, err := s.finish(); err != nil || len(written) != 4*spoolQueue || !slices.IsSorted(written) {
		t.Errorf("%d of %d written, %v", len(written), 4*spoolQueue, err)
	}
}

// A disk that fails holds nobody up, and is told of at the end.
func TestABrokenDiskHoldsNobodyUp(t *testing.T) {
	broken := errors.New("broken")
	s := startSpool(filepath.Join(t.TempDir(), "x"), func(io.Writer) (func(int) error, func() error) {
		return func(int) error { return broken }, func() error { return nil }
	})
	for i := range 2 * spoolQueue {
		s.put(i)
	}
	if _, err := s.finish(); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// Rows are on the disk long before the step ends.
func TestRowsAreWrittenAsTheyCome(t *testing.T) {
	w := create(t)
	sw, err := w.Begin(step(1, "001"))
	if err != nil {
		t.Fatal(err)
	}
	const n = groupRows + spoolQueue + rowBatch // once all are taken, the first group must have been written
	for _, r := range made(n, 1) {
		sw.Add(r)
	}
	info, err := os.Stat(filepath.Join(sw.partial, recordsFile))
	if err != nil || info.Size() < groupRows {
		t.Errorf("%v, %v", info, err)
	}
	if err := sw.Abandon(); err != nil {
		t.Fatal(err)
	}
	if held, err := os.ReadDir(filepath.Dir(sw.partial)); err != nil || len(held) != 0 {
		t.Errorf("%v left, %v", held, err)
	}
}
