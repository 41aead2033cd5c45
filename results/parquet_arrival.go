package results

import (
	"errors"
	"fmt"
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
	gaps, err1 := openList(file, "arrival_gap_ns", func(p parquet.Page) []int64 { data := p.Data(); return data.Int64() })
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
