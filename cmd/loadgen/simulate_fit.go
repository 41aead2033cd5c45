package main

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"loadgen/rehearsal"
	"loadgen/simulator/machine"
)

// fit turns the card's coefficients until replays of a run come near to it, and tells by how much that helped: on the
// half that it was fitted to, and on the other.
func (t *terminal) fit(o simulateOptions) error {
	f, err := rehearsal.ReadFitting(o.fitRun, o.fitTarget, o.Options)
	if err != nil {
		return fail(exitUsage, "--model, --gpu and vLLM's flags say what the run does not", "%w", err)
	}
	if f.Cached {
		t.note("warning: the run had hits in the prefix cache; a replay cannot reproduce prefix-cache hits, so do not " +
			"trust this fit")
	}
	t.say("%s: %s %s on %d × %s, %d blocks; %d steps", f.Target, f.Model.Name, f.Quant, f.TP, f.Card.Name, f.Blocks,
		f.Steps())
	fitted, err := f.Fit()
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	t.say("mean absolute error %.1f %% before, %.1f %% after, on what was fitted: mean, p50 and carried p90, p99 of "+
		"each step's first half", 100*fitted.Before, 100*fitted.After)
	t.sayPredicted(fitted)
	t.sayCoefficients(f.Profile, fitted.Profile)
	if o.fitOut == "" {
		return nil
	}
	p := fitted.Profile
	p.Source = fmt.Sprintf("fitted to %s of run %s, on top of: %s", f.Target, o.fitRun, p.Source)
	if err := rehearsal.WriteProfile(o.fitOut, p); err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	t.say("%s: loadgen simulate --profile %s serves with it", o.fitOut, o.fitOut)
	return nil
}

// sayPredicted tells how far replays are off on the requests that were not fitted to.
func (t *terminal) sayPredicted(f rehearsal.Fitted) {
	t.say("on the other half, before → after:")
	t.say("  %-24s %16s %16s %16s", "", "TTFT", "TPOT", "E2E")
	for i, row := range f.Rows {
		if i == len(f.Rows)-1 && !math.IsNaN(f.StepBefore) {
			t.say("  steps of the engine's log, in stretches: %.1f → %.1f %%", 100*f.StepBefore, 100*f.StepAfter)
		}
		var cells [3]string
		for i := range cells {
			cells[i] = fmt.Sprintf("%.1f → %.1f %%", 100*row.Was[i], 100*row.Is[i])
		}
		t.say("  %-24s %16s %16s %16s", row.Name, cells[0], cells[1], cells[2])
	}
}

// sayCoefficients shows those that were turned.
func (t *terminal) sayCoefficients(before, after machine.Profile) {
	t.say("coefficients, which predict as a set:")
	old, now := reflect.ValueOf(before), reflect.ValueOf(after)
	for i := range old.NumField() {
		if a, b := old.Field(i).Interface(), now.Field(i).Interface(); a != b {
			t.say("  %-12s %v → %v", old.Type().Field(i).Name, short(a), short(b))
		}
	}
}

// short is a coefficient with as many digits as it deserves.
func short(v any) string {
	if d, ok := v.(time.Duration); ok {
		return d.Round(10 * time.Nanosecond).String()
	}
	return fmt.Sprintf("%.3v", v)
}
