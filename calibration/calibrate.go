// Package calibration tells what this host can carry, and what it adds to TTFT and ITL: it plays levels against a null
// server, a child process that does nothing but keep time, chooses how many cores a run uses and keeps interruptions
// away from it. What the host tells of itself enters as a Host, so that tests can make one up.
package calibration

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// A NullLadder is which levels a calibration plays on the null server.
type NullLadder struct {
	Streams []int
	Tokens  int           // of each answer
	Hold    time.Duration // of each level, behind its ramp of one answer
}

// The two ladders: what `run` takes when no calibration is fresh, and what `calibrate` takes.
var (
	ShortLadder = NullLadder{Streams: []int{100, 500, 1500}, Tokens: 25, Hold: 350 * time.Millisecond}
	LongLadder  = NullLadder{Streams: []int{100, 250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000}, Tokens: 100,
		Hold: 3 * time.Second}
)

// What a level must keep to count as carried: the share of the events written that were read in time, and an added ITL
// p99 of half a gap. What it adds below that stands beside, for V4 to judge (R7.1).
const (
	carriedShare = 0.99
	carriedITL   = NullITL / 2
)

// calibrate plays a ladder against a null server at a host and port, until a level is not carried. It fills the levels
// and the ceiling; the host is the caller's to add. The caller is a goroutine of the clock.
func calibrate(ctx context.Context, clk clock.Clock, address string, ladder NullLadder) (results.Calibration, error) {
	c := results.Calibration{Version: results.Version}
	ep, err := endpoint.New(clk, scenarios.Target{Name: "null", URL: "http://" + address, Model: "null", API: "chat"},
		endpoint.Options{})
	if err != nil {
		return c, err
	}
	defer ep.Close()
	for _, n := range ladder.Streams {
		level, err := ladder.play(ctx, clk, ep, n)
		if err != nil {
			return c, err
		}
		if !climb(&c, level) {
			break
		}
	}
	return c, nil
}

// climb adds a level and reports whether the next one is to be played. Where the null server itself was late, a wall
// that is not ours, the level neither was carried nor bounds what can be.
func climb(c *results.Calibration, level results.Null) bool {
	c.Levels = append(c.Levels, level)
	if level.ServerWasLate() {
		c.Why = fmt.Sprintf("the null server itself was %v late at p99", level.ServerLateP99.Round(time.Millisecond))
		return false
	}
	c.Why = shortfall(level)
	if c.Bound = c.Why != ""; !c.Bound {
		c.Streams, c.Events = level.Streams, level.Read
	}
	return !c.Bound
}

// shortfall says why a level was not carried; empty: it was.
func shortfall(l results.Null) string {
	switch {
	case l.Failed > 0:
		return fmt.Sprintf("%d of %d requests failed", l.Failed, l.Requests)
	case l.Read < carriedShare*l.Written:
		return fmt.Sprintf("%.0f of %.0f events/s were read in time", l.Read, l.Written)
	case l.ITLp99 > carriedITL:
		return fmt.Sprintf("ITL p99 was %v too long", l.ITLp99.Round(10*time.Microsecond))
	}
	return ""
}

// play holds n streams for a while and compares what was read with what was written.
func (l NullLadder) play(ctx context.Context, clk clock.Clock, ep *endpoint.Endpoint, n int) (results.Null, error) {
	prompt := func(slot, turn int) scenarios.Prompt {
		return scenarios.Prompt{Text: "null " + strconv.Itoa(slot) + " " + strconv.Itoa(turn), MaxTokens: l.Tokens}
	}
	answer := NullTTFT + time.Duration(l.Tokens-1)*NullITL
	var records []*results.Record
	run := generator.Start(ctx, clk, ep, generator.Load{Loop: scenarios.Closed, Concurrency: n, Prompt: prompt,
		Ramp: answer},
		func(r *results.Record) { records = append(records, r) })
	_ = clk.SleepUntil(ctx, run.Start()+answer+l.Hold)
	run.StopSending()
	_ = run.Wait(context.WithoutCancel(ctx))
	if err := ctx.Err(); err != nil {
		return results.Null{}, err
	}
	page, err := ep.Get(ctx, "/truth", 10*time.Second)
	if err != nil {
		return results.Null{}, fmt.Errorf("null server: %w", err)
	}
	epoch := time.Now().Add(-clk.Now()) // of the clock: both processes' clocks run alike on one host
	truth, err := readTruth(page.Body, epoch.Add(run.Start()))
	return compareNull(n, answer, answer+l.Hold, records, truth), err
}

// A nullTruth is when the null server read a request and wrote its tokens, from the run's start.
type nullTruth struct {
	arrived time.Duration
	wrote   []time.Duration
}

// readTruth reads the null server's account; start is the run's.
func readTruth(page []byte, start time.Time) (map[string]nullTruth, error) {
	out := map[string]nullTruth{}
	var shift time.Duration // from the server's base to the run's start
	lines := bufio.NewScanner(bytes.NewReader(page))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, at, err := truthLine(lines.Text())
		switch {
		case err != nil:
			return nil, fmt.Errorf("null server's truth: %w", err)
		case name == "base":
			shift = at[0] - time.Duration(start.UnixNano())
		case len(at) < 2:
			return nil, fmt.Errorf("null server's truth: %q", lines.Text())
		default:
			for i := range at {
				at[i] += shift
			}
			out[name] = nullTruth{at[0], at[1:]}
		}
	}
	return out, lines.Err()
}

// truthLine is a name and one time at least.
func truthLine(text string) (name string, at []time.Duration, err error) {
	name, rest, _ := strings.Cut(text, " ")
	for _, f := range strings.Fields(rest) {
		v, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return "", nil, err
		}
		at = append(at, time.Duration(v))
	}
	if len(at) == 0 {
		return "", nil, fmt.Errorf("%q", text)
	}
	return name, at, nil
}

// compareNull joins records with the truth. Rates count what was written and read in [from, to), which is when all
// streams ran. What a first token's time is made longer by is the client's writing of the request and its reading of
// the token; how late the server took the request up is the server's own.
func compareNull(n int, from, to time.Duration, records []*results.Record, truth map[string]nullTruth) results.Null {
	l := results.Null{Streams: n, Requests: len(records)}
	var ttft, itl, late []float64
	var written, read int
	inside := func(at time.Duration) int {
		if at >= from && at < to {
			return 1
		}
		return 0
	}
	for _, r := range records {
		q, known := truth[r.RequestID]
		if !r.OK() || !known {
			l.Failed++
			continue
		}
		ttft = append(ttft, (r.Written - r.Due + r.FirstToken - q.wrote[0]).Seconds())
		for k, at := range q.wrote {
			written += inside(at)
			late = append(late, (at - q.arrived - NullTTFT - time.Duration(k)*NullITL).Seconds())
		}
		at, k := r.FirstToken, 0
		for _, a := range r.Arrivals {
			at += a.Gap
			read += int(a.Events) * inside(at)
			if k += int(a.Events); a.Gap > 0 && k <= len(q.wrote) {
				itl = append(itl, (a.Gap - (q.wrote[k-1] - q.wrote[k-1-int(a.Events)])).Seconds())
			}
		}
	}
	span := (to - from).Seconds()
	l.Written, l.Read = float64(written)/span, float64(read)/span
	l.TTFTp50, l.TTFTp99 = spread(ttft)
	l.ITLp50, l.ITLp99 = spread(itl)
	_, l.ServerLateP99 = spread(late)
	return l
}

// spread is p50 and p99 of seconds.
func spread(v []float64) (p50, p99 time.Duration) {
	if len(v) == 0 {
		return 0, 0
	}
	slices.Sort(v)
	return time.Duration(stat.Quantile(v, 0.5) * 1e9), time.Duration(stat.Quantile(v, 0.99) * 1e9)
}
