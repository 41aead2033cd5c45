package results

import (
	"bytes"
	"io"
	"math/rand/v2"
	"time"
)

// made returns n records of a closed loop of 16 with tokens arrivals each, the same for the same arguments: due every 3
// ms, first token after 50–250 ms, then gaps of 5–15 ms; every 17th was reset after its second token.
func made(n, tokens int) []*Record {
	rnd := rand.New(rand.NewPCG(1, 2))
	classes := []string{"chat", "question factuelle", "rag"}
	out := make([]*Record, n)
	for i := range out {
		due := time.Duration(i) * 3 * time.Millisecond
		r := &Record{ID: int64(i%16)<<32 + int64(i/16), Class: classes[i%3], Slot: int32(i % 16), Turn: int32(i / 16),
			Due: due, Sent: due + time.Duration(rnd.IntN(50_000)), Status: 200, Finish: "length", PromptTokens: 300,
			OutputTokens: int32(tokens), Counted: CountedUsage, PlannedOutput: int32(tokens), PromptHash: rnd.Uint64(),
			RequestID: "chatcmpl-" + time.Duration(rnd.Int64N(1e15)).String(), Reused: i > 15, Reads: int32(tokens) + 2,
			Events: int32(tokens)}
		r.Written, r.FirstByte = r.Sent+20*time.Microsecond, r.Sent+40*time.Millisecond
		r.FirstToken = r.Sent + 50*time.Millisecond + time.Duration(rnd.Int64N(2e8))
		r.FirstSeen, r.LastToken = r.FirstToken, r.FirstToken
		if i%17 == 16 {
			r.Fault, r.Detail, r.OutputTokens, r.Counted, r.Finish = FaultReset, "connection reset by peer", 0, CountedNot, ""
		}
		for k := range tokens {
			a := Arrival{Events: 1}
			if k > 0 {
				a.Gap = 5*time.Millisecond + time.Duration(rnd.Int64N(1e7))
			}
			r.LastToken += a.Gap
			r.Arrivals = append(r.Arrivals, a)
			if r.Fault != FaultNone && k == 1 {
				break
			}
		}
		r.End = r.LastToken + time.Millisecond
		out[i] = r
	}
	return out
}

// window holds all but the first 60 and whatever is due after 3 s of the made records.
var window = Window{RampEnd: 90 * time.Millisecond, Start: 180 * time.Millisecond, End: 3 * time.Second,
	Chased: 5 * time.Second, Drained: 6 * time.Second, Settled: true}

// encode writes a file of items.
func encode[T any](w io.Writer, begin encoder[T], items ...T) error {
	add, end := begin(w)
	for _, x := range items {
		if err := add(x); err != nil {
			return err
		}
	}
	return end()
}

// decode reads a file of records into memory.
func decode(file []byte, window Window) (out []Record, err error) {
	err = readRecords(bytes.NewReader(file), int64(len(file)), window, func(r *Record) error {
		kept := *r
		kept.Arrivals = append([]Arrival(nil), r.Arrivals...)
		out = append(out, kept)
		return nil
	})
	return out, err
}

// values pools a metric over records, in their order: one value per request that has one or, with Gaps, one per arrival
// after each request's first.
func values(m Metric, records []Record) []float64 {
	out := make([]float64, 0, len(records))
	for i := range records {
		m.each(&records[i], func(v float64) { out = append(out, v) })
	}
	return out
}
