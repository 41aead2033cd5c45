package simulator

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"loadgen/simulator/engine"
)

// A Slowdown makes the GPU slower for a while: a cold start, another process on it, heat.
type Slowdown struct {
	From, To time.Duration // of the clock
	Factor   float64       // by which steps take longer
}

// slowed is a step-time function under slowdowns.
func slowed(steps func(*engine.Step) engine.Timing, slow []Slowdown) func(*engine.Step) engine.Timing {
	return func(s *engine.Step) engine.Timing {
		l := steps(s)
		for _, x := range slow {
			if s.Scheduled >= x.From && s.Scheduled < x.To {
				l.GPU = time.Duration(float64(l.GPU) * x.Factor)
			}
		}
		return l
	}
}

// ParseSlowdown reads FACTOR[@FROM-TO], as in "1.5@60s-90s", with times from the server's start; without them it lasts.
func ParseSlowdown(s string) (Slowdown, error) {
	factor, span, placed := strings.Cut(s, "@")
	from, to, bounded := strings.Cut(span, "-")
	x := Slowdown{To: math.MaxInt64}
	var err [3]error
	x.Factor, err[0] = strconv.ParseFloat(factor, 64)
	if placed {
		x.From, err[1] = time.ParseDuration(from)
		x.To, err[2] = time.ParseDuration(to)
	}
	for _, e := range err {
		if e != nil {
			return Slowdown{}, errors.New("expected FACTOR[@FROM-TO], such as 1.5@60s-90s")
		}
	}
	if !(x.Factor > 0) || math.IsInf(x.Factor, 1) || placed && (!bounded || x.From < 0 || x.To <= x.From) {
		return Slowdown{}, errors.New("expected FACTOR[@FROM-TO] with a factor above 0 and FROM before TO")
	}
	return x, nil
}
