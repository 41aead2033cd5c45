package results

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// A recordRow is a Record as records.parquet has it.
type recordRow struct {
	scalarRow
	arrivalRow
}

// toldCounts are what a row's optional counts point at.
type toldCounts struct{ prompt, reasoning, cached int32 }

// An arrivalRow is a Record's arrivals: three lists with one entry per read with tokens.
type arrivalRow struct {
	Gaps   []int64 `parquet:"arrival_gap_ns,list" parquet-element:",delta"`
	Events []int32 `parquet:"arrival_events,list" parquet-element:",delta"`
	Kinds  []int32 `parquet:"arrival_kind,list" parquet-element:",delta"`
}

// A scalarRow is all but the arrivals.
type scalarRow struct {
	ID          int64  `parquet:"id,delta"`
	Class       string `parquet:"class,dict"`
	Slot        int32  `parquet:"slot,delta"`
	Turn        int32  `parquet:"turn,delta"`
	SessionTurn int32  `parquet:"session_turn,delta"`

	Due        int64 `parquet:"due_ns,delta"`
	Sent       int64 `parquet:"sent_ns,delta"`
	Written    int64 `parquet:"written_ns,delta"`
	FirstByte  int64 `parquet:"first_byte_ns,delta"`
	Role       int64 `parquet:"role_ns,delta"`
	FirstToken int64 `parquet:"first_token_ns,delta"`
	FirstSeen  int64 `parquet:"first_seen_ns,delta"`
	LastToken  int64 `parquet:"last_token_ns,delta"`
	End        int64 `parquet:"end_ns,delta"`

	Fault  string `parquet:"fault,dict"`
	Detail string `parquet:"detail"`
	Status int32  `parquet:"status,delta"`
	Finish string `parquet:"finish,dict"`

	PromptTokens    *int32 `parquet:"prompt_tokens,optional,dict"` // null: the server did not tell
	OutputTokens    int32  `parquet:"output_tokens,delta"`
	ReasoningTokens *int32 `parquet:"reasoning_tokens,optional,dict"`
	CachedTokens    *int32 `parquet:"cached_tokens,optional,dict"`
	Hidden          int32  `parquet:"hidden_tokens,delta"`
	Counted         string `parquet:"counted,dict"`
	PlannedPrompt   int32  `parquet:"planned_prompt,delta"`
	PlannedShared   int32  `parquet:"planned_shared,delta"`
	PlannedOutput   int32  `parquet:"planned_output,delta"`
	PlannedExact    bool   `parquet:"planned_exact"`

	PromptHash uint64 `parquet:"prompt_hash"`
	RequestID  string `parquet:"request_id"`
	Reused     bool   `parquet:"reused"`
	Reads      int32  `parquet:"reads,delta"`
	Coalesced  int32  `parquet:"coalesced,delta"`
	EventCount int32  `parquet:"events,delta"`
	Blank      int32  `parquet:"blank_chunks,delta"`

	ServerQueue      int64 `parquet:"server_queue_ns,delta"`
	ServerFirstToken int64 `parquet:"server_first_token_ns,delta"`
	ServerGeneration int64 `parquet:"server_generation_ns,delta"`
}

func encodeRecords(w io.Writer) (add func(*Record) error, end func() error) {
	rows := newRowWriter[recordRow](w)
	told, n := make([]toldCounts, rowBatch), 0
	return func(r *Record) error {
		n = (n + 1) % rowBatch // a row waits for less than a batch
		return rows.add(func(row *recordRow) int { return row.fill(r, &told[n]) })
	}, rows.close
}

// fill copies a record into the row, whose slices are used again, and returns how many arrivals it has. The phase is
// left out: the step's window, which tells it, is known only when the step ends.
func (row *recordRow) fill(r *Record, counts *toldCounts) int {
	gaps, events, kinds := row.Gaps[:0], row.Events[:0], row.Kinds[:0]
	for _, a := range r.Arrivals {
		gaps, events, kinds = append(gaps, int64(a.Gap)), append(events, a.Events), append(kinds, int32(a.Kind))
	}
	row.Gaps, row.Events, row.Kinds = gaps, events, kinds
	row.scalarRow = scalarRow{
		ID: r.ID, Class: r.Class, Slot: r.Slot, Turn: r.Turn, SessionTurn: r.SessionTurn,
		Due: int64(r.Due), Sent: int64(r.Sent), Written: int64(r.Written), FirstByte: int64(r.FirstByte), Role: int64(r.Role),
		FirstToken: int64(r.FirstToken), FirstSeen: int64(r.FirstSeen), LastToken: int64(r.LastToken), End: int64(r.End),
		Fault: string(r.Fault), Detail: r.Detail, Status: r.Status, Finish: r.Finish,
		OutputTokens: r.OutputTokens, Hidden: r.Hidden,
		Counted: r.Counted.String(), PlannedPrompt: r.PlannedPrompt, PlannedOutput: r.PlannedOutput,
		PlannedExact: r.PlannedExact, PlannedShared: r.PlannedShared,
		PromptHash: r.PromptHash, RequestID: r.RequestID, Reused: r.Reused, Reads: r.Reads, Coalesced: r.Coalesced,
		EventCount: r.Events, Blank: r.Blank,
		ServerQueue: int64(r.ServerQueue), ServerFirstToken: int64(r.ServerFirstToken),
		ServerGeneration: int64(r.ServerGeneration),
	}
	*counts = toldCounts{r.PromptTokens, r.ReasoningTokens, r.CachedTokens}
	row.PromptTokens = told(&counts.prompt, r.PromptTokens > 0)
	row.ReasoningTokens, row.CachedTokens = told(&counts.reasoning, r.ReasoningTold), told(&counts.cached, r.CachedTold)
	return len(gaps)
}

// told is a count, or null.
func told(n *int32, is bool) *int32 {
	if is {
		return n
	}
	return nil
}

// readRecords yields a file's records one after the other, each with its phase in the window, until yield returns an
// error. A record is lent: it and its arrivals are overwritten by the next.
func readRecords(f io.ReaderAt, size int64, window Window, yield func(*Record) error) error {
	return openParquet(f, size, func(file *parquet.File) error {
		lists, err := openArrivals(file)
		if err != nil {
			return err
		}
		defer lists.close()
		columns, err := openScalars(file)
		if err != nil {
			return err
		}
		defer func() {
			for _, c := range columns {
				_ = c.close()
			}
		}()
		var batch [rowBatch]Record
		var arrivals []Arrival
		target := scalarTarget{names: interner{}}
		for row, rows := int64(0), file.NumRows(); row < rows; row += rowBatch {
			records := batch[:min(rowBatch, rows-row)]
			for _, c := range columns {
				if err := c.fill(records, &target); err != nil {
					return fmt.Errorf("from row %d: %w", row, err)
				}
			}
			for i := range records {
				if arrivals, err = lists.row(arrivals[:0]); err != nil {
					return fmt.Errorf("row %d: %w", row+int64(i), err)
				}
				r := &records[i]
				r.Arrivals, r.Phase = arrivals, window.Phase(r.Due)
				if err := yield(r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
