package results

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
)

// A scalarTarget is where a column's value goes.
type scalarTarget struct {
	*Record
	names   interner // keeps the few texts that most rows share
	refused error
}

func (t *scalarTarget) count(v parquet.Value) {
	counted := slices.Index(countingNames, t.names.ofBytes(v.ByteArray()))
	if counted < 0 {
		t.refused = fmt.Errorf("counted %q is none of ours", v.ByteArray())
		return
	}
	t.Counted = Counting(counted)
}

// orZero is a count, or 0 for null.
func orZero(v parquet.Value) int32 {
	if v.IsNull() {
		return 0
	}
	return v.Int32()
}

func since(v parquet.Value) time.Duration { return time.Duration(v.Int64()) }

// scalarFields are the columns of a record but for its arrivals. Those that an older file does not have leave their
// field 0.
var scalarFields = []struct {
	name string
	kind parquet.Kind
	put  func(t *scalarTarget, v parquet.Value)
}{
	{"id", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.ID = v.Int64() }},
	{"class", parquet.ByteArray, func(t *scalarTarget, v parquet.Value) { t.Class = t.names.ofBytes(v.ByteArray()) }},
	{"slot", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Slot = v.Int32() }},
	{"turn", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Turn = v.Int32() }},
	{"session_turn", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.SessionTurn = v.Int32() }},

	{"due_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.Due = since(v) }},
	{"sent_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.Sent = since(v) }},
	{"written_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.Written = since(v) }},
	{"first_byte_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.FirstByte = since(v) }},
	{"role_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.Role = since(v) }},
	{"first_token_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.FirstToken = since(v) }},
	{"first_seen_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.FirstSeen = since(v) }},
	{"last_token_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.LastToken = since(v) }},
	{"end_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.End = since(v) }},

	{"fault", parquet.ByteArray, func(t *scalarTarget, v parquet.Value) {
		t.Fault = Fault(t.names.ofBytes(v.ByteArray()))
	}},
	{"detail", parquet.ByteArray, func(t *scalarTarget, v parquet.Value) { t.Detail = string(v.ByteArray()) }},
	{"status", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Status = v.Int32() }},
	{"finish", parquet.ByteArray, func(t *scalarTarget, v parquet.Value) { t.Finish = t.names.ofBytes(v.ByteArray()) }},

	{"prompt_tokens", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.PromptTokens = orZero(v) }},
	{"output_tokens", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.OutputTokens = v.Int32() }},
	{"reasoning_tokens", parquet.Int32, func(t *scalarTarget, v parquet.Value) {
		t.ReasoningTokens, t.ReasoningTold = orZero(v), !v.IsNull()
	}},
	{"cached_tokens", parquet.Int32, func(t *scalarTarget, v parquet.Value) {
		t.CachedTokens, t.CachedTold = orZero(v), !v.IsNull()
	}},
	{"hidden_tokens", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Hidden = v.Int32() }},
	{"counted", parquet.ByteArray, (*scalarTarget).count},
	{"planned_prompt", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.PlannedPrompt = v.Int32() }},
	{"planned_shared", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.PlannedShared = v.Int32() }},
	{"planned_output", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.PlannedOutput = v.Int32() }},
	{"planned_exact", parquet.Boolean, func(t *scalarTarget, v parquet.Value) { t.PlannedExact = v.Boolean() }},

	{"prompt_hash", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.PromptHash = v.Uint64() }},
	{"request_id", parquet.ByteArray, func(t *scalarTarget, v parquet.Value) { t.RequestID = string(v.ByteArray()) }},
	{"reused", parquet.Boolean, func(t *scalarTarget, v parquet.Value) { t.Reused = v.Boolean() }},
	{"reads", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Reads = v.Int32() }},
	{"coalesced", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Coalesced = v.Int32() }},
	{"events", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Events = v.Int32() }},
	{"blank_chunks", parquet.Int32, func(t *scalarTarget, v parquet.Value) { t.Blank = v.Int32() }},

	{"server_queue_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.ServerQueue = since(v) }},
	{"server_first_token_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.ServerFirstToken = since(v) }},
	{"server_generation_ns", parquet.Int64, func(t *scalarTarget, v parquet.Value) { t.ServerGeneration = since(v) }},
}

// A scalarColumn reads one column of single values: the general reader of rows takes four times as long.
type scalarColumn struct {
	name   string
	column int
	put    func(t *scalarTarget, v parquet.Value)
	groups []parquet.RowGroup // that are still to come

	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    [rowBatch]parquet.Value
}

// openScalars finds the columns of a file. One of another type than ours is an error.
func openScalars(file *parquet.File) (out []*scalarColumn, err error) {
	for _, f := range scalarFields {
		leaf, ok := file.Schema().Lookup(f.name)
		if !ok {
			continue
		}
		if leaf.Node.Type().Kind() != f.kind || leaf.MaxRepetitionLevel > 0 {
			return nil, fmt.Errorf("column %s holds no single values of %v", f.name, f.kind)
		}
		out = append(out, &scalarColumn{name: f.name, column: leaf.ColumnIndex, put: f.put, groups: file.RowGroups()})
	}
	return out, nil
}

// fill gives the next values to records, each to one.
func (c *scalarColumn) fill(records []Record, t *scalarTarget) error {
	for len(records) > 0 {
		if c.values == nil {
			if err := c.turn(); err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
		}
		n, err := c.values.ReadValues(c.buf[:len(records)])
		for i, v := range c.buf[:n] {
			t.Record = &records[i]
			c.put(t, v)
		}
		records = records[n:]
		switch {
		case errors.Is(err, io.EOF):
			c.values = nil
		case err != nil:
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return t.refused
}

// turn goes to the next page.
func (c *scalarColumn) turn() (err error) {
	for {
		if c.pages == nil {
			if len(c.groups) == 0 {
				return io.ErrUnexpectedEOF
			}
			c.pages, c.groups = c.groups[0].ColumnChunks()[c.column].Pages(), c.groups[1:]
		}
		parquet.Release(c.page)
		c.page, err = c.pages.ReadPage()
		switch {
		case err == nil:
			c.values = c.page.Values()
			return nil
		case !errors.Is(err, io.EOF):
			return err
		}
		if err := c.close(); err != nil {
			return err
		}
	}
}

// close ends the present group.
func (c *scalarColumn) close() error {
	pages := c.pages
	c.pages = nil
	if pages == nil {
		return nil
	}
	return pages.Close()
}
