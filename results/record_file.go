package results

import (
	"fmt"
	"os"
	"time"
)

// A RecordFile is a step's requests, held open to be read several times. The file had the checksum of step.json when it
// was opened.
type RecordFile struct {
	*os.File
	size   int64
	window Window
}

// OpenRecords opens the step's requests; Close must follow.
func (s *Step) OpenRecords() (*RecordFile, error) {
	f, size, err := s.open(recordsFile)
	if err != nil {
		return nil, err
	}
	return &RecordFile{f, size, s.Meta.Window}, nil
}

// Each yields the requests as Step.Each does.
func (f *RecordFile) Each(yield func(*Record) error) error {
	return f.named(readRecords(f, f.size, f.window, yield))
}

// Gaps yields the gaps between each request's arrivals, in the order of Each; they are lent until yield returns.
func (f *RecordFile) Gaps(yield func([]time.Duration) error) error {
	return f.named(readGaps(f, f.size, yield))
}

// ArrivalsAtLeast is how many arrivals the requests have, or fewer by no more than as many as there are requests: what
// the file's end tells.
func (f *RecordFile) ArrivalsAtLeast() (int64, error) {
	n, err := arrivalsAtLeast(f, f.size)
	return n, f.named(err)
}

// named is an error with the file that it is of.
func (f *RecordFile) named(err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return nil
}
