package reports

import (
	"fmt"
	"strconv"

	"loadgen/analysis"
)

// percentiles are every quantile of every metric of time with its n; a terminal has the most telling ones in its levels.
func percentiles(s *analysis.Study, t *analysis.TargetStudy) (Section, bool) {
	tab := &Table{Columns: []Column{{Head: "level"}, {Head: "metric"}, {Head: "prompt"}, {Head: "n", Right: true}}}
	for _, p := range analysis.Percentiles {
		tab.Columns = append(tab.Columns, Column{Head: "p" + strconv.FormatFloat(100*p, 'g', 4, 64), Right: true})
	}
	for _, r := range t.PercentileRows(s) {
		if r.Spread.N == 0 {
			continue
		}
		row := []string{r.Level, r.Metric, r.Class, fmt.Sprint(r.Spread.N)}
		for _, p := range analysis.Percentiles {
			row = append(row, withBounds(r.Spread.At(p)))
		}
		tab.Rows = append(tab.Rows, row)
	}
	return Section{Title: t.Target.Name + ": percentiles", Table: tab, Full: true, Notes: []string{
		"with 95 % bounds; ~ soft: few samples beyond it, or a window of few answers; –: withheld for want of samples"}}, len(tab.Rows) > 0
}

// withBounds is a time with its interval.
func withBounds(e analysis.Estimate) string {
	if !e.Known() || e.Lo != e.Lo {
		return seconds(e)
	}
	return fmt.Sprintf("%s (%s–%s)", seconds(e), duration(e.Lo), duration(e.Hi))
}
