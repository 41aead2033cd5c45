package reports

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
)

// A grid is a table in the making: its times stand in one unit a column, which the column's head names; columns of one
// metric have the same.
type grid struct {
	l       *locale.Locale
	columns []Column
	metrics []string // of the columns, in their order; empty: a column by itself
	rows    [][]any  // string, seconds or analysis.Estimate of a time
}

// seconds is a time in a cell.
type seconds float64

// A bounded is a time with its interval in a cell.
type bounded struct{ analysis.Estimate }

// A reach is the range of times in a cell.
type reach struct{ lo, hi float64 }

// newGrid begins a table. Heads are keys of the catalogue; one that begins with ">" stands over numbers.
func newGrid(l *locale.Locale, heads ...string) *grid {
	g := &grid{l: l}
	for _, h := range heads {
		name, right := strings.CutPrefix(h, ">")
		said := name
		if name != "" {
			said = l.Say(name)
		}
		g.column(Column{said, right}, metricOf(name))
	}
	return g
}

// column adds one that shows a number of a metric; empty: it stands by itself.
func (g *grid) column(c Column, metric string) {
	g.columns, g.metrics = append(g.columns, c), append(g.metrics, metric)
}

// quantile is how a head ends that names one of a metric's quantiles, or one of those that tell it.
var quantile = regexp.MustCompile(`( p[0-9.]+|: (client|server))$`)

// metricOf is the metric that a column shows one number of: "TTFT" of "TTFT p50"; empty where it is the only one. A
// mean and a range beside it are of one metric in every table.
func metricOf(head string) string {
	switch {
	case head == "mean latency", head == "mean response time", head == "shortest…longest":
		return "mean and range"
	case quantile.MatchString(head):
		return quantile.ReplaceAllString(head, "")
	}
	return ""
}

func (g *grid) add(cells ...any) { g.rows = append(g.rows, cells) }

// table resolves the cells; nil without a row.
func (g *grid) table() *Table {
	if len(g.rows) == 0 {
		return nil
	}
	t := &Table{Columns: g.columns}
	for _, r := range g.rows {
		t.Rows = append(t.Rows, make([]string, len(r)))
	}
	for i := range g.columns {
		g.resolve(t, i)
	}
	return t
}

func (g *grid) resolve(t *Table, i int) {
	var together []float64
	for k := range g.columns {
		if k == i || g.metrics[k] != "" && g.metrics[k] == g.metrics[i] {
			together = append(together, g.times(k)...)
		}
	}
	unit := locale.UnitFor(known(together)...)
	if len(g.times(i)) > 0 {
		t.Columns[i].Head += ", " + unit.Name
	}
	for k, r := range g.rows {
		t.Rows[k][i] = g.text(unit, r[i])
	}
}

// times are all times of a column.
func (g *grid) times(i int) (out []float64) {
	for _, r := range g.rows {
		switch v := r[i].(type) {
		case seconds:
			out = append(out, float64(v))
		case reach:
			out = append(out, v.lo, v.hi)
		case analysis.Estimate:
			out = append(out, shown(v))
		case bounded:
			out = append(out, shown(v.Estimate))
		}
	}
	return out
}

func (g *grid) text(unit locale.Unit, cell any) string {
	switch v := cell.(type) {
	case seconds:
		return g.l.In(unit, float64(v))
	case reach:
		if !(v.lo <= v.hi) {
			return "–"
		}
		return g.l.In(unit, v.lo) + "…" + g.l.In(unit, v.hi)
	case analysis.Estimate:
		return mark(v) + g.l.In(unit, shown(v))
	case bounded:
		if v.Lo != v.Lo || !v.Known() {
			return mark(v.Estimate) + g.l.In(unit, shown(v.Estimate))
		}
		return fmt.Sprintf("%s%s (%s–%s)", mark(v.Estimate), g.l.In(unit, v.Value), g.l.In(unit, v.Lo), g.l.In(unit, v.Hi))
	}
	return cell.(string)
}

// shown is an estimate's value, NaN where it is withheld.
func shown(e analysis.Estimate) float64 {
	if !e.Known() {
		return math.NaN()
	}
	return e.Value
}

// mark stands before a number with few samples behind it.
func mark(e analysis.Estimate) string {
	if e.Known() && e.Show == analysis.Soft {
		return "~"
	}
	return ""
}

func known(values []float64) (out []float64) {
	for _, v := range values {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}
