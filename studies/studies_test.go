package studies

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"loadgen/analysis"
	"loadgen/simulator/prompt"
	"loadgen/stat"
)

// asked is how many deployments the environment asks for; without, the studies are skipped: they take minutes.
func asked(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("LOADGEN_STUDIES"))
	if err != nil {
		t.Skip("make studies plays them")
	}
	return n
}

// each runs f for many seeds on both cores.
func each(n int, f func(i int)) {
	var all sync.WaitGroup
	next := make(chan int)
	for range 2 {
		all.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

func TestAdviceStudy(t *testing.T) {
	n := asked(t)
	for _, known := range worlds() {
		name := "worlds off the tool's coefficients"
		if known {
			name = "worlds equal to the tool's coefficients"
			n = max(1, n/4)
		}
		var mu sync.Mutex
		var verdicts []*verdict
		each(n, func(i int) {
			d := random(uint64(1+i+first()), known)
			v, err := judge(d, place(t, d.Scenario.Seed, known))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			verdicts = append(verdicts, &v)
			t.Log(v.line())
			if len(verdicts)%everySoMany == 0 {
				t.Log("\n" + table(name+", so far", verdicts))
			}
		})
		t.Log("\n" + table(name, verdicts))
	}
}

// everySoMany worlds the table so far is told, since hundreds take hours.
const everySoMany = 20

// place is where a deployment is played; LOADGEN_KEEP keeps it, and what was found of it, for another build.
func place(t *testing.T, seed uint64, known bool) string {
	dir := os.Getenv("LOADGEN_KEEP")
	if dir == "" {
		return t.TempDir()
	}
	dir = filepath.Join(dir, fmt.Sprintf("%d-%v", seed, known))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (v verdict) line() string {
	var changes []string
	for _, c := range v.Advice.Changes {
		changes = append(changes, fmt.Sprintf("%s %v→%v", c.Flag, c.From, c.To))
	}
	effect := ""
	if len(v.Advice.Changes) > 0 && v.Advice.Changes[0].Effect != nil {
		e := v.Advice.Changes[0].Effect
		effect = fmt.Sprintf(" said %.2f (%.2f–%.2f)", e.Ratio, e.Lo, e.Hi)
	}
	for _, c := range v.Advice.TradeOffs {
		effect += fmt.Sprintf(" trade-off %s %v %.2f (%.2f–%.2f)", c.Flag, c.To, c.Effect.Ratio, c.Effect.Lo, c.Effect.Hi)
	}
	effect += " | " + strings.Join(v.Advice.Because, "; ")
	h := v.Advice.Held
	if b := h.Belief; b.Known() {
		effect += fmt.Sprintf(" | believed × %.3f ± %.3f", b.Load/v.Base.load, b.Off)
	}
	return fmt.Sprintf("%-62s %-26s held %.3g≥%.3g true %.3g | best %.2f %v | advised %v true %.2f%s | %s right %v | %v",
		v.Name, v.Twist, h.Value, h.Lower, v.Base.load, v.Best, v.BestFlag, changes, v.Advised, effect,
		v.Advice.Bottleneck, v.bottleneckRight(), v.Relief)
}

// table tells what must hold beside what was found.
func table(name string, all []*verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s (%d deployments)\n\n| | wanted | found |\n|---|---|---|\n", name, len(all))
	share := func(what, wanted string, of func(*verdict) bool, holds func(*verdict) bool) {
		n, k := 0, 0
		for _, v := range all {
			if of(v) {
				n++
				if holds(v) {
					k++
				}
			}
		}
		if n == 0 {
			fmt.Fprintf(&b, "| %s | %s | none of them |\n", what, wanted)
			return
		}
		fmt.Fprintf(&b, "| %s | %s | %.0f %% (%d of %d) |\n", what, wanted, 100*float64(k)/float64(n), k, n)
	}
	feasible := func(v *verdict) bool { return v.Base.requests > 0 && !v.Capped }
	share("≥ 10 % to gain: names a flag and direction that gains", "≥ 90 %", func(v *verdict) bool {
		return feasible(v) && v.Best >= 1.10
	}, func(v *verdict) bool { return v.Worth })
	share("5 to 10 % to gain: the same", "≥ 70 %", func(v *verdict) bool {
		return feasible(v) && v.Best >= 1.05 && v.Best < 1.10
	}, func(v *verdict) bool { return v.Worth })
	share("< 2 % to gain: keep", "≥ 95 %", func(v *verdict) bool {
		return feasible(v) && math.Max(v.Best, v.Advised) < 1.02 // a pair may bring what none of its changes does
	},
		func(v *verdict) bool { return len(v.Advice.Changes) == 0 })
	share("met at all that was played: keep", "≥ 95 %", func(v *verdict) bool { return v.Capped }, func(v *verdict) bool {
		return len(v.Advice.Changes) == 0
	})
	share("objective infeasible: said", "≥ 90 %", func(v *verdict) bool { return v.Base.requests == 0 },
		func(v *verdict) bool { return v.Advice.Held.State == analysis.HeldNone })
	share("advised change that lowers held load by > 2 %", "≤ 2 %", func(v *verdict) bool {
		return len(v.Advice.Changes) > 0
	}, func(v *verdict) bool { return v.Advised < 0.98 })
	share("effect inside its interval", "90 to 98 %", func(v *verdict) bool {
		return len(v.Advice.Changes) > 0 && feasible(v)
	}, func(v *verdict) bool {
		e := v.Advice.Changes[0].Effect
		return e != nil && v.Advised >= e.Lo && v.Advised <= e.Hi
	})
	share("bottleneck right, ties within 2 %", "≥ 90 %", feasible, func(v *verdict) bool { return v.bottleneckRight() })
	held := func(v *verdict) bool { return v.Advice.Held.State == analysis.Held && feasible(v) }
	share("claimed lower bound > 3 % above the truth", "≤ 3 %", func(v *verdict) bool { return v.Advice.Held.Proven() },
		func(v *verdict) bool { return v.Advice.Held.Lower > 1.03*v.Base.load })
	share("held load within 8 % of the truth", "≥ 85 %", held, func(v *verdict) bool {
		r := v.Advice.Held.Value / v.Base.load
		return r > 1/1.08 && r < 1.08
	})
	var short, half []float64
	for _, v := range all {
		if feasible(v) {
			short = append(short, max(0, 1-v.Advised/v.Best))
		}
		if c := v.Advice.Changes; len(c) > 0 && c[0].Effect != nil {
			half = append(half, (c[0].Effect.Hi-c[0].Effect.Lo)/2/c[0].Effect.Ratio)
		}
	}
	slices.Sort(short)
	slices.Sort(half)
	fmt.Fprintf(&b, "| advised setting short of the best single change, median · p95 | ≤ 3 %% · ≤ 12 %% | %.1f · "+
		"%.1f %% |\n", 100*stat.Quantile(short, 0.5), 100*stat.Quantile(short, 0.95))
	fmt.Fprintf(&b, "| half-width of an effect's interval, median | ≤ 15 %% | %.0f %% |\n", 100*stat.Quantile(half, 0.5))
	return b.String()
}

// first is the seed before the first; LOADGEN_FIRST moves it.
func first() int {
	n, _ := strconv.Atoi(os.Getenv("LOADGEN_FIRST"))
	return n
}

// worlds are off the tool's coefficients and equal to them; LOADGEN_WORLDS=off or own plays one kind alone.
func worlds() []bool {
	switch os.Getenv("LOADGEN_WORLDS") {
	case "off":
		return []bool{false}
	case "own":
		return []bool{true}
	}
	return []bool{false, true}
}

// The truth's prompts are as long as those that are served.
func TestTemplateIsTheServersOwn(t *testing.T) {
	chat, _, err := prompt.Tokenize([]byte(`{"messages": [{"role": "user", "content": "one two three"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := prompt.Tokenize([]byte(`{"prompt": "one two three"}`))
	if err != nil || chat.Tokens.Count-plain.Tokens.Count != template {
		t.Error(err, chat.Tokens.Count, plain.Tokens.Count)
	}
}
