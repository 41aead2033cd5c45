package studies

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestCoverageStudy(t *testing.T) {
	n := some(asked(t), 12)
	all, shown := covering{}, [2]int{}
	var mu sync.Mutex
	each(n, func(i int) {
		d := random(uint64(1+i+first()), false)
		c, levels, err := d.cover(t.TempDir() + "/")
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(d.Name, err)
			return
		}
		for at, n := range c {
			all[at] = [2]int{all[at][0] + n[0], all[at][1] + n[1]}
		}
		shown = [2]int{shown[0] + levels[0], shown[1] + levels[1]}
		t.Log(d.Name)
	})
	t.Logf("\n%s\nTTFT and TPOT p50 are printed in %d of %d levels with 100 requests and three answers' length",
		all.table(), shown[1], shown[0])
}

// table is the share of printed intervals that hold the truth, a line for each regime and number.
func (c covering) table() string {
	names := slices.Sorted(maps.Keys(windows))
	lines := map[string][]string{}
	for at := range c {
		lines[at.Regime+" | "+at.Number] = make([]string, len(names))
	}
	for at, n := range c {
		lines[at.Regime+" | "+at.Number][slices.Index(names, at.Window)] = fmt.Sprintf("%.0f %% (%d of %d)",
			100*float64(n[1])/float64(n[0]), n[1], n[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| regime | number | %s |\n|---|---|%s\n", strings.Join(names, " | "),
		strings.Repeat("---|", len(names)))
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(lines[name], " | "))
	}
	return b.String()
}
