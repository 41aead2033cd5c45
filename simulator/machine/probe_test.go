package machine

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// Steps as an H200 took them, one prompt at a time and in steady decode (testdata/gpu/quantised), are met by the
// profile that was fitted to them.
func TestStepsOfAnH200(t *testing.T) {
	off := map[string][]float64{}
	for _, row := range rowsOf(t, "../../testdata/gpu/quantised/probe.csv") {
		prompt, _ := strconv.Atoi(row[2])
		n, _ := strconv.Atoi(row[3])
		want, err := strconv.ParseFloat(row[4], 64)
		m := startMachine(t, row[0])
		if err != nil || row[1] == "lone" && prompt > m.Budget {
			continue // in several steps
		}
		step := engine.Step{Tokens: n, Decodes: n, Sampled: n, Context: n * (prompt + 80)}
		if row[1] == "lone" {
			step = engine.Step{Tokens: prompt, Prefills: 1, PrefillTokens: prompt, Sampled: 1,
				Attended: float64(prompt) * float64(prompt+1) / 2}
		}
		l := m.StepTime(1)(&step)
		is := max(l.GPU, l.Hold)
		if row[1] == "lone" { // nothing runs before it
			is = max(l.GPU+l.Host, l.Hold)
		}
		e := is.Seconds()*1e3/want - 1
		t.Logf("%-18s %-6s %5d tokens × %3d: %7.2f ms, simulated %7.2f, %+.0f %%", row[0], row[1], prompt, n, want,
			float64(is)/float64(time.Millisecond), 100*e)
		off[row[1]] = append(off[row[1]], math.Abs(e))
	}
	for what, limit := range map[string]float64{"decode": .03, "lone": .15} {
		all := off[what]
		slices.Sort(all)
		if median := all[len(all)/2]; len(all) < 30 || median > limit {
			t.Errorf("%s: %d steps, median %.1f %%", what, len(all), 100*median)
		} else {
			t.Logf("%s: median %.1f %%, at most %.0f %%", what, 100*median, 100*all[len(all)-1])
		}
	}
}

// startMachine is the machine of a start by its name: 8b-awq-kv8-2048.
func startMachine(t *testing.T, start string) Machine {
	t.Helper()
	parts := strings.Split(start, "-")
	m := Machine{TP: 1, KVDtype: "auto", MaxSeqs: 1024}
	if strings.Contains(start, "kv8") {
		m.KVDtype = "fp8"
	}
	m.Budget, _ = strconv.Atoi(parts[len(parts)-1])
	var ok bool
	if m.Model, m.Quant, ok = vllm.FindModel("Qwen3-" + parts[0] + "-" + parts[1]); !ok {
		t.Fatal(start)
	}
	m.Card, _ = vllm.FindCard("H200")
	m.Profile, _ = FindProfile("H200")
	return m
}

// Every card has one row of coefficients that can be.
func TestProfileOfEveryCard(t *testing.T) {
	for _, c := range vllm.Cards {
		p, ok := FindProfile(c.Name)
		if err := p.Check(); !ok || err != nil {
			t.Errorf("%s: %v, %v", c.Name, ok, err)
		}
	}
	if len(Profiles) != len(vllm.Cards) {
		t.Errorf("%d profiles, %d cards", len(Profiles), len(vllm.Cards))
	}
}
