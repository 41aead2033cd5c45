package main

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/sweep"
)

// refresh is how often the live line changes.
const refresh = 200 * time.Millisecond

// A watcher shows a run while it is played: one live line on a terminal, one plain line for every finished step
// elsewhere.
type watcher struct {
	t      *terminal
	live   bool
	ending chan struct{}
	ended  chan struct{}
	mu     sync.Mutex // of lines
}

func (t *terminal) watch(envs ...*sweep.Env) *watcher {
	w := &watcher{t: t, live: isTerminal(t.err), ending: make(chan struct{}), ended: make(chan struct{})}
	for _, env := range envs {
		env.Told = w.told
	}
	return w
}

func (w *watcher) start(progress func() sweep.Progress) {
	go func() {
		defer close(w.ended)
		tick := time.NewTicker(refresh)
		defer tick.Stop()
		var before sweep.Progress
		for {
			select {
			case <-w.ending:
				return
			case <-tick.C:
				if now := progress(); w.live {
					w.show(before, now)
					before = now
				}
			}
		}
	}()
}

func (w *watcher) stop() {
	close(w.ending)
	<-w.ended
	w.clear()
}

func (w *watcher) clear() {
	if w.live {
		fmt.Fprint(w.t.err, "\r\x1b[K")
	}
}

// show writes level, elapsed, remaining, live tok/s and TTFT p99 over the line before.
func (w *watcher) show(before, now sweep.Progress) {
	if now.Step.Name == "" {
		return
	}
	rate := math.NaN()
	if now.Step.Name == before.Step.Name && now.Elapsed > before.Elapsed {
		rate = float64(now.Tokens-before.Tokens) / (now.Elapsed - before.Elapsed).Seconds()
	}
	left := "?"
	if now.Until > now.Elapsed {
		left = (now.Until - now.Elapsed).Round(time.Second).String()
	}
	line := fmt.Sprintf("[%d/%d] %s %s %s  %v, %s left  %d in flight, %d done, %d failed  %s tok/s  TTFT p99 %s",
		now.Done+1, now.Steps, now.Step.Target, now.Step.Label(), phaseWord(now.Phase), now.Elapsed.Round(time.Second), left,
		now.InFlight, now.Finished, now.Failed, locale.English.Number(rate), milliseconds(now.TTFTp99.Seconds()))
	fmt.Fprintf(w.t.err, "\r\x1b[K%s", fitted(line, columns(w.t.err)))
}

// fitted is a line without what a terminal of so many columns has no room for, from the end: one that wraps cannot be
// written over. 0 columns: nobody knows how many.
func fitted(line string, columns int) string {
	for columns > 0 && utf8.RuneCountInString(line) >= columns {
		end := strings.LastIndex(line, "  ")
		if end < 0 {
			return string([]rune(line)[:columns-1])
		}
		line = strings.TrimRight(line[:end], " ")
	}
	return line
}

// told prints the line of a finished step.
func (w *watcher) told(o sweep.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
	says := o.Ended
	if o.Skipped != "" {
		says = "left out, " + o.Skipped
	}
	if says != "" {
		fmt.Fprintf(w.t.err, "[%d/%d] %s %s: %s\n", o.Step.Index, o.Steps, o.Step.Target, o.Step.Label(), says)
		return
	}
	wide := 0
	if w.live {
		wide = columns(w.t.err)
	}
	fmt.Fprintln(w.t.err, finished(o, wide))
}

// finished is the line of a finished step, with fewer words where so many columns have no room for it; 0: any width.
func finished(o sweep.Outcome, columns int) string {
	c := o.Meta.Counts
	line := func(counts string) string {
		return fmt.Sprintf("[%d/%d] %s %s: %s %v  %s tok/s  TTFT p50 %s p99 %s", o.Step.Index, o.Steps, o.Step.Target,
			o.Step.Label(), counts, o.Took.Round(time.Second), locale.English.Number(o.Point.OutputRate),
			milliseconds(o.Point.TTFTp50), milliseconds(o.Point.TTFTp99))
	}
	cut := analysis.CutOff(o.Meta)
	counts := fmt.Sprintf("%d sent, %d ok, %d failed", c.Sent, c.OK, c.Failed()-cut)
	if cut > 0 {
		counts += fmt.Sprintf(", %d cut off", cut)
	}
	full := line(counts + " in")
	if columns == 0 || utf8.RuneCountInString(full) < columns {
		return full
	}
	return fitted(line(fmt.Sprintf("%d/%d ok,", c.OK, c.Sent)), columns)
}

// milliseconds writes seconds as a person reads them; a dash when there is none to show.
func milliseconds(s float64) string {
	if s == 0 {
		return "–"
	}
	return locale.English.Duration(s)
}

// phaseWord is a step's phase in the field's words; records keep their own.
func phaseWord(phase string) string {
	switch phase {
	case "ramp", "settle":
		return "warm-up"
	case "chase":
		return "cool-down"
	}
	return phase
}
