package machine

import (
	"time"

	"loadgen/clock"
)

// Fronts are the API servers before one engine (--api-server-count). Each has an event loop of its own and hands out
// only the streams whose prompts it took in.
type Fronts[T any] []*Front[T]

// NewFronts returns n idle API servers, at least one; the rest as for NewFront.
func NewFronts[T any](n int, clk clock.Callbacks, p Profile, do func(func()),
	release func(stream T, at time.Duration)) Fronts[T] {
	out := make(Fronts[T], max(n, 1))
	for i := range out {
		out[i] = newFront(clk, p, do, release)
	}
	return out
}

// Of returns the API server of the i-th connection: they take turns, which is the best that the kernel's choice can be.
func (f Fronts[T]) Of(i int) *Front[T] { return f[i%len(f)] }

// Serve begins the next turn of each.
func (f Fronts[T]) Serve(now time.Duration) {
	for _, one := range f {
		one.serve(now)
	}
}
