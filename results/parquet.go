package results

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

const (
	rowGroup = 16384 // rows in a row group; bounds what the writer buffers
	rowBatch = 256   // rows converted at a time
)

// writeRows writes n rows as Parquet. The bytes depend on the rows alone: Snappy, no goroutine, no name of a build.
func writeRows[T any](w io.Writer, n int, fill func(i int, row *T)) error {
	out := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Snappy), parquet.CreatedBy("loadgen", "1", "format"),
		parquet.MaxRowsPerRowGroup(rowGroup))
	rows := make([]T, min(n, rowBatch))
	for i := 0; i < n; i += len(rows) {
		rows = rows[:min(len(rows), n-i)]
		for k := range rows {
			fill(i+k, &rows[k])
		}
		if _, err := out.Write(rows); err != nil {
			return err
		}
	}
	return out.Close()
}

// readRows calls take for every row of a Parquet file. What is in row is only lent.
func readRows[T any](data []byte, take func(row *T)) (err error) {
	defer func() {
		if p := recover(); p != nil { // the reader panics on some broken files
			err = fmt.Errorf("unreadable Parquet: %v", p)
		}
	}()
	in := parquet.NewGenericReader[T](bytes.NewReader(data))
	defer in.Close()
	rows := make([]T, rowBatch)
	for {
		n, err := in.Read(rows)
		for i := range n {
			take(&rows[i])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
