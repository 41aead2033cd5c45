package results

import (
	"fmt"
	"io"
	"time"
)

// A Selection is what an export is made of.
type Selection struct {
	Run      *Run
	Steps    []*Step // of Run
	Metric   string  // hgrm: the metric of time whose distribution is wanted
	Detailed bool    // vllm: each request's own values too, as with --save-detailed
}

// A Format is one way of writing what was measured for another tool. It is computed from the records and leaves nothing
// out: n and verdict stand beside what the verdict would withhold.
type Format struct {
	Name  string
	Doc   string // one clause: what it holds and who reads it
	Write func(io.Writer, Selection) error
}

// Formats are all of them, in the order in which they are shown.
var Formats = []Format{
	{"vllm", "one object per step and line, spelt as `vllm bench serve --save-result` does", writeVLLM},
	{"csv", "one line per request of every step", func(w io.Writer, s Selection) error { return writeCSV(w, s.Steps) }},
	{"jsonl", "one object per request and line, arrivals as arrays", func(w io.Writer, s Selection) error {
		return writeJSONL(w, s.Steps)
	}},
	{"hgrm", "the distribution of one metric in one step, ms, for HdrHistogram's plotters", writeHgrm},
	{"hlog", "HDR V2 log of every metric of time, step and class, ns", writeHlog},
	{"vegeta", "vegeta's own results, for `vegeta report` and `vegeta plot`", writeVegeta},
}

// FindFormat returns the format of that name.
func FindFormat(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// began is the wall time of a step's start.
func (r *Run) began(s *Step) time.Time { return r.Manifest.Started.Add(s.Meta.Began) }

// says is the line that carries n and verdict where a format has comments only.
func (s *Step) says() string {
	v := string(s.Meta.Verdict.State)
	if v == "" {
		v = "not judged"
	}
	return fmt.Sprintf("loadgen: step %s, loadgen_n %d, loadgen_verdict %s", s.Meta.Step.Name, s.Meta.Counts.Cohort, v)
}
