package engine

import "testing"

// Layers that see a window hold blocks for the window and the step at hand, and give back what has left it; all of them
// are free in the end.
func TestBlocksBeside(t *testing.T) {
	b := newBench(func(c *Config) { c.Blocks, c.Beside = 101, Beside{Groups: 2, Tokens: 16, Window: 32} })
	most := 0
	b.run(t, func() { b.submit(400, 200) })
	for _, s := range b.steps {
		most = max(most, s.Used)
	}
	// 600 tokens are 38 blocks of the request's own, and two groups hold (31 + 1 token + 15) / 16 + 1 = 3 each in decode.
	// While 64 of its last prompt tokens are computed, they hold 7 each.
	if want := 38 + 2*3; most != want {
		t.Errorf("%d blocks at most, want %d", most, want)
	}
	if left := b.steps[len(b.steps)-1].Used; left != 0 {
		t.Errorf("%d blocks in the end", left)
	}
	for _, c := range []struct{ start, n, window int }{{0, 10, 4}, {0, 3, 4}, {5, 7, 4}, {2, 6, 4}, {0, 1, 1}} {
		want := 0
		for i := 1; i <= c.n; i++ {
			want += min(c.start+i, c.window)
		}
		if got := near(c.start, c.n, c.window); got != float64(want) {
			t.Errorf("%+v: %v pairs, want %d", c, got, want)
		}
	}
}

// A pool that is too small for what lies beside lets fewer requests run, and all end.
func TestBesideLimitsAdmission(t *testing.T) {
	running := func(beside Beside) int {
		b := newBench(func(c *Config) { c.Blocks, c.Beside = 41, beside })
		b.run(t, func() {
			for range 8 {
				b.submit(64, 8)
			}
		})
		most := 0
		for _, s := range b.steps {
			most = max(most, s.Running)
		}
		if len(b.times) != 8 {
			t.Errorf("%d of 8 requests were answered", len(b.times))
		}
		return most
	}
	if alone, with := running(Beside{}), running(Beside{Groups: 2, Tokens: 16, Window: 64}); with >= alone || with == 0 {
		t.Errorf("%d run, with others beside %d", alone, with)
	}
}
