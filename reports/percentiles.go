package reports

import (
	"strconv"

	"loadgen/analysis"
)

// percentiles are every quantile of every metric of time with its n; a terminal has the most telling ones in its
// levels.
func (t teller) percentiles(of *analysis.TargetStudy) (Section, bool) {
	g := t.grid("level", "metric", "prompt", ">n")
	for _, p := range analysis.Percentiles {
		g.column(Column{Head: "p" + t.Decimal(strconv.FormatFloat(100*p, 'g', 4, 64)), Right: true}, "times")
	}
	for _, r := range of.PercentileRows(t.s) {
		if r.Spread.N == 0 {
			continue
		}
		row := []any{t.Words(r.Level), r.Metric, r.Class, t.Count(r.Spread.N)}
		for _, p := range analysis.Percentiles {
			row = append(row, bounded{r.Spread.At(p)})
		}
		g.add(row...)
	}
	tab := g.table()
	return Section{Title: t.Say("%s: percentiles", of.Target.Name), Table: tab, Full: true, Notes: []string{
			t.Say("with 95 %% bounds; ~ few samples beyond it, or a window of few answers; – withheld for want of samples")}},
		tab != nil
}
