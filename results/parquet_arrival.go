package results

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"
)

// An arrivalLists reads the arrivals of one record after the other.
type arrivalLists struct {
	gaps          *listColumn[int64]
	events, kinds *listColumn[int32]
	now           arrivalRow // used again
}

func openArrivals(file *parquet.File) (*arrivalLists, error) {
	int32s := func(p parquet.Page) []int32 { data := p.Data(); return data.Int32() }
	gaps, err1 := openGaps(file)
	events, err2 := openList(file, "arrival_events", int32s)
	kinds, err3 := openList(file, "arrival_kind", int32s)
	return &arrivalLists{gaps: gaps, events: events, kinds: kinds}, errors.Join(err1, err2, err3)
}

// row appends the next record's arrivals to out.
func (l *arrivalLists) row(out []Arrival) (_ []Arrival, err error) {
	var err1, err2, err3 error
	row := &l.now
	row.Gaps, err1 = l.gaps.row(row.Gaps[:0])
	row.Events, err2 = l.events.row(row.Events[:0])
	row.Kinds, err3 = l.kinds.row(row.Kinds[:0])
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if len(row.Events) != len(row.Gaps) || len(row.Kinds) != len(row.Gaps) {
		return nil, fmt.Errorf("arrival columns of %d, %d and %d entries", len(row.Gaps), len(row.Events), len(row.Kinds))
	}
	for i, gap := range row.Gaps {
		if k := row.Kinds[i]; k < 0 || int(k) >= len(kindNames) {
			return nil, fmt.Errorf("arrival kind %d is none of ours", k)
		}
		out = append(out, Arrival{time.Duration(gap), row.Events[i], Kind(row.Kinds[i])})
	}
	return out, nil
}

func (l *arrivalLists) close() {
	_ = l.gaps.close()
	_ = l.events.close()
	_ = l.kinds.close()
}

// readGaps yields the gaps of one record after the other, from their column alone.
func readGaps(f io.ReaderAt, size int64, yield func([]time.Duration) error) error {
	return openParquet(f, size, func(file *parquet.File) error {
		column, err := openGaps(file)
		if err != nil {
			return err
		}
		defer func() { _ = column.close() }()
		var row []int64
		var gaps []time.Duration
		for range file.NumRows() {
			if row, err = column.row(row[:0]); err != nil {
				return err
			}
			gaps = gaps[:0]
			for _, gap := range row[min(1, len(row)):] { // the first has none before it
				gaps = append(gaps, time.Duration(gap))
			}
			if err := yield(gaps); err != nil {
				return err
			}
		}
		return nil
	})
}

// arrivalsAtLeast is how many arrivals a file has, or fewer by no more than as many as it has rows.
func arrivalsAtLeast(f io.ReaderAt, size int64) (n int64, err error) {
	err = openParquet(f, size, func(file *parquet.File) error {
		column, err := openGaps(file)
		if err != nil {
			return err
		}
		for _, g := range column.groups {
			n += g.ColumnChunks()[column.column].NumValues() // an empty list counts as one
		}
		n -= file.NumRows()
		return nil
	})
	return n, err
}

func openGaps(file *parquet.File) (*listColumn[int64], error) {
	return openList(file, "arrival_gap_ns", func(p parquet.Page) []int64 { data := p.Data(); return data.Int64() })
}
