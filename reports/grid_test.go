package reports

import (
	"testing"

	"loadgen/locale"
)

// Columns of one metric stand in one unit: 80,400 ms beside 112 s is misread.
func TestColumnsOfOneMetricHaveOneUnit(t *testing.T) {
	for _, c := range []struct {
		heads []string
		cells []any
		want  []string
	}{
		{[]string{"level", ">TTFT p50", ">TTFT p90", ">TPOT p50"},
			[]any{"n1", seconds(0.9), seconds(112), seconds(0.02)},
			[]string{"level", "TTFT p50, s", "TTFT p90, s", "TPOT p50, ms"}},
		{[]string{">mean response time", ">shortest…longest"}, []any{seconds(9.7), reach{0.14, 12}},
			[]string{"mean response time, ms", "shortest…longest, ms"}},
		{[]string{">mean latency", ">shortest…longest"}, []any{seconds(9.7), reach{3, 12}},
			[]string{"mean latency, s", "shortest…longest, s"}},
		{[]string{">TTFT: client", ">TTFT: server"}, []any{seconds(0.1), seconds(0.00009)},
			[]string{"TTFT: client, ms", "TTFT: server, ms"}},
	} {
		g := newGrid(locale.English, c.heads...)
		g.add(c.cells...)
		for i, column := range g.table().Columns {
			if column.Head != c.want[i] {
				t.Errorf("%q, want %q", column.Head, c.want[i])
			}
		}
	}
}
