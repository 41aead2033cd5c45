package results

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"
)

// TestMetricsAreDocumented compares docs/metrics.md with the metrics; UPDATE=1 writes it anew.
func TestMetricsAreDocumented(t *testing.T) {
	const path = "../docs/metrics.md"
	want := metricsPage()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s does not say what the metrics are: UPDATE=1 go test ./results writes it anew", path)
	}
}

func metricsPage() []byte {
	var b bytes.Buffer
	b.WriteString(`# Metrics

This page is made from ` + "`results.Metrics`" + `: ` + "`UPDATE=1 go test ./results`" + ` writes it anew.

Formulas are in the columns of records.parquet (docs/run-directory.md). Times count from when a request was due: in a
closed loop that is when it was sent; in an open loop the wait before sending counts. A quantile is x_(⌈np⌉) of the
values of the requests that were due in the measuring window, failed ones left out where they have no value, and is
shown with its n. *Log*: the step keeps an HDR histogram of it (3 digits, 1 µs to 1 h).

| name | is | formula | unit | better | log |
|---|---|---|---|---|---|
`)
	for _, m := range Metrics {
		fmt.Fprintf(&b, "| `%s` | **%s.** %s | %s | %s | %s | %s |\n", m.Name, m.Title, m.Doc, m.Formula, orDash(m.Unit),
			direction(m), map[bool]string{true: m.Name + ".hlog", false: "–"}[m.Log])
	}
	b.WriteString(`
## What other tools call them

All five count from the actual sending; ours count from the due time (` + "`ttft_sent`, `e2e_sent`" + ` do not).
Most of their percentiles interpolate between values, ours are values. A name is as it stands in that tool's results;
versions of 2026.

| name | tool | its name | differs in |
|---|---|---|---|
`)
	for _, m := range Metrics {
		for _, e := range m.Elsewhere {
			fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", m.Name, e.Tool, e.Name, orDash(e.Differs))
		}
	}
	return b.Bytes()
}

// A tool is named once per metric, in the order of Tools.
func TestElsewhereIsInOrder(t *testing.T) {
	for _, m := range Metrics {
		last := -1
		for _, e := range m.Elsewhere {
			at := slices.Index(tools, e.Tool)
			if at <= last || e.Name == "" {
				t.Errorf("%s: %+v", m.Name, e)
			}
			last = at
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func direction(m Metric) string {
	switch {
	case m.LowerIsBetter:
		return "lower"
	case m.Unit == "tokens/s":
		return "higher"
	}
	return "–" // a count is neither good nor bad
}
