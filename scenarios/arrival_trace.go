package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var trace = arrival{Name: "trace", Doc: "recorded arrivals, again and again; a rate beside it squeezes or stretches " +
	"them to that mean",
	Pacer: func(l Law, rate float64, seed uint64) vegeta.Pacer { return newTracePacer(l.Trace, rate, seed) },
	Span: func(l Law, rate float64) time.Duration {
		return time.Duration(float64(l.Trace.Period) * l.Trace.Rate / rate)
	},
	Says: func(l Law) string { return l.Trace.String() },
	keys: func(r *reader, l *Law) fields {
		l.Trace = &Trace{}
		return fields{"file": r.text(&l.Trace.File), "unit": r.oneOf(&l.Trace.Unit, "s", "ms", "us", "ns"),
			"column": r.text(&l.Trace.Column)}
	},
	need: []string{"file"},
	read: func(r *reader, n ast.Node, path string, l *Law) {
		if err := l.Trace.load(r.file); err != nil {
			r.fault(n, path, "CSV with a column of times, or JSON lines with a timestamp; column: names it, unit: its unit",
				"%v", err)
		}
	},
}

// A Trace is arrivals that were recorded. The stamps themselves are not kept with a run: their file's hash is.
type Trace struct {
	File   string        `json:"file"`             // as the scenario gives it, from the scenario's directory
	Unit   string        `json:"unit"`             // of stamps that are numbers
	Column string        `json:"column,omitempty"` // the column or key of the stamps; empty: the usual names
	SHA    string        `json:"sha256"`
	N      int           `json:"n"`
	Rate   float64       `json:"rate"`      // as recorded, requests/s
	Period time.Duration `json:"period_ns"` // after which it begins again
	// not 0: the stamps sit on a grid of this, and each is moved by U(0, Quantum)
	Quantum time.Duration   `json:"quantum_ns,omitempty"`
	Even    time.Duration   `json:"even_ns,omitempty"` // not 0: more than half of the gaps are exactly this
	Stamps  []time.Duration `json:"-"`                 // from the first, rising
	Says    []string        `json:"says,omitempty"`    // what was taken for granted, and what looks odd

	lines []int // of the file, of each stamp
	rows  []int // of the prompts' file that is the same one, of each stamp; nil: it is another
}

func (t *Trace) String() string {
	s := fmt.Sprintf("%s, %d arrivals in %v", t.File, t.N, t.Period.Round(time.Millisecond))
	if t.Quantum > 0 {
		s += fmt.Sprintf(", spread over their grid of %v", t.Quantum)
	}
	return s
}

// learn computes what is known of stamps (R1.7). A grid is suspected when more than a tenth of the gaps are zero; its
// quantum is the smallest other gap.
func (t *Trace) learn(stamps []time.Duration) error {
	stamps = t.sorted(stamps)
	last := len(stamps) - 1
	if last < 1 || stamps[last] == stamps[0] {
		return fmt.Errorf("%s: expected two different times at least, got %d times", t.File, len(stamps))
	}
	t.Quantum, t.Even = 0, 0
	first, seen := stamps[0], map[time.Duration]int{}
	smallest := stamps[last] - first
	for i := range stamps {
		stamps[i] -= first
		if i > 0 {
			gap := stamps[i] - stamps[i-1]
			seen[gap]++
			if gap > 0 {
				smallest = min(smallest, gap)
			}
		}
	}
	for gap, n := range seen {
		if gap > 0 && 2*n > last {
			t.Even = gap
		}
	}
	if 10*seen[0] > last {
		t.Quantum, t.Even = smallest, 0
	}
	t.Stamps, t.N = stamps, len(stamps)
	t.Period = stamps[last] + max(t.Quantum, stamps[last]/time.Duration(last))
	t.Rate = float64(t.N) / t.Period.Seconds()
	return nil
}

// ReadTrace reads recorded arrivals: CSV with a column of times, or JSON lines with a timestamp. Unit and column may be
// empty.
func ReadTrace(file, unit, column string) (*Trace, error) {
	t := &Trace{File: file, Unit: unit, Column: column}
	return t, t.load("")
}

// traceConcerns says what was found in recordings, and what was done about it.
func (s *Scenario) traceConcerns() []concern {
	var out []concern
	for _, p := range s.Phases {
		t := p.Arrival.Trace
		if t != nil {
			out = append(out, s.pairConcerns(p.Name, t)...)
		}
		switch {
		case t == nil:
		case t.Quantum > 0:
			out = append(out, concern{ID: "quantised-trace",
				Says: fmt.Sprintf("phase %s: the stamps of %s sit on a grid of %v: as recorded they would be a burst every %v, "+
					"so each is moved by a "+
					"random part of it, the same for the same seed", p.Name, t.File, t.Quantum, t.Quantum),
				Instead: "record finer stamps"})
		case t.Even > 0:
			out = append(out, concern{ID: "even-trace",
				Says: fmt.Sprintf("phase %s: more than half of the gaps of %s are exactly %v: no users arrive like that", p.Name,
					t.File, t.Even),
				Instead: "look at how it was recorded; it is played as it is"})
		}
	}
	return out
}

// A tracePacer is the trace over and over, its times multiplied by a factor.
type tracePacer struct {
	due    []time.Duration // of one pass
	period time.Duration   // of one pass
	rate   float64
}

func newTracePacer(t *Trace, rate float64, seed uint64) tracePacer {
	due, _ := t.pass(rate, seed)
	return tracePacer{due, time.Duration(t.Rate / rate * float64(t.Period)), rate}
}

// pass is one pass of the trace at a rate: the due times in their order, and which stamp each is of.
func (t *Trace) pass(rate float64, seed uint64) (due []time.Duration, order []int) {
	factor := t.Rate / rate
	r, moved := arrivalRand(seed), make([]time.Duration, len(t.Stamps))
	order = make([]int, len(t.Stamps))
	for i, stamp := range t.Stamps {
		moved[i], order[i] = time.Duration(factor*(float64(stamp)+r.Float64()*float64(t.Quantum))), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(moved[a], moved[b]) })
	for _, i := range order {
		due = append(due, moved[i])
	}
	return due, order
}

// Pace waits until due(hits).
func (p tracePacer) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	n := uint64(len(p.due))
	return max(0, time.Duration(hits/n)*p.period+p.due[hits%n]-elapsed), false
}

// Rate is the mean rate.
func (p tracePacer) Rate(time.Duration) float64 { return p.rate }
