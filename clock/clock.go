// Package clock is one set of waiting primitives over two kinds of time: Wall for real servers, Virtual for an
// in-process simulator. Code that waits only through a Clock runs unchanged on both.
package clock

import (
	"context"
	"math"
	"time"
)

// Never is the instant of a wait that has no deadline.
const Never = time.Duration(math.MaxInt64)

// Callbacks are the part of a Clock that a machine of callbacks needs.
type Callbacks interface {
	// Now is the time since the clock started, monotonic.
	Now() time.Duration
	// At calls f at t; nobody stops it. In virtual time f must not wait, lock across waits or block.
	At(t time.Duration, f func())
}

// A Clock tells time since its start and is the only way to wait for later. Waits that pass their instant return
// os.ErrDeadlineExceeded (a net.Error with Timeout), cancelled ones the context's cause.
type Clock interface {
	Callbacks
	// Time is the absolute form of t for net.Conn deadlines.
	Time(t time.Duration) time.Time
	// SleepUntil returns nil at t, or earlier with the context's cause.
	SleepUntil(ctx context.Context, t time.Duration) error
	// Go starts f; Run waits for it.
	Go(name string, f func())
	// AfterFunc is At with a way to stop it.
	AfterFunc(t time.Duration, f func()) Timer
	// OnCancel calls f once ctx is cancelled, unless stop comes first. The same rules as for AfterFunc.
	OnCancel(ctx context.Context, f func()) (stop func())
	// NewSignal makes a binary semaphore for one waiter at a time.
	NewSignal(name string) Signal
	// Run calls f and returns when f and every goroutine begun with Go have ended.
	Run(name string, f func()) error
}

// A Timer is a pending AfterFunc; Stop reports whether it prevented the call.
type Timer interface{ Stop() bool }

// A Signal remembers one Set until a Wait takes it. Waiters loop over their condition: wakes may be spurious.
type Signal interface {
	Set()
	Wait(ctx context.Context, until time.Duration) error
	// Each calls f each time that a Wait without a limit would return, until f reports false. f must not wait: in virtual
	// time it runs as a callback, at its goroutine's turn but without the switch to it.
	Each(f func() bool) error
}
