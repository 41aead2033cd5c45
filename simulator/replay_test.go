package simulator

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/machine"
)

// recording reads a load that was played against a real server (machine/testdata).
func recording(t *testing.T, file string) (out []machine.Served) {
	t.Helper()
	text, err := os.ReadFile("machine/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(text), "\n")
	for row := range strings.Lines(rows) {
		var s machine.Served
		_, err := fmt.Sscanf(row, "%d,%d,%d,%d,%d", &s.Arrival, &s.Prompt, &s.Output, &s.First, &s.Last)
		if err != nil {
			t.Fatal(row, err)
		}
		for _, us := range []*time.Duration{&s.Arrival, &s.First, &s.Last} {
			*us *= time.Microsecond
		}
		out = append(out, s)
	}
	return out
}

// replayed plays a recording against a simulated server, as its clients saw it.
func replayed(t *testing.T, o Options, in []machine.Served) []machine.Served {
	w := newWorld(t, o)
	out := make([]machine.Served, len(in))
	copy(out, in)
	w.run(func() {
		g := clock.NewGroup(w.clk, "clients")
		for i := range out {
			s := &out[i]
			_ = w.clk.SleepUntil(context.Background(), s.Arrival)
			g.Go("client", func() {
				text := sprint("%d ", i) + words60(max(1, s.Prompt-4)) // some four tokens number the prompt, so that none is cached
				got := w.do("POST", "/v1/completions",
					sprint(`{"model":%q,"prompt":%q,"max_tokens":%d,"ignore_eos":true,"stream":true}`, o.Model, text, s.Output), 0)
				s.First, s.Last = got.at[0], got.at[len(got.at)-2] // [DONE] is the last event
			})
		}
		_ = g.Wait(context.Background())
	})
	return out
}

// TestH100 plays loads, recorded on a real H100 and fitted to nothing, through the whole server: HTTP, API server and
// engine.
func TestH100(t *testing.T) {
	for _, c := range []struct {
		file  string
		limit float64
	}{{"open-6", .045}, {"open-16", .05}, {"open-8", .035}} {
		truth := recording(t, "h100-qwen3-8b/"+c.file+".csv")
		got := replayed(t, Options{Model: "Qwen/Qwen3-8B", Flags: map[string]any{"max-model-len": 16384}}, truth)
		want, is := machine.Summarise(truth), machine.Summarise(got)
		for i, name := range machine.StatisticNames {
			t.Logf("%s %-10s %8.4f %8.4f %+.1f %%", c.file, name, want[i], is[i], 100*(is[i]/want[i]-1))
		}
		t.Logf("%s: mean error %.1f %%", c.file, 100*is.Error(want))
		if is.Error(want) > c.limit {
			t.Errorf("%s: mean error %.1f %%", c.file, 100*is.Error(want))
		}
	}
}
