package simulator

import (
	"math"
	"testing"
	"time"
)

func TestParseSlowdown(t *testing.T) {
	for in, want := range map[string]Slowdown{
		"2":           {0, math.MaxInt64, 2},
		"1.5@60s-90s": {time.Minute, 90 * time.Second, 1.5},
	} {
		if got, err := ParseSlowdown(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "0", "-1", "nan", "inf", "2@", "2@5s", "2@9s-5s", "2@-1s-5s", "x@1s-2s"} {
		if got, err := ParseSlowdown(bad); err == nil {
			t.Errorf("%q: taken as %+v", bad, got)
		}
	}
}
