package results

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

// full is a disk that takes so many bytes and no more.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, syscall.ENOSPC
	}
	f.left -= len(p)
	return len(p), nil
}

// Every writer of files tells of a disk that is full at any byte, and never calls a part the whole.
func TestAFullDiskIsTold(t *testing.T) {
	records := made(200, 4)
	book := newLogBook()
	for _, r := range records {
		r.Phase = window.Phase(r.Due)
		book.add(r)
	}
	ttft := []*Recorder{book["chat"]["ttft"].recorder()}
	for name, write := range map[string]func(*full) error{
		"records": func(f *full) error { return encode(f, encodeRecords, records...) },
		"samples": func(f *full) error { return encode(f, encodeSamples, Sample{Source: Server, Name: "x"}) },
		"log":     func(f *full) error { return writeLog(f, ttft) },
	} {
		for left := 0; ; left += 97 {
			disk := &full{left}
			err := write(disk)
			if err == nil {
				break // it fits
			}
			if left > 1<<20 || !errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
				t.Fatalf("%s with room for %d bytes: %v", name, left, err)
			}
		}
	}
}

// A step that cannot be written is an error that names it; the steps before stay whole, and no reader sees a part.
func TestAStepThatCannotBeWritten(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(100, 4))
	sw, err := w.Begin(step(2, "002"))
	if err != nil {
		t.Fatal(err)
	}
	for os.RemoveAll(sw.partial) != nil { // its two files may just be appearing there; then nothing can be created
	}
	if _, err := sw.Finish(StepMeta{Window: window}); err == nil || !strings.Contains(err.Error(), "002") {
		t.Errorf("the second step: %v", err)
	}
	run := open(t, w.Dir())
	if records, err := run.Steps[0].Records(); len(run.Steps) != 1 || err != nil || len(records) != 100 {
		t.Error(len(run.Steps), len(records), err)
	}
}
