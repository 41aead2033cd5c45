package reports

import (
	"fmt"
	"strconv"
	"time"

	"loadgen/results"
)

// Calibration tells what a host carries and what it adds, level by level.
func Calibration(c results.Calibration) Document {
	verdict := fmt.Sprintf("%s carries %.0f token events/s on %d of %d cores", c.Host, c.Events, c.GOMAXPROCS, c.Cores)
	if !c.Bound {
		verdict += " at least"
	}
	tab := &Table{Columns: []Column{{Head: "streams", Right: true}, {Head: "written/s", Right: true}, {Head: "read/s", Right: true},
		{Head: "added TTFT p50", Right: true}, {Head: "p99", Right: true}, {Head: "added ITL p50", Right: true}, {Head: "p99", Right: true}, {Head: "server late p99", Right: true}}}
	for _, l := range c.Levels {
		row := []string{strconv.Itoa(l.Streams), fmt.Sprintf("%.0f", l.Written), fmt.Sprintf("%.0f", l.Read)}
		for _, d := range []time.Duration{l.TTFTp50, l.TTFTp99, l.ITLp50, l.ITLp99, l.ServerLateP99} {
			row = append(row, fmt.Sprintf("%.3f ms", d.Seconds()*1e3))
		}
		tab.Rows = append(tab.Rows, row)
	}
	notes := []string{fmt.Sprintf("added is measured − true; the null server ran on core %s; load average %.2f at the start", c.ServerCore, c.Load)}
	if c.Why != "" {
		notes = append(notes, "the last level is where it ended: "+c.Why)
	}
	return Document{Title: "calibration", Verdict: verdict, Sections: []Section{{Title: "Levels", Table: tab, Notes: notes}}}
}
