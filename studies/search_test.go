package studies

import (
	"fmt"
	"testing"
)

func TestSearchStudy(t *testing.T) {
	n := asked(t)
	found := make([]*Found, n)
	each(n, func(i int) {
		d := Random(uint64(1+i+first()), false)
		if d.Scenario.Objective.IsZero() {
			return
		}
		if f, ok := d.find(uint64(i)); ok {
			found[i] = &f
			t.Log(f.line())
		}
	})
	t.Log("\n" + foundTable(found))
}

func (f Found) line() string {
	out := fmt.Sprintf("%-60s true %.3g confirmed %.3g (%+.1f %%) in %d requests, ladder %d |", f.Name, f.Truth, f.Confirmed, 100*(f.Confirmed/f.Truth-1), f.Requests, f.Ladder)
	for _, s := range f.Steps {
		mark := ""
		if s.Overrun {
			mark = "!"
		}
		if s.Confirm {
			mark += "?"
		}
		out += fmt.Sprintf(" %.2f:%.3f/%d/%.0f%s", s.Load/f.Truth, s.Share, s.Requests, s.N, mark)
	}
	return out
}

func foundTable(all []*Found) string {
	var n, given, over, near int
	var ratio float64
	for _, f := range all {
		if f == nil {
			continue
		}
		n++
		ratio += float64(f.Requests) / float64(f.Ladder)
		if f.Confirmed > 0 {
			given++
			r := f.Confirmed / f.Truth
			if r > 1.03 {
				over++
			}
			if r > 1/1.08 && r < 1.08 {
				near++
			}
		}
	}
	return fmt.Sprintf("N %d given %d over %d near %d requests/ladder %.2f", n, given, over, near, ratio/float64(n))
}

func TestReplicasStudy(t *testing.T) {
	n := asked(t)
	planned := make([]*Planned, n)
	each(n, func(i int) {
		d := Random(uint64(1+i+first()), false)
		if d.Scenario.Objective.IsZero() {
			return
		}
		if p, ok := d.plan(t.TempDir(), uint64(i)); ok {
			planned[i] = &p
			t.Logf("%-60s %.3g/s said %v true %v %s", p.Name, p.Rate, p.Said, p.True, p.Reason)
		}
	})
	all, exact, short, within := 0, 0, 0, 0
	for _, p := range planned {
		if p == nil || p.Reason != "" {
			continue
		}
		most, isShort := p.off()
		all++
		if most == 0 {
			exact++
		}
		if isShort {
			short++
		}
		if most <= 1 {
			within++
		}
	}
	t.Logf("\n| replicas, both balancers, of %d plans | found |\n|---|---|\n| exact | %d |\n| short | %d |\n| off by at most one | %d |", all, exact, short, within)
}
