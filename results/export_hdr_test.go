package results

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// HdrHistogram's own reader finds in the log what the records say.
func TestHdrReadsItsExport(t *testing.T) {
	run := exportedRun(t)
	var file bytes.Buffer
	if err := writeHlog(&file, Selection{Run: run, Steps: run.Steps}); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"step 001, loadgen_n ", "loadgen_verdict invalid", "loadgen_verdict not judged"} {
		if !strings.Contains(file.String(), says) {
			t.Errorf("no %q", says)
		}
	}
	in := hdr.NewHistogramLogReader(&file)
	tags := map[string]int64{}
	for {
		h, err := in.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		tags[h.Tag()] = h.TotalCount()
	}
	for i, s := range run.Steps {
		cohort, err := s.Cohort()
		if err != nil {
			t.Fatal(err)
		}
		if name := fmt.Sprintf("%03d/itl", i+1); tags[name] != int64(len(values(itl, cohort))) ||
			(tags[name+"/chat"] == 0) != (len(cohort) == 0) {
			t.Errorf("%s: %v", name, tags)
		}
	}
}

func TestHgrmIsOneDistribution(t *testing.T) {
	run := exportedRun(t)
	sel := Selection{Run: run, Steps: run.Steps[:1], Metric: "ttft"}
	var file bytes.Buffer
	if err := writeHgrm(&file, sel); err != nil {
		t.Fatal(err)
	}
	log, err := run.Steps[0].Log("ttft")
	if err != nil {
		t.Fatal(err)
	}
	largest, _ := log[0].Quantile(1)
	last := fmt.Sprintf(" %.3f     1.000000 %12d          inf\n", float64(largest)/float64(time.Millisecond), log[0].N())
	if !strings.Contains(file.String(), last) || !strings.HasPrefix(file.String(), "#[loadgen: step 001, loadgen_n ") {
		t.Errorf("no %q in\n%s", last, &file)
	}
	for _, bad := range []Selection{{Run: run, Steps: run.Steps, Metric: "ttft"},
		{Run: run, Steps: run.Steps[:1], Metric: "output_tokens"}} {
		if err := writeHgrm(&file, bad); err == nil {
			t.Errorf("%d steps of %s were written", len(bad.Steps), bad.Metric)
		}
	}
}

func TestEveryFormatIsNamedAndWorksOnNothing(t *testing.T) {
	run := open(t, create(t).Dir())
	for _, f := range Formats {
		if found, ok := FindFormat(f.Name); !ok || found.Doc == "" {
			t.Errorf("%q: %q", f.Name, f.Doc)
		}
		err := f.Write(&bytes.Buffer{}, Selection{Run: run, Metric: "ttft"})
		if (err != nil) != (f.Name == "hgrm") { // which needs a step
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
