package results

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyRecord draws every field; texts are of those bytes that a server may send.
func anyRecord(t *rapid.T) *Record {
	d := rapid.Int64Range(0, 1<<62)
	dur := func(name string) time.Duration { return time.Duration(d.Draw(t, name)) }
	i32 := rapid.Int32()
	r := &Record{
		ID: rapid.Int64().Draw(t, "id"), Class: rapid.String().Draw(t, "class"), Slot: i32.Draw(t, "slot"),
		Turn: i32.Draw(t, "turn"), SessionTurn: i32.Draw(t, "session"),
		Due: dur("due"), Sent: dur("sent"), Written: dur("written"), FirstByte: dur("byte"), Role: dur("role"),
		FirstToken: dur("first"), FirstSeen: dur("seen"), LastToken: dur("last"), End: dur("end"),
		Fault: rapid.SampledFrom(append(Faults, FaultNone)).Draw(t, "fault"), Detail: rapid.String().Draw(t, "detail"),
		Status: i32.Draw(t, "status"), Finish: rapid.String().Draw(t, "finish"),
		PromptTokens: i32.Draw(t, "p"), OutputTokens: i32.Draw(t, "o"), Hidden: i32.Draw(t, "h"), Blank: i32.Draw(t, "b"),
		ReasoningTokens: i32.Draw(t, "r"), CachedTokens: i32.Draw(t, "c"),
		Counted: Counting(rapid.IntRange(0, 3).Draw(t, "counted")), PlannedPrompt: i32.Draw(t, "pp"),
		PlannedShared: i32.Draw(t, "ps"), PlannedOutput: i32.Draw(t, "po"), PlannedExact: rapid.Bool().Draw(t, "pe"),
		PromptHash: rapid.Uint64().Draw(t, "hash"), RequestID: rapid.String().Draw(t, "rid"),
		Reused: rapid.Bool().Draw(t, "reused"),
		Reads:  i32.Draw(t, "reads"), Coalesced: i32.Draw(t, "coalesced"), Events: i32.Draw(t, "events"),
		ServerQueue: dur("q"), ServerFirstToken: dur("sf"), ServerGeneration: dur("sg"),
	}
	r.ReasoningTold, r.CachedTold = r.ReasoningTokens != 0 || rapid.Bool().Draw(t, "rt"), r.CachedTokens != 0 ||
		rapid.Bool().Draw(t, "ct")
	r.PromptTokens = max(0, r.PromptTokens) // 0: not told
	for range rapid.IntRange(0, 5).Draw(t, "arrivals") {
		r.Arrivals = append(r.Arrivals, Arrival{dur("gap"), i32.Draw(t, "n"), Kind(rapid.IntRange(0, 2).Draw(t, "kind"))})
	}
	return r
}

func TestAnyRecordSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(anyRecord), 0, 8).Draw(t, "records")
		var file bytes.Buffer
		if err := encode(&file, encodeRecords, want...); err != nil {
			t.Fatal(err)
		}
		w := Window{RampEnd: 1 << 60, Start: 1 << 61, End: 3 << 60}
		for _, r := range want {
			r.Phase = w.Phase(r.Due)
		}
		got, err := decode(file.Bytes(), w)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d of %d records, %v", len(got), len(want), err)
		}
		arrivals := 0
		for _, r := range want {
			arrivals += len(r.Arrivals)
		}
		least, err := arrivalsAtLeast(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil || least > int64(arrivals) || least < int64(arrivals-len(want)) {
			t.Fatalf("of %d arrivals of %d records the file's end says at least %d, %v", arrivals, len(want), least, err)
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], *want[i]) {
				t.Fatalf("got %+v\nwant %+v", got[i], *want[i])
			}
		}
	})
}

func FuzzReadRecords(f *testing.F) {
	var file bytes.Buffer
	if err := encode(&file, encodeRecords, made(40, 4)...); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = decode(data, window) // an error or records, never a panic
	})
}

// BenchmarkWriteStep reports the CPU that keeping takes per arrival: encoding while the step is played, and reading
// back, counting and filling the logs at its end. 5 % of the 9 µs that a chunk costs a client (docs/benchmarks.md) are
// 450 ns.
func BenchmarkWriteStep(b *testing.B) {
	records := made(12_000, 250) // 3 million arrivals
	before := cpuTime(b)
	for b.Loop() {
		w, err := Create(b.TempDir(), Manifest{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		s, err := w.Begin(step(1, "001"))
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range records {
			s.Add(r)
		}
		if _, err := s.Finish(StepMeta{Window: Window{End: time.Hour}}); err != nil {
			b.Fatal(err)
		}
	}
	perArrival := float64((cpuTime(b) - before).Nanoseconds()) / float64(b.N) / 3e6
	b.ReportMetric(perArrival, "cpu-ns/arrival")
	b.ReportMetric(perArrival/9000*100, "%-of-a-client's-CPU")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func BenchmarkReadRecords(b *testing.B) {
	var file bytes.Buffer
	if err := encode(&file, encodeRecords, made(12_000, 250)...); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := decode(file.Bytes(), window); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(file.Len())/3e6, "bytes/arrival")
}

// Runs from before counts could be null have them as plain numbers, and no hidden tokens.
func TestOlderRecordsAreRead(t *testing.T) {
	type older struct {
		ID              int64  `parquet:"id,delta"`
		Counted         string `parquet:"counted,dict"`
		PromptTokens    int32  `parquet:"prompt_tokens,delta"`
		OutputTokens    int32  `parquet:"output_tokens,delta"`
		ReasoningTokens int32  `parquet:"reasoning_tokens,delta"`
		CachedTokens    int32  `parquet:"cached_tokens,delta"`
		arrivalRow
	}
	var file bytes.Buffer
	w := newRowWriter[older](&file)
	if err := errors.Join(w.add(func(r *older) int {
		*r = older{ID: 7, Counted: "usage", PromptTokens: 9,
			OutputTokens: 5}
		return 0
	}), w.close()); err != nil {
		t.Fatal(err)
	}
	got, err := decode(file.Bytes(), Window{})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	r := got[0]
	if r.ID != 7 || r.PromptTokens != 9 || r.OutputTokens != 5 || r.Streamed() != 5 || !r.CachedTold ||
		r.CachedTokens != 0 || !r.ReasoningTold {
		t.Errorf("%+v", r)
	}
}

// A file that others packed with dictionaries holds what it held before.
func TestDictionariesOfListsAreLookedUp(t *testing.T) {
	type packed struct {
		Gaps   []int64 `parquet:"arrival_gap_ns,list,zstd" parquet-element:",dict"`
		Events []int32 `parquet:"arrival_events,list" parquet-element:",dict"`
		Kinds  []int32 `parquet:"arrival_kind,list" parquet-element:",dict"`
	}
	var file bytes.Buffer
	w := newRowWriter[packed](&file)
	want := [][]Arrival{{{5, 1, 0}, {900, 3, 2}, {900, 3, 2}}, nil, {{7, 3, 1}}}
	for _, arrivals := range want {
		err := w.add(func(row *packed) int {
			*row = packed{}
			for _, a := range arrivals {
				row.Gaps, row.Events = append(row.Gaps, int64(a.Gap)), append(row.Events, a.Events)
				row.Kinds = append(row.Kinds, int32(a.Kind))
			}
			return len(arrivals)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	got, err := decode(file.Bytes(), Window{})
	if err != nil || len(got) != len(want) {
		t.Fatal(got, err)
	}
	for i, arrivals := range want {
		if !slices.Equal(got[i].Arrivals, arrivals) {
			t.Errorf("row %d: %v, want %v", i, got[i].Arrivals, arrivals)
		}
	}
}
