package scenarios

import (
	"fmt"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var ramp = arrival{Name: "ramp", Doc: "from rate to another one in a straight line, evenly spaced, then steady: " +
	"where does it tip over?",
	Pacer: func(l Law, rate float64, _ uint64) vegeta.Pacer {
		return rampPacer{l: l,
			line: vegeta.LinearPacer{StartAt: perTenThousand(rate), Slope: (l.To - rate) / l.Over.Seconds()},
			hits: (rate + l.To) / 2 * l.Over.Seconds()}
	},
	Span: func(l Law, _ float64) time.Duration { return l.Over },
	Says: func(l Law) string { return fmt.Sprintf("to %s/s over %v", trim(l.To), l.Over) },
	keys: func(r *reader, l *Law) fields {
		return fields{"to": r.number(&l.To, 1e-4, 1e6), "over": r.duration(&l.Over)}
	},
	need: []string{"to", "over"},
}

// A rampPacer is vegeta's line up to its end and a constant rate behind it.
type rampPacer struct {
	l    Law
	line vegeta.LinearPacer
	hits float64 // due on the line
}

// Pace waits for hit hits+1 of the integral, on the line or behind it.
func (p rampPacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if elapsed < p.l.Over {
		if wait, _ := p.line.Pace(elapsed, hits); elapsed+wait < p.l.Over {
			return wait, false
		}
	}
	at := p.l.Over + time.Duration((float64(hits+1)-p.hits)/p.l.To*float64(time.Second))
	return max(0, at-elapsed), false
}

// Rate is the rate at an instant.
func (p rampPacer) Rate(elapsed time.Duration) float64 { return p.line.Rate(min(elapsed, p.l.Over)) }
