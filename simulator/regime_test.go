package simulator

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
)

// A sign is what a regime's truth shows: means over its steps, and quantiles of what its clients saw.
type sign struct {
	running, waiting, used, full float64 // full: the share of steps that take the whole budget
	prefill, step                float64 // prompt tokens and seconds of a step
	itl50, itl99                 float64
	ttftShort, ttft50, ttft99    float64
	preempted                    int
	seqs, blocks                 int
}

// signOf plays a regime and reads its truth log.
func signOf(t *testing.T, r Regime) (g sign) {
	var log strings.Builder
	o := r.Options
	o.Truth = &log
	w := newWorld(t, o)
	w.run(func() {
		g := clock.NewGroup(w.clk, "clients")
		n := 0
		for range r.Load.Clients {
			g.Go("client", func() {
				for range 4 {
					n++
					input, output := r.Load.Input, r.Load.Output/2+n*7%r.Load.Output // the same lengths for all would march in step
					if r.Load.Every > 0 && n%r.Load.Every == 0 {
						input = r.Load.Long
					}
					body := chat(r.Options.Model, sprint("%d ", n)+words60(input-10),
						sprint(`,"max_tokens":%d,"ignore_eos":true,"stream":true`, output))
					w.do("POST", "/v1/chat/completions", body, 0)
				}
			})
		}
		_ = g.Wait(context.Background())
	})
	if err := w.s.Flush(); err != nil {
		t.Fatal(err)
	}
	f := w.s.Facts()
	g.seqs, g.blocks = f.MaxSeqs, f.NumGPUBlocks-1
	g.read(t, log.String(), f.Budget)
	return g
}

func (g *sign) read(t *testing.T, log string, budget int) {
	var steps float64
	var itl, ttft, short []float64
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		var l struct {
			Step, Start, End, Running, Waiting, Used, Preempted *float64
			Tokens                                              json.RawMessage
			Prefill                                             float64 `json:"prefill_tokens"`
			Prompt, Arrived                                     float64
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err, line)
		}
		if l.Step != nil {
			steps++
			g.running, g.waiting, g.used = g.running+*l.Running, g.waiting+*l.Waiting, g.used+*l.Used
			g.prefill, g.step, g.preempted = g.prefill+l.Prefill, g.step+(*l.End-*l.Start)/1e9, g.preempted+int(*l.Preempted)
			var n int
			_ = json.Unmarshal(l.Tokens, &n)
			if n == budget {
				g.full++
			}
			continue
		}
		var times []float64
		if err := json.Unmarshal(l.Tokens, &times); err != nil {
			t.Fatal(err)
		}
		ttft = append(ttft, (times[0]-l.Arrived)/1e9)
		if l.Prompt < 1000 {
			short = append(short, (times[0]-l.Arrived)/1e9)
		}
		for i := range times[1:] {
			itl = append(itl, (times[i+1]-times[i])/1e9)
		}
	}
	for _, mean := range []*float64{&g.running, &g.waiting, &g.used, &g.full, &g.prefill, &g.step} {
		*mean /= steps
	}
	g.used /= float64(g.blocks)
	at := func(v []float64, q float64) float64 {
		if len(v) == 0 {
			return 0
		}
		slices.Sort(v)
		return v[int(q*float64(len(v)-1))]
	}
	g.itl50, g.itl99, g.ttft50, g.ttft99, g.ttftShort = at(itl, .5), at(itl, .99), at(ttft, .5), at(ttft, .99),
		at(short, .9)
}

// TestRegimes plays every regime and looks for the mark by which vllm.md 4.7 knows it.
func TestRegimes(t *testing.T) {
	marks := map[string]func(g sign) bool{
		"none": func(g sign) bool { return g.waiting < .1 && g.used < .1 && g.preempted == 0 },
		"kv-memory": func(g sign) bool {
			return g.waiting > 5 && g.used > .8 && g.running < float64(g.seqs)/2 && g.preempted < 40
		},
		"kv-thrash": func(g sign) bool { return g.preempted > 100 && g.used > .8 && g.itl99 > 2*g.itl50 },
		"max-num-seqs": func(g sign) bool {
			return g.running > 15 && g.waiting > 20 && g.used < .2 &&
				g.preempted == 0
		},
		"token-budget": func(g sign) bool { return g.full > .8 && g.used < .9 && g.itl99 < 1.5*g.itl50 },
		"prefill-interference": func(g sign) bool {
			return g.itl99 > 10*g.itl50 && g.itl99 > .5 && g.preempted == 0 &&
				g.used < .9
		},
		"head-of-line": func(g sign) bool {
			return g.ttftShort > 5*.05 && g.used < .9 && g.preempted == 0 &&
				g.waiting > 1
		},
		"bandwidth": func(g sign) bool {
			return g.waiting < 5 && g.used < .9 && g.running > 50 &&
				g.prefill < 300
		},
		"compute": func(g sign) bool { return g.prefill > 4000 && g.full > .8 },
		// they wait, and not in the engine
		"front-end": func(g sign) bool { return g.ttft50 > 50*g.step && g.waiting < 1 && g.used < .5 },
	}
	for _, r := range Regimes {
		start := time.Now()
		g := signOf(t, r)
		if mark := marks[r.Name]; mark == nil || !mark(g) {
			t.Errorf("%s does not show: %+v", r.Name, g)
		} else {
			t.Logf("%s in %v: %+v", r.Name, time.Since(start).Round(time.Millisecond), g)
		}
	}
}
