package studies

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"loadgen/stat"
)

func TestSearchStudy(t *testing.T) {
	n := some(asked(t), 20)
	found := make([]*found, n)
	each(n, func(i int) {
		d := random(uint64(1+i+first()), false)
		if d.Scenario.Objective.IsZero() {
			return
		}
		f, ok, err := d.find(place(t, d.Scenario.Seed, false))
		if err != nil {
			t.Error(err)
		} else if ok {
			found[i] = &f
			t.Log(f.line())
		}
	})
	t.Log("\n" + foundTable(found))
}

func (f found) line() string {
	return fmt.Sprintf("%-60s true %.3g confirmed × %.3f, told × %.3f in %d requests, ladder %d; in twenty minutes "+
		"× %.3f | %s", f.Name, f.Truth, f.Confirmed/f.Truth, f.Told/f.Truth, f.Requests, f.Ladder, f.Within/f.Truth,
		strings.Join(f.Steps, " "))
}

// foundTable tells what must hold beside what was found.
func foundTable(all []*found) string {
	var n, given, over, near, soon int
	var asks, low, off []float64
	for _, f := range all {
		if f == nil {
			continue
		}
		n++
		asks = append(asks, float64(f.Requests)/float64(f.Ladder))
		off = append(off, f.Within/f.Truth)
		if f.Within > f.Truth/1.12 && f.Within < 1.12*f.Truth {
			soon++
		}
		if f.Confirmed == 0 {
			continue
		}
		given++
		r := f.Confirmed / f.Truth
		if low = append(low, r); r > 1.03 {
			over++
		}
		if r > 1/1.08 && r < 1.08 {
			near++
		}
	}
	slices.Sort(asks)
	slices.Sort(low)
	slices.Sort(off)
	return fmt.Sprintf("| %d searches | wanted | found |\n|---|---|---|\n| a load is confirmed | ≥ 90 %% | %d |\n| "+
		"confirmed more than 3 %% above the truth | ≤ 3 %% | %d |\n| within 8 %% of it | ≥ 90 %% | %d |\n"+
		"| confirmed ÷ truth, median | | %.2f |\n| requests ÷ those of a doubling ladder, median | ≤ 1.5 "+
		"| %.1f |\n| told in 20 minutes within 12 %% of it | ≥ 85 %% | %d |\n| told in 20 minutes ÷ truth, median | | %.2f |",
		n, given, over, near, stat.Quantile(low, 0.5), stat.Quantile(asks, 0.5), soon, stat.Quantile(off, 0.5))
}

// some is how many of a study's worlds a part plays that takes longer than others: so many of the usual number, all of
// more.
func some(n, usual int) int {
	if n > 60 {
		return n
	}
	return min(n, usual)
}

func TestReplicasStudy(t *testing.T) {
	n := some(asked(t), 8)
	planned := make([]*planned, n)
	each(n, func(i int) {
		d := random(uint64(1+i+first()), false)
		if d.Scenario.Objective.IsZero() {
			return
		}
		if p, ok := d.plan(t.TempDir(), uint64(i)); ok {
			planned[i] = &p
			t.Logf("%-60s %.3g/s said %v true %v, shares there %.4g of %.4g %s", p.Name, p.Rate, p.Said, p.True, p.Shares,
				d.Scenario.Goal(), p.Reason)
		}
	})
	all, exact, short, within, refused := 0, 0, 0, 0, 0
	for _, p := range planned {
		if p != nil && p.Reason != "" {
			refused++
		}
		if p == nil || p.Reason != "" {
			continue
		}
		for i, said := range p.Said {
			off := said - p.True[i]
			all++
			if off == 0 {
				exact++
			}
			if off < 0 {
				short++
			}
			if off >= -1 && off <= 1 {
				within++
			}
		}
	}
	t.Logf("\n| replicas, %d plans behind both balancers, %d more refused | found |\n|---|---|\n| exact | %d |\n| short "+
		"| %d |\n| off by at most one | %d |", all, refused, exact, short, within)
}
