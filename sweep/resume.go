package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
)

// ErrChanged says that a run cannot go on, because its scenario, plan or server is not what it was.
var ErrChanged = errors.New("this is not the same run")

// Resume goes on with a run in dir that was stopped or cut off: it plays the steps that are missing, and no other.
// Errors are Play's, and ErrChanged where the scenario (as parsed), the plan, the clock, or a server's name, version,
// models or cache_config_info differ from the manifest's. Its texts have the salt of before. Steps of before are not
// touched.
func (p *Player) Resume(ctx context.Context, dir string, man results.Manifest) error {
	run, err := results.Open(dir)
	if err != nil {
		return err
	}
	if err := p.samePlan(run.Manifest); err != nil {
		return err
	}
	p.env.Salt = run.Manifest.Salt
	targets := p.targets()
	p.origin = p.env.Clock.Now() - p.passed(run, man.Started)
	defer p.close()
	if err := p.test(ctx, targets); err != nil {
		return err
	}
	p.man = run.Manifest
	if p.env.Calibrate != nil && p.man.Calibration == nil {
		p.man.Calibration = p.env.Calibrate(ctx)
	}
	var now map[string]results.ServerInfo
	if err := p.inspect(ctx, targets, &now); err != nil {
		return err
	}
	if err := sameServers(p.man.Before, now); err != nil {
		return err
	}
	if err := p.recall(run); err != nil {
		return err
	}
	p.man.Ended = time.Time{}
	p.man.Notes = append(p.man.Notes, fmt.Sprintf("resumed by %s on %s after %d of %d steps", p.env.Tool, man.Host.Name,
		len(run.Steps), len(p.plan.Steps)))
	if p.writer, err = results.Reopen(run); err != nil {
		return err
	}
	if err := p.writer.SetManifest(p.man); err != nil {
		return err
	}
	return p.finish(ctx)
}

// samePlan compares what was planned then with what is planned now. Comments and layout of the file do not matter.
func (p *Player) samePlan(m results.Manifest) error {
	for _, c := range []struct {
		what      string
		then, now any
	}{{"the clock", m.Simulated, p.env.Simulated}, {"the scenario", m.Parsed, p.sc}, {"the plan", m.Plan, p.plan}} {
		then, err := json.Marshal(c.then)
		if err != nil {
			return err
		}
		now, err := json.Marshal(c.now)
		if err != nil {
			return err
		}
		if !bytes.Equal(then, now) {
			return fmt.Errorf("%w: %s changed: %s", ErrChanged, c.what, firstDifference(then, now))
		}
	}
	return nil
}

// firstDifference shows where two texts part.
func firstDifference(then, now []byte) string {
	i := 0
	for i < len(then) && i < len(now) && then[i] == now[i] {
		i++
	}
	near := func(b []byte) []byte { return b[max(0, i-24):min(len(b), i+24)] }
	return fmt.Sprintf("…%s… became …%s…", near(then), near(now))
}

// sameServers compares what tells servers apart: settings that only the scenario states are compared with it.
func sameServers(then, now map[string]results.ServerInfo) error {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		a, b := then[name], now[name]
		for _, c := range []struct {
			what      string
			then, now any
		}{{"name", a.Name, b.Name}, {"version", a.Version, b.Version},
			{"models", fmt.Sprint(a.Models), fmt.Sprint(b.Models)}} {
			if c.then != c.now {
				return fmt.Errorf("%w: %s: its server's %s was %v and is %v", ErrChanged, name, c.what, c.then, c.now)
			}
		}
		for _, label := range slices.Sorted(maps.Keys(joined(a.CacheConfig, b.CacheConfig))) {
			if a.CacheConfig[label] != b.CacheConfig[label] {
				return fmt.Errorf("%w: %s: its server's cache_config_info %s was %q and is %q", ErrChanged, name, label,
					a.CacheConfig[label], b.CacheConfig[label])
			}
		}
	}
	return nil
}

func joined(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b)
	return out
}

// passed is how long ago the run started: by the wall clock, and in virtual time, which stood still, at the last step's
// end.
func (p *Player) passed(run *results.Run, now time.Time) time.Duration {
	if !p.env.Simulated {
		return now.Sub(run.Manifest.Started)
	}
	var last time.Duration
	for _, s := range run.Steps {
		last = max(last, s.Meta.Began+s.Meta.Window.Drained)
	}
	return last
}

// recall learns from the steps that are there what the stop rule would know, had they just been played.
func (p *Player) recall(run *results.Run) error {
	for _, s := range run.Steps {
		data, err := analysis.ReadStep(s)
		if err != nil {
			return err
		}
		data.Calibration = p.man.Calibration
		if s.Meta.Verdict.State == "" { // it was cut off between writing and judging
			if err := s.Judge(analysis.Judge(data)); err != nil {
				return err
			}
			data.Meta = s.Meta
		}
		p.weigh(s.Meta.Step, data)
		p.done[s.Meta.Step.Name] = true
	}
	return nil
}

// weigh looks whether a sweep is saturated with this step.
func (p *Player) weigh(st scenarios.Step, data *analysis.StepData) *analysis.Point {
	t, _ := p.sc.Target(st.Target)
	key := sweepOf(st)
	point := analysis.Pool(p.sc, t, []*analysis.StepData{data})
	if st.Try > 0 {
		p.learn(st, point)
		return point
	}
	if p.isBeyond(st, point) {
		p.beyond[key]++
	}
	p.give(st, point)
	p.last[key] = point
	return point
}

// isBeyond reports whether a level lies past where its sweep is to stop.
func (p *Player) isBeyond(st scenarios.Step, point *analysis.Point) bool {
	switch {
	case st.Stop == scenarios.StopObjective:
		return point.Steps[0].Evidence.Overrun > 0 || point.Short(p.sc)
	case st.Stop == scenarios.StopSaturated:
		return point.Overrun()
	}
	saturated, _ := analysis.Saturated(p.last[sweepOf(st)], point)
	return saturated
}
