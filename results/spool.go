package results

import (
	"io"
	"sync/atomic"
)

// spoolQueue is how many items may wait for the disk before who adds does.
const spoolQueue = 4096

// A spool writes one file of a step while the step goes on, so that a long one needs no more memory than a short one. A
// goroutine of its own encodes.
type spool[T any] struct {
	queue  chan T
	done   chan struct{}
	waited atomic.Int64 // items that found the queue full
	sum    string       // SHA-256 of the file, once done
	err    error        // once done
}

// An encoder begins a file: add writes an item, end what follows the last.
type encoder[T any] func(io.Writer) (add func(T) error, end func() error)

func startSpool[T any](path string, begin encoder[T]) *spool[T] {
	s := &spool[T]{queue: make(chan T, spoolQueue), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.sum, s.err = writeFile(path, func(w io.Writer) error {
			add, end := begin(w)
			return s.drain(add, end)
		})
		for range s.queue { // it failed: nobody must wait for a disk that takes nothing
		}
	}()
	return s
}

func (s *spool[T]) drain(add func(T) error, end func() error) error {
	for x := range s.queue {
		if err := add(x); err != nil {
			return err
		}
	}
	return end()
}

// put hands an item over; where the disk lags by the whole queue it waits.
func (s *spool[T]) put(x T) {
	select {
	case s.queue <- x:
	default:
		s.waited.Add(1)
		s.queue <- x
	}
}

// finish waits until the file is whole, or has failed.
func (s *spool[T]) finish() (sum string, err error) {
	close(s.queue)
	<-s.done
	return s.sum, s.err
}
