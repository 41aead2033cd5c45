package results

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// writeCSV writes one line per request of the steps, failed and unfinished ones too, under one header: the step, the
// number of its cohort and its verdict, the columns of records.parquet without the arrivals, and each metric in its
// unit. A cell is empty where the request has no such value.
func writeCSV(w io.Writer, steps []*Step) error {
	out := csv.NewWriter(w)
	columns := exported(false)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	err := eachRecord(steps, func(s *Step, r *Record) error {
		for i, c := range columns {
			line[i] = cell(c.of(s, r))
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// writeJSONL writes one object per request and line: the columns of CSV and the arrivals as arrays. A value that the
// request does not have is null.
func writeJSONL(w io.Writer, steps []*Step) error {
	out := bufio.NewWriter(w)
	columns := exported(true)
	var line []byte
	err := eachRecord(steps, func(s *Step, r *Record) error {
		line = append(line[:0], '{')
		for i, c := range columns {
			if i > 0 {
				line = append(line, ',')
			}
			value, err := json.Marshal(c.of(s, r))
			if err != nil {
				return fmt.Errorf("%s of request %d: %w", c.name, r.ID, err)
			}
			line = append(strconv.AppendQuote(line, c.name), ':')
			line = append(line, value...)
		}
		_, err := out.Write(append(line, '}', '\n'))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// eachRecord reads one step after the other.
func eachRecord(steps []*Step, yield func(*Step, *Record) error) error {
	for _, s := range steps {
		if err := s.Each(func(r *Record) error { return yield(s, r) }); err != nil {
			return err
		}
	}
	return nil
}

// cell is a value as CSV has it.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		if v != "" && strings.ContainsRune("=+-@\t", rune(v[0])) {
			return "'" + v // a spreadsheet would take it for a formula
		}
		return v
	}
	return fmt.Sprint(v)
}

// An exportColumn is one column of CSV and JSONL: its value is text, a number, a boolean, numbers, or nil.
type exportColumn struct {
	name string
	of   func(*Step, *Record) any
}

// exported are all columns: of the step, of the record, of the arrivals where lists are wanted, of the metrics.
func exported(lists bool) []exportColumn {
	out := append([]exportColumn{}, stepColumns...)
	out = append(out, recordColumns...)
	if lists {
		out = append(out, arrivalColumns...)
	}
	for _, m := range Metrics {
		if m.Formula != m.Name { // else it is a column of the record already
			out = append(out, ofMetric(m))
		}
	}
	return out
}

// ofMetric is a metric's column: ttft_s, tokens_per_second; of a metric with gaps it is the largest, itl_max_s.
func ofMetric(m Metric) exportColumn {
	name := m.Name
	if m.Gaps {
		name += "_max"
	}
	if m.Unit == "s" {
		name += "_s"
	}
	return ofRecord(name, func(r *Record) any {
		if v, ok := m.Of(r); ok {
			return v
		}
		return nil
	})
}

var stepColumns = []exportColumn{
	{"step", func(s *Step, _ *Record) any { return s.Meta.Step.Name }},
	{"target", func(s *Step, _ *Record) any { return s.Meta.Step.Target }},
	{"level", func(s *Step, _ *Record) any { return s.Meta.Step.Label() }},
	{"repetition", func(s *Step, _ *Record) any { return s.Meta.Step.Rep }},
	{"loadgen_n", func(s *Step, _ *Record) any { return s.Meta.Counts.Cohort }},
	{"loadgen_verdict", func(s *Step, _ *Record) any { return string(s.Meta.Verdict.State) }},
}

func ofRecord(name string, of func(*Record) any) exportColumn {
	return exportColumn{name, func(_ *Step, r *Record) any { return of(r) }}
}

// happened is an offset from the step's start; nil for what did not happen.
func happened(name string, of func(*Record) time.Duration) exportColumn {
	return ofRecord(name+"_ns", func(r *Record) any {
		if d := of(r); d != 0 {
			return int64(d)
		}
		return nil
	})
}

// byServer is a timing of the server's own; nil when it gave none.
func byServer(name string, of func(*Record) time.Duration) exportColumn {
	return ofRecord(name+"_ns", func(r *Record) any {
		if r.ServerFirstToken > 0 {
			return int64(of(r))
		}
		return nil
	})
}

// count is a number of tokens, null where the server did not tell it.
func count(name string, of func(*Record) (int32, bool)) exportColumn {
	return ofRecord(name, func(r *Record) any {
		if n, told := of(r); told {
			return n
		}
		return nil
	})
}

var recordColumns = []exportColumn{
	ofRecord("id", func(r *Record) any { return r.ID }),
	ofRecord("class", func(r *Record) any { return r.Class }),
	ofRecord("slot", func(r *Record) any { return r.Slot }),
	ofRecord("turn", func(r *Record) any { return r.Turn }),
	ofRecord("session_turn", func(r *Record) any { return r.SessionTurn }),
	ofRecord("phase", func(r *Record) any { return r.Phase.String() }),
	ofRecord("due_ns", func(r *Record) any { return int64(r.Due) }),
	ofRecord("sent_ns", func(r *Record) any { return int64(r.Sent) }),
	happened("written", func(r *Record) time.Duration { return r.Written }),
	happened("first_byte", func(r *Record) time.Duration { return r.FirstByte }),
	happened("role", func(r *Record) time.Duration { return r.Role }),
	happened("first_token", func(r *Record) time.Duration { return r.FirstToken }),
	happened("first_seen", func(r *Record) time.Duration { return r.FirstSeen }),
	happened("last_token", func(r *Record) time.Duration { return r.LastToken }),
	happened("end", func(r *Record) time.Duration { return r.End }),
	ofRecord("fault", func(r *Record) any { return string(r.Fault) }),
	ofRecord("detail", func(r *Record) any { return r.Detail }),
	ofRecord("status", func(r *Record) any { return r.Status }),
	ofRecord("finish", func(r *Record) any { return r.Finish }),
	count("prompt_tokens", func(r *Record) (int32, bool) { return r.PromptTokens, r.PromptTokens > 0 }),
	ofRecord("output_tokens", func(r *Record) any { return r.OutputTokens }),
	count("reasoning_tokens", func(r *Record) (int32, bool) { return r.ReasoningTokens, r.ReasoningTold }),
	count("cached_tokens", func(r *Record) (int32, bool) { return r.CachedTokens, r.CachedTold }),
	ofRecord("hidden_tokens", func(r *Record) any { return r.Hidden }),
	ofRecord("counted", func(r *Record) any { return r.Counted.String() }),
	ofRecord("planned_prompt", func(r *Record) any { return r.PlannedPrompt }),
	ofRecord("planned_shared", func(r *Record) any { return r.PlannedShared }),
	ofRecord("planned_output", func(r *Record) any { return r.PlannedOutput }),
	ofRecord("planned_exact", func(r *Record) any { return r.PlannedExact }),
	// JSON's numbers end at 2^53
	ofRecord("prompt_hash", func(r *Record) any { return fmt.Sprintf("%016x", r.PromptHash) }),
	ofRecord("request_id", func(r *Record) any { return r.RequestID }),
	ofRecord("reused", func(r *Record) any { return r.Reused }),
	ofRecord("reads", func(r *Record) any { return r.Reads }),
	ofRecord("coalesced", func(r *Record) any { return r.Coalesced }),
	ofRecord("events", func(r *Record) any { return r.Events }),
	ofRecord("blank_chunks", func(r *Record) any { return r.Blank }),
	byServer("server_queue", func(r *Record) time.Duration { return r.ServerQueue }),
	byServer("server_first_token", func(r *Record) time.Duration { return r.ServerFirstToken }),
	byServer("server_generation", func(r *Record) time.Duration { return r.ServerGeneration }),
}

var arrivalColumns = []exportColumn{
	arrivals("arrival_gap_ns", func(a Arrival) int64 { return int64(a.Gap) }),
	arrivals("arrival_events", func(a Arrival) int64 { return int64(a.Events) }),
	arrivals("arrival_kind", func(a Arrival) int64 { return int64(a.Kind) }),
}

func arrivals(name string, of func(Arrival) int64) exportColumn {
	return ofRecord(name, func(r *Record) any {
		out := make([]int64, len(r.Arrivals))
		for i, a := range r.Arrivals {
			out[i] = of(a)
		}
		return out
	})
}
