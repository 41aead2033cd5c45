package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"time"

	"loadgen/simulator/machine"
)

// fit turns the card's coefficients until replays of a run come near to it, and tells by how much that helped: on the half
// that it was fitted to, and on the other.
func (t *terminal) fit(o simulateOptions) error {
	f, err := readFitting(o.fitRun, o.fitTarget, o.Options)
	if err != nil {
		return fail(exitUsage, "--model, --gpu and vLLM's flags say what the run does not", "%w", err)
	}
	if f.cached {
		t.note("warning: the run had hits in the prefix cache; prompts of a replay share nothing, so do not trust this fit")
	}
	t.say("%s: %s %s on %d × %s, %d blocks; %d steps", f.target, f.Model.Name, f.Quant, f.TP, f.Card.Name, f.loads[0].Blocks, len(f.loads))
	p, before, after, err := f.Fit(f.halves(true)...)
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	fitted := f.Machine
	fitted.Profile = p
	t.say("mean absolute error %.1f %% before, %.1f %% after, on what was fitted: mean, p50 and carried p90, p99 of each step's first half", 100*before, 100*after)
	if err := t.sayPredicted(f, fitted); err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	t.sayCoefficients(f.Profile, p)
	if o.fitOut == "" {
		return nil
	}
	p.Source = fmt.Sprintf("fitted to %s of run %s, on top of: %s", f.target, o.fitRun, p.Source)
	if err := writeProfile(o.fitOut, p); err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	t.say("%s: loadgen simulate --profile %s serves with it", o.fitOut, o.fitOut)
	return nil
}

// sayPredicted tells how far replays are off on the requests that were not fitted to.
func (t *terminal) sayPredicted(f *fitting, fitted machine.Machine) error {
	t.say("on the other half, before → after:")
	t.say("  %-24s %16s %16s %16s", "", "TTFT", "TPOT", "E2E")
	row := func(name string, loads ...machine.Load) error {
		was, err := f.Errors(loads...)
		is, failed := fitted.Errors(loads...)
		var cells [3]string
		for i := range cells {
			cells[i] = fmt.Sprintf("%.1f → %.1f %%", 100*was[i], 100*is[i])
		}
		t.say("  %-24s %16s %16s %16s", name, cells[0], cells[1], cells[2])
		return errors.Join(err, failed)
	}
	for _, l := range f.loads {
		if err := row(l.name, l.half(false)); err != nil {
			return err
		}
	}
	if was := f.StepError(f.halves(false)...); !math.IsNaN(was) {
		t.say("  steps of the engine's log, in stretches: %.1f → %.1f %%", 100*was, 100*fitted.StepError(f.halves(false)...))
	}
	return row("all", f.halves(false)...)
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

func writeProfile(path string, p machine.Profile) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}

// readProfile reads what writeProfile wrote; times are in nanoseconds.
func readProfile(path string) (*machine.Profile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &machine.Profile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, err
	}
	return p, p.Check()
}
