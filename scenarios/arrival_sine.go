package scenarios

import (
	"fmt"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var sine = arrival{Name: "sine", Doc: "a rate that swings about its mean, evenly spaced: a day in small",
	Pacer: func(l Law, rate float64, _ uint64) vegeta.Pacer {
		return vegeta.SinePacer{Period: l.Period, Mean: perTenThousand(rate), Amp: perTenThousand(rate * l.Amplitude),
			StartAt: vegeta.MeanUp}
	},
	Span: func(l Law, _ float64) time.Duration { return l.Period },
	Says: func(l Law) string { return fmt.Sprintf("± %s %% over %v", trim(100*l.Amplitude), l.Period) },
	keys: func(r *reader, l *Law) fields {
		l.Amplitude = 0.5
		return fields{"amplitude": r.swing(&l.Amplitude), "period": r.duration(&l.Period)}
	},
	need: []string{"period"},
}
