package analysis

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"loadgen/results"
)

// requests are records in an order. What they give is only lent.
type requests struct {
	n   int
	at  func(i int, scratch *results.Record) *results.Record // may use the scratch
	run func(from, to int) iter.Seq2[int, *results.Record]   // one after the other
}

// requestsAt are requests that are got one by one.
func requestsAt(n int, at func(i int, scratch *results.Record) *results.Record) requests {
	return requests{n, at, func(from, to int) iter.Seq2[int, *results.Record] {
		return func(yield func(int, *results.Record) bool) {
			var scratch results.Record
			for i := from; i < to && yield(i, at(i, &scratch)); i++ {
			}
		}
	}}
}

func listed(records []results.Record) requests {
	return requestsAt(len(records), func(i int, _ *results.Record) *results.Record { return &records[i] })
}

func tabled(t *results.Table) requests {
	return requests{t.Len(), func(i int, scratch *results.Record) *results.Record {
		t.Read(i, scratch)
		return scratch
	}, t.All}
}

// all yields each with its place; a record is lent until the next.
func (q requests) all() iter.Seq2[int, *results.Record] {
	if q.n == 0 {
		return func(func(int, *results.Record) bool) {}
	}
	return q.run(0, q.n)
}

// some are those at the places, in their order.
func (q requests) some(places []int32) requests {
	if n := len(places); n > 0 && consecutive(places) {
		return q.part(int(places[0]), n)
	}
	return requestsAt(len(places), func(i int, scratch *results.Record) *results.Record {
		return q.at(int(places[i]), scratch)
	})
}

func consecutive(places []int32) bool {
	for i, p := range places {
		if p != places[0]+int32(i) {
			return false
		}
	}
	return true
}

// part are n of them from one on.
func (q requests) part(first, n int) requests {
	return requests{n, func(i int, scratch *results.Record) *results.Record { return q.at(first+i, scratch) },
		func(from, to int) iter.Seq2[int, *results.Record] {
			return func(yield func(int, *results.Record) bool) {
				for i, r := range q.run(first+from, first+to) {
					if !yield(i-first, r) {
						return
					}
				}
			}
		}}
}

// and are these and then others.
func (q requests) and(others requests) requests {
	if q.n == 0 {
		return others
	}
	return requestsAt(q.n+others.n, func(i int, scratch *results.Record) *results.Record {
		if i < q.n {
			return q.at(i, scratch)
		}
		return others.at(i-q.n, scratch)
	})
}

// where are the places of those that are wanted.
func (q requests) where(wanted func(*results.Record) bool) (places []int32) {
	for i, r := range q.all() {
		if wanted(r) {
			places = append(places, int32(i))
		}
	}
	return places
}

// first is the place of the first that is so; -1: none is.
func (q requests) first(is func(*results.Record) bool) int {
	for i, r := range q.all() {
		if is(r) {
			return i
		}
	}
	return -1
}

func (q requests) any(is func(*results.Record) bool) bool { return q.first(is) >= 0 }

// ofClass are those of one class.
func (q requests) ofClass(name string) requests {
	mine := q.where(func(r *results.Record) bool { return r.Class == name })
	if len(mine) == q.n {
		return q
	}
	return q.some(mine)
}

// A start is when a request was due, and its place.
type start struct {
	due   time.Duration
	id    int64
	place int32
}

// byStart are the places of those that are wanted by due time and id.
func (q requests) byStart(wanted func(*results.Record) bool) []int32 {
	return q.sorted(wanted, func(a, b start) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) })
}

func anyOf(*results.Record) bool { return true }

func measured(r *results.Record) bool { return r.Phase == results.Measure }

// byDue are all of them by due time.
func (q requests) byDue() requests {
	return q.some(q.sorted(anyOf, func(a, b start) int { return cmp.Compare(a.due, b.due) }))
}

// sorted are the places of those that are wanted, in an order; of equal ones the earlier place comes first.
func (q requests) sorted(wanted func(*results.Record) bool, order func(a, b start) int) []int32 {
	starts := make([]start, 0, q.n)
	for i, r := range q.all() {
		if wanted(r) {
			starts = append(starts, start{r.Due, r.ID, int32(i)})
		}
	}
	slices.SortFunc(starts, func(a, b start) int { return cmp.Or(order(a, b), cmp.Compare(a.place, b.place)) })
	places := make([]int32, len(starts))
	for k, s := range starts {
		places[k] = s.place
	}
	return places
}

// valuesOf pools a metric with one value a request, of those that have one, in their order.
func (q requests) valuesOf(m results.Metric) []float64 { return q.valuesOfEach([]results.Metric{m})[0] }

// valuesOfEach pools metrics so.
func (q requests) valuesOfEach(metrics []results.Metric) [][]float64 {
	out := make([][]float64, len(metrics))
	for k := range out {
		out[k] = make([]float64, 0, q.n)
	}
	for _, r := range q.all() {
		for k, m := range metrics {
			if v, ok := m.Of(r); ok {
				out[k] = append(out[k], v)
			}
		}
	}
	return out
}
