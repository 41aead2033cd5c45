package reports

import (
	"fmt"
	"math"
	"strings"

	"loadgen/analysis"
	"loadgen/locale"
)

// A grid is a table in the making: its times stand in one unit a column, which the column's head names.
type grid struct {
	l       *locale.Locale
	columns []Column
	rows    [][]any // string, seconds or analysis.Estimate of a time
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
		if name != "" {
			name = l.Say(name)
		}
		g.columns = append(g.columns, Column{name, right})
	}
	return g
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
	var values []float64
	for _, r := range g.rows {
		switch v := r[i].(type) {
		case seconds:
			values = append(values, float64(v))
		case reach:
			values = append(values, v.lo, v.hi)
		case analysis.Estimate:
			values = append(values, shown(v))
		case bounded:
			values = append(values, shown(v.Estimate))
		}
	}
	unit := locale.UnitFor(known(values)...)
	if len(values) > 0 {
		t.Columns[i].Head += ", " + unit.Name
	}
	for k, r := range g.rows {
		t.Rows[k][i] = g.text(unit, r[i])
	}
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
