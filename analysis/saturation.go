package analysis

import (
	"fmt"
	"math"

	"loadgen/scenarios"
)

// Saturated applies the stop rule of R4.2 to a level and the one before: two of three – throughput grew by less than 5
// %, TTFT grew as a queue explains it, the server had a queue.
func Saturated(before, now *Point) (bool, string) {
	if before == nil || now.Loop != scenarios.Closed || !(before.OutputRate.Value > 0) {
		return false, ""
	}
	var signs []string
	growth := now.OutputRate.Value/before.OutputRate.Value - 1
	perStep := now.Level / before.Level
	if growth < 0.05*(perStep-1) {
		signs = append(signs, fmt.Sprintf("%+.1f %% tok/s for %.2g times the concurrency", 100*growth, perStep))
	}
	t0, t1 := before.Metrics["ttft"].Mean, now.Metrics["ttft"].Mean
	queue := (now.Level - before.Level) / now.RequestRate.Value
	if t0.Known() && t1.Known() && t1.Value-t0.Value >= 0.5*queue {
		signs = append(signs, fmt.Sprintf("mean TTFT rose by %.3g s, a queue explains %.3g s", t1.Value-t0.Value, queue))
	}
	if now.Queued() || now.Server.Preemptions > 0 {
		signs = append(signs, fmt.Sprintf("%.1f requests waited in the server, %.0f preemptions", now.Server.Waiting,
			now.Server.Preemptions))
	}
	if len(signs) < 2 {
		return false, ""
	}
	return true, signs[0] + "; " + signs[1]
}

// Queued reports whether a queue stood before the server: 5 % of what was asked, and more than the one request that at
// any moment waits for the next step to begin.
func (p *Point) Queued() bool {
	return p.Server.Known && p.Server.Waiting >= math.Max(0.75, 0.05*p.Level)
}

// A plateau is where the closed-loop sweep stopped growing: First is the first level within 5 % of the best throughput,
// Beyond the next level, at which what binds can be seen. Beyond is nil when the sweep ended before.
type plateau struct {
	First, Beyond *Point
	Best          float64 // output tok/s
}

func findPlateau(points []*Point) plateau {
	var pl plateau
	for _, p := range points {
		if p.Trusted() {
			pl.Best = max(pl.Best, p.OutputRate.Value)
		}
	}
	for _, p := range points {
		switch {
		case !p.Trusted():
		case pl.First == nil && p.OutputRate.Value >= 0.95*pl.Best:
			pl.First = p
		case pl.First != nil && pl.Beyond == nil:
			pl.Beyond = p
		}
	}
	if pl.Beyond == nil && pl.First != nil && pl.First.Queued() {
		pl.Beyond = pl.First // a queue already stands at the last level
	}
	return pl
}

// PlateauStart is the first level within 5 % of the best throughput, nil when no level can be trusted.
func PlateauStart(points []*Point) *Point { return findPlateau(points).First }
