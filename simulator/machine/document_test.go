package machine

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
)

// A beside is one prompt that came beside k steady decodes (testdata/gpu/probes): what its client waited for the first
// token, and the two longest waits of a stream meanwhile, in their order; ms.
type beside struct{ ttft, one, two float64 }

// A besides is where: the server, the streams and the prompt's tokens.
type besides struct {
	start     string
	k, tokens int
}

const probes = "../../testdata/gpu/probes/"

// readBesides returns the medians of what was measured.
func readBesides(t *testing.T) map[besides]beside {
	t.Helper()
	f, err := os.Open(probes + "probe.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[besides][]beside{}
	for _, row := range rows[1:] {
		k, _ := strconv.Atoi(row[1])
		tokens, _ := strconv.Atoi(row[2])
		sent, _ := strconv.ParseFloat(row[3], 64)
		first, _ := strconv.ParseFloat(row[4], 64)
		var at []float64
		for _, s := range strings.Fields(row[5]) {
			ms, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			at = append(at, ms)
		}
		if k > 0 {
			where := besides{row[0], k, tokens}
			all[where] = append(all[where], waits(sent, first, at))
		}
	}
	out := map[besides]beside{}
	for where, these := range all {
		out[where] = middle(these)
	}
	return out
}

// waits are the two longest waits of a stream that got tokens at such times, while a prompt was on its way.
func waits(sent, first float64, at []float64) beside {
	b := beside{ttft: first - sent}
	for i := 1; i < len(at); i++ {
		if at[i] <= sent || at[i-1] >= first+30 {
			continue
		}
		switch gap := at[i] - at[i-1]; {
		case b.one <= b.two && gap > b.one:
			b.one, b.two = b.two, gap
		case b.one > b.two && gap > b.two:
			b.two = gap
		}
	}
	return b
}

func middle(all []beside) beside {
	of := func(get func(beside) float64) float64 {
		v := make([]float64, len(all))
		for i, b := range all {
			v[i] = get(b)
		}
		slices.Sort(v)
		return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	}
	return beside{of(func(b beside) float64 { return b.ttft }), of(func(b beside) float64 { return b.one }),
		of(func(b beside) float64 { return b.two })}
}

// playBeside plays six prompts beside k streams, as probe.py does.
func playBeside(t *testing.T, where besides) beside {
	t.Helper()
	name := strings.NewReplacer("awq", "8b-awq-kv8", "bf16", "8b-bf16", "big", "32b-awq-kv8", "small", "1.7b-fp8-kv8",
		"-a", "").Replace(where.start)
	m := startMachine(t, name)
	prompt := where.tokens
	if prompt == 0 {
		prompt = 40
	}
	var in []Served
	for range where.k {
		in = append(in, Served{Prompt: 64, Output: 3000})
	}
	for i := range 6 {
		in = append(in, Served{Arrival: 500*time.Millisecond + time.Duration(i)*(500*time.Millisecond+7300*time.Microsecond),
			Prompt: prompt, Output: 2})
	}
	r := &replay{}
	r.begin(m, &clock.Agenda{}, 60000, in, 1, inLockstep)
	var at []float64
	token := r.token
	r.fronts = NewFronts(m.APIServers, r.clk, m.Profile, r.do, func(i int, now time.Duration) {
		if i == 0 {
			at = append(at, now.Seconds()*1e3)
		}
		token(i, now)
	})
	for _, f := range r.fronts {
		f.next = r.clk.Next
	}
	out, err := r.play()
	if err != nil {
		t.Fatal(err)
	}
	var all []beside
	for _, s := range out[where.k:] {
		all = append(all, waits(s.Arrival.Seconds()*1e3, s.First.Seconds()*1e3, at))
	}
	return middle(all)
}

// TestPromptsBesideStreams plays what probe.py measured: a document's step holds the streams twice, once while it is
// launched and once while it runs on. Limits are what was reached, and a little more.
func TestPromptsBesideStreams(t *testing.T) {
	measured := readBesides(t)
	where := slices.SortedFunc(maps.Keys(measured), func(a, b besides) int {
		return cmp.Or(strings.Compare(a.start, b.start), a.k-b.k, a.tokens-b.tokens)
	})
	off := map[string][]float64{}
	for _, w := range where {
		want, is := measured[w], playBeside(t, w)
		t.Logf("%-13s %2d streams, %4d tokens: TTFT %5.1f ms, simulated %5.1f; waits %5.1f + %5.1f, simulated %5.1f + %5.1f",
			w.start, w.k, w.tokens, want.ttft, is.ttft, want.one, want.two, is.one, is.two)
		if ttft := math.Abs(is.ttft/want.ttft - 1); w.k < 96 {
			off["TTFT"] = append(off["TTFT"], ttft)
		} else {
			off["TTFT of 96"] = append(off["TTFT of 96"], ttft)
		}
		if w.tokens >= 600 && w.k < 96 {
			off["longest wait"] = append(off["longest wait"], math.Abs(max(is.one, is.two)/max(want.one, want.two)-1))
		}
		if w.tokens == 3000 && w.k < 96 && w.start != "big-2048-a" {
			off["both waits"] = append(off["both waits"], math.Abs((is.one+is.two)/(want.one+want.two)-1))
		}
	}
	for what, limit := range map[string]float64{"TTFT": .12, "TTFT of 96": .30, "longest wait": .12, "both waits": .12} {
		all := off[what]
		slices.Sort(all)
		t.Logf("%s: median %.1f %%, at most %.0f %%", what, 100*all[len(all)/2], 100*all[len(all)-1])
		if len(all) < 10 || all[len(all)/2] > limit {
			t.Errorf("%s: %d, median %.1f %%", what, len(all), 100*all[len(all)/2])
		}
	}
}
