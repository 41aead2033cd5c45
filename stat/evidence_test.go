package stat

import "testing"

func TestEvidenceOfAQuantile(t *testing.T) {
	for p, want := range map[float64]int{0.5: 20, 0.9: 100, 0.99: 1000, 0.999: 10000} {
		if got := Needed(p); got != want {
			t.Errorf("p%g needs %d samples, want %d", 100*p, got, want)
		}
	}
	for _, c := range []struct{ n, answers, solid, soft float64 }{
		{1000, 20, 0.99, 0.99}, {999, 20, 0.9, 0.99}, {500, 20, 0.9, 0.99}, {499, 20, 0.9, 0.9},
		{1000, 19.9, 0, 0.99}, {1000, 5, 0, 0.99}, {1000, 4.9, 0, 0}, {10000, 20, 0.999, 0.999}, {9, 20, 0, 0},
		{10, 20, 0, 0.5}, {20, 20, 0.5, 0.5},
	} {
		if solid, soft := Strictest(c.n, c.answers, 0.5, 0.9, 0.99, 0.999); solid != c.solid || soft != c.soft {
			t.Errorf("%v: solid %v, soft %v", c, solid, soft)
		}
	}
}
