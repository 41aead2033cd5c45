package studies

import (
	"fmt"
	"strings"
	"testing"

	"loadgen/analysis"
	"loadgen/scenarios"
)

// TestCompareStudy holds verdicts against what is true of two sides: starts of one server, and of one that brings a
// tenth more.
func TestCompareStudy(t *testing.T) {
	n := some(asked(t), 12)
	rows := []struct {
		name       string
		side       side
		different  bool
		everyWorld int // the eight starts are many plays
	}{
		{"one server, one start a side, four repetitions", side{1, 4, 1}, false, 1},
		{"one server, eight starts a side, four repetitions each", side{8, 4, 1}, false, 4},
		{"a tenth more, four starts a side", side{4, 1, 1}, true, 1},
	}
	said := make([]map[string]int, len(rows))
	for i := range said {
		said[i] = map[string]int{}
	}
	verdicts := make([][]string, n)
	each(n, func(i int) {
		d, most, ok := bracketed(uint64(1 + i + first()))
		if !ok {
			return
		}
		for _, row := range rows {
			if i%row.everyWorld != 0 {
				verdicts[i] = append(verdicts[i], "")
				continue
			}
			other, truly := row.side, 1.
			if row.different {
				if other.faster, truly = d.aTenth(most); truly < 1.08 || truly > 1.12 {
					verdicts[i] = append(verdicts[i], "")
					continue
				}
			}
			verdict, ratio, err := d.verdict(t.TempDir(), row.side, other)
			if err != nil {
				t.Error(d.Name, err)
				return
			}
			verdicts[i] = append(verdicts[i], verdict)
			t.Logf("%-60s %-55s true × %.3f: %s, %s", d.Name, row.name, truly, verdict, ratio)
		}
	})
	for _, v := range verdicts {
		for k, verdict := range v {
			said[k][verdict]++
		}
	}
	for k, row := range rows {
		delete(said[k], "")
		t.Logf("| %s | %v |", row.name, said[k])
	}
}

// bracketed is a random deployment with an objective, loaded at levels about what it truly holds; not where nothing is
// held or nothing breaks.
func bracketed(seed uint64) (d deployment, most int, ok bool) {
	d, most = random(seed, false), 384
	d.known = kept{}
	if d.Scenario.Objective.IsZero() {
		return d, most, false
	}
	held := d.limit(nil, most, false).load
	if held < 4 || held >= float64(most) {
		return d, most, false
	}
	i := strings.Index(d.YAML, "load: {")
	d.YAML = d.YAML[:i] + fmt.Sprintf("load: {concurrency: [%d, %d, %d, %d]}\n", int(held/2), int(0.8*held),
		int(1.2*held)+1, int(1.8*held)+2)
	var err error
	d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML))
	return d, most, err == nil
}

// verdict plays two sides and compares them.
func (d deployment) verdict(dir string, base, other side) (verdict, ratio string, err error) {
	x, err := base.play(d, dir+"/base", 100)
	if err != nil {
		return "", "", err
	}
	y, err := other.play(d, dir+"/other", 200)
	if err != nil {
		return "", "", err
	}
	all, err := analysis.Compare(x, y)
	if err != nil {
		return "", "", err
	}
	for _, r := range all[0].Decisive {
		ratio += fmt.Sprintf("%s × %.3f (%.3f–%.3f) ", r.Name, r.Ratio.Value, r.Ratio.Lo, r.Ratio.Hi)
	}
	return string(all[0].Verdict), ratio + all[0].Why, nil
}
