package results

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// Bounds of what a writer buffers. A row group ends with whichever is reached first.
const (
	groupRows    = 16384
	groupEntries = 1 << 19 // of list columns
	rowBatch     = 64      // rows converted at a time
	pageBytes    = 1 << 16 // of one column, encoded at once: some 0.1 ms
)

// A rowWriter writes rows as Parquet as they come. The bytes depend on the rows alone: Snappy, no goroutine, no name of
// a build.
type rowWriter[T any] struct {
	out           *parquet.GenericWriter[T]
	batch         []T
	held          int // rows of the batch that wait
	rows, entries int // of the present group
}

func newRowWriter[T any](w io.Writer) *rowWriter[T] {
	return &rowWriter[T]{batch: make([]T, rowBatch),
		out: parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Snappy),
			parquet.CreatedBy("loadgen", "1", "format"), parquet.PageBufferSize(pageBytes))}
}

// add takes one row; fill sets every field and tells how long its lists are.
func (w *rowWriter[T]) add(fill func(row *T) (entries int)) error {
	w.entries += fill(&w.batch[w.held])
	w.rows++
	w.held++
	full := w.rows == groupRows || w.entries >= groupEntries
	if w.held == len(w.batch) || full {
		if err := w.empty(); err != nil {
			return err
		}
	}
	if full {
		w.rows, w.entries = 0, 0
		return w.out.Flush()
	}
	return nil
}

func (w *rowWriter[T]) empty() error {
	_, err := w.out.Write(w.batch[:w.held])
	w.held = 0
	return err
}

// close writes what is left and the footer.
func (w *rowWriter[T]) close() error {
	if err := w.empty(); err != nil {
		return err
	}
	return w.out.Close()
}

// openParquet opens a file of so many bytes; read then must not panic, however broken the file is.
func openParquet(f io.ReaderAt, size int64, read func(*parquet.File) error) (err error) {
	defer func() {
		if p := recover(); p != nil { // the reader panics on some broken files
			err = fmt.Errorf("unreadable Parquet: %v", p)
		}
	}()
	file, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	return read(file)
}

// readRows calls take for every row of a file until it returns an error. What is in row is only lent.
func readRows[T any](file *parquet.File, take func(row *T) error) error {
	in := parquet.NewGenericReader[T](file)
	defer func() { _ = in.Close() }()
	rows := make([]T, rowBatch)
	for {
		n, err := in.Read(rows)
		for i := range n {
			if err := take(&rows[i]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
