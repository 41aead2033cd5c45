package clock

import (
	"fmt"
	"strings"
	"time"
)

// A DeadlockError says that every goroutine waits and nothing is left to happen, or that time passed the Horizon.
type DeadlockError struct {
	Why     string
	At      time.Duration
	Waiting []string
}

func (e *DeadlockError) Error() string {
	return fmt.Sprintf("clock: %s at %v: %s", e.Why, e.At, strings.Join(e.Waiting, "; "))
}

// A StallError says that one goroutine has kept virtual time from moving: it loops, or blocks on something other than
// the clock that only another goroutine of the clock could release.
type StallError struct {
	Who  string
	At   time.Duration
	Wall time.Duration
}

func (e *StallError) Error() string {
	return fmt.Sprintf("clock: %q has not waited on the clock for %v of wall time, at %v", e.Who, e.Wall, e.At)
}
