package simulator

import (
	"math"
	"time"
)

// A Lateness is how far behind its own schedule a server wrote its tokens: not at all in virtual time, by what the
// machine and its timers take on the wall clock, and Speed times that when it is sped up.
type Lateness struct {
	Tokens    int
	Sum, Most time.Duration

	counts [lateClasses]int
}

// Tokens are counted in classes, each a tenth wider than the one before, from 10 µs to a minute and a half.
const (
	lateClasses = 170
	lateFirst   = 10 * time.Microsecond
	lateGrowth  = 1.1
)

func (l *Lateness) add(late time.Duration) {
	l.Tokens++
	l.Sum += late
	l.Most = max(l.Most, late)
	i := 0
	if late > lateFirst {
		i = int(math.Ceil(math.Log(float64(late)/float64(lateFirst)) / math.Log(lateGrowth)))
	}
	l.counts[min(i, lateClasses-1)]++
}

// Quantile is a time than which the share p of the tokens was not later, at most a tenth too large.
func (l Lateness) Quantile(p float64) time.Duration {
	rank := int(math.Ceil(p * float64(l.Tokens)))
	for i, n := range l.counts {
		if rank -= n; rank <= 0 {
			return min(l.Most, time.Duration(float64(lateFirst)*math.Pow(lateGrowth, float64(i))))
		}
	}
	return l.Most
}

// Lateness returns what the server has seen of itself so far, in its own, perhaps sped-up time.
func (s *Server) Lateness() (l Lateness) {
	s.engine.Do(func() { l = s.late })
	return l
}
