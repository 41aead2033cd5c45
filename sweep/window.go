package sweep

import (
	"time"

	"loadgen/scenarios"
)

// OpenSettle is how long an open loop runs before its window where sessions last so long.
func OpenSettle(life time.Duration) time.Duration { return max(5*time.Second, 5*life) }

// OpenWindow is the window of an open loop where sessions last so long and have so many turns.
func OpenWindow(st scenarios.Step, life time.Duration, turns float64) time.Duration {
	if st.Measure > 0 {
		return st.Measure
	}
	least := st.Evidence()
	n := time.Duration(float64(least.Cohort) / (st.Rate * turns) * float64(time.Second))
	return max(least.Floor, time.Duration(least.Relaxations)*life, n, st.Arrival.Span(st.Rate))
}

// closedWindow is the same of a closed loop.
func closedWindow(st scenarios.Step, life time.Duration, turns float64) time.Duration {
	if st.Measure > 0 {
		return st.Measure
	}
	return max(st.Evidence().Floor, closedLacks(st, life, turns, 0, 0))
}

// closedLacks is how much longer a closed loop's window must be that has been open so long and holds so many requests.
// Not above 0: it is long enough.
func closedLacks(st scenarios.Step, life time.Duration, turns float64, open time.Duration, cohort int64) time.Duration {
	least := st.Evidence()
	mean := float64(life) / turns // from one request of a slot to its next
	n := time.Duration(float64(int64(least.Cohort)-cohort) / float64(st.Concurrency) * mean)
	return max(time.Duration(least.Relaxations)*life-open, n)
}
