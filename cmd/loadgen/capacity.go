package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/capacity"
	"loadgen/reports"
	"loadgen/results"
	"loadgen/scenarios"
)

// A capacityFlags is what `capacity` was asked.
type capacityFlags struct {
	ask    capacity.Ask
	peaks  bool // a peak is given
	growth string
	target string

	telling

	out     string   // directory of its report; empty: none is written
	confirm string   // directory of the run that plays the plan
	servers []string // that it is played against; none: simulated ones
}

func newCapacity(t *terminal) *cobra.Command {
	var o capacityFlags
	c := &cobra.Command{
		Use:   "capacity RUN|SCENARIO --demand DEMAND",
		Short: "Plan how many replicas and GPUs hold a demand within the objective, with one gone too",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.peaks = c.Flags().Changed("peak")
			return t.capacity(c.Context(), args[0], o)
		},
	}
	c.Flags().StringVar(&o.ask.Demand, "demand", "", "what comes: `12/s`, chat=12/s,doc=1/s, '500 users', or a file of "+
		"recorded arrivals")
	c.Flags().Float64Var(&o.ask.Peak, "peak", 0, "the demand is a mean, and its peak so many `times` that; without, it "+
		"is the peak")
	c.Flags().StringVar(&o.growth, "growth", "", "`share` that is added to it, such as 20%")
	c.Flags().DurationVar(&o.ask.Think, "think", 0, "of users: `time` from an answer's end to the next request")
	c.Flags().StringVar(&o.ask.Unit, "unit", "", "of a recording's numbers: `s`, ms, us or ns")
	c.Flags().StringVar(&o.ask.Column, "column", "", "of a recording: `name` of the column of times")
	c.Flags().StringVar(&o.target, "target", "", "plan with replicas of this `target`; default the first")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	o.flags(c, false)
	c.Flags().StringVar(&o.out, "out", "", "also write report.html, report.md and, of a recording, the figure of its "+
		"demand over the day into this `directory`")
	c.Flags().StringVar(&o.confirm, "confirm", "", "play the demand's peak against the planned replicas, all together, "+
		"into this run `directory`, and hold the prediction against it: simulated ones, or those of --servers")
	c.Flags().StringSliceVar(&o.servers, "servers", nil, "with --confirm: `addresses` of the replicas, "+
		"http://gpu1:8000,http://gpu2:8000")
	_ = c.MarkFlagRequired("demand")
	return c
}

// read reads what stands in text, and refuses what cannot go together.
func (o *capacityFlags) read() error {
	if o.growth != "" {
		share, err := strconv.ParseFloat(strings.TrimSuffix(o.growth, "%"), 64)
		if err != nil || share <= -100 {
			return fail(exitUsage, "such as --growth 20%", "--growth: given %q, expected a share", o.growth)
		}
		o.ask.Growth = share / 100
	}
	if o.ask.Think < 0 {
		return fail(exitUsage, "such as --think 30s", "--think: given %v, expected a time above zero", o.ask.Think)
	}
	if o.peaks && !(o.ask.Peak >= 1) {
		return fail(exitUsage, "such as --peak 2.5", "--peak: given %g, expected how many times the mean the peak is, 1 "+
			"or more", o.ask.Peak)
	}
	if len(o.servers) > 0 && o.confirm == "" {
		return fail(exitUsage, "such as --confirm confirmed", "--servers: what is played against them needs a directory, "+
			"which --confirm names")
	}
	if o.confirm != "" {
		if err := results.Free(o.confirm); err != nil { // before minutes of planning
			return fail(exitUsage, "give another directory", "%w", err)
		}
	}
	return nil
}

func (t *terminal) capacity(ctx context.Context, of string, o capacityFlags) error {
	l, err := o.check()
	if err != nil {
		return err
	}
	if err := o.read(); err != nil {
		return err
	}
	server, sc, err := t.planned(of, o.target)
	if err != nil {
		return err
	}
	d, err := o.ask.Read(sc)
	if err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	p, err := capacity.Make(d, server)
	if err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	told, doc := p.Told(), p.Document()
	var missed error
	if o.confirm != "" {
		c, err := t.confirmed(ctx, p, o)
		if err != nil {
			return err
		}
		told.Confirmed = &c
		if c.Seen.Value < p.Goal {
			missed = fail(exitWorse, "the plan above is wrong: measure a replica around the load that it holds, and plan from "+
				"that run", "the demand was played and is not held: %.4g %% of %d requests were within the objective, %.4g %% "+
				"are asked for", 100*c.Seen.Value, c.Requests, 100*p.Goal)
		}
		doc.Sections = append([]reports.Section{c.Section()}, doc.Sections...)
	}
	if o.out != "" {
		pictures, err := p.Pictures(l)
		if err != nil {
			return fail(exitFailed, "", "%w", err)
		}
		err = write(o.out, pictures, func(figures []reports.Figure) reports.Document {
			for _, f := range figures {
				doc.Sections = append([]reports.Section{{Title: "Demand over the day", Figure: &f, Open: true}}, doc.Sections...)
			}
			return doc.In(l)
		})
		if err != nil {
			return err
		}
	}
	if o.json {
		return errors.Join(t.json(told), missed)
	}
	return errors.Join(t.print(doc.In(l)), missed)
}

// confirmed plays a plan.
func (t *terminal) confirmed(ctx context.Context, p *capacity.Plan, o capacityFlags) (c capacity.Comparison,
	err error) {
	sc, err := p.Confirmation(o.servers)
	if err != nil {
		return c, fail(exitUsage, "", "%w", err)
	}
	data := sc.YAML()
	if sc, err = scenarios.Parse("confirm.yaml", data); err != nil {
		return c, fail(exitUsage, "", "the plan does not make a scenario: %w", err)
	}
	if _, err := t.play(ctx, file{name: "confirm.yaml", data: data, Scenario: sc},
		runFlags{out: o.confirm, simulated: len(o.servers) == 0, gpu: "nvidia-smi"}); err != nil {
		return c, err
	}
	s, err := study(o.confirm)
	if err != nil {
		return c, err
	}
	if c, err = p.Compare(s); err != nil {
		return c, fail(exitFailed, "", "%w", err)
	}
	return c, nil
}

// planned is the server that a run, or a scenario, has.
func (t *terminal) planned(of, name string) (*capacity.Server, *scenarios.Scenario, error) {
	at, err := os.Stat(of)
	if _, ships := scenarios.Shipped(of); errors.Is(err, fs.ErrNotExist) && !ships {
		return nil, nil, fail(exitUsage, "plan from a run's directory, or from a scenario such as chat",
			"%s: no such directory or file, and no shipped scenario of that name", of)
	}
	if err == nil && at.IsDir() {
		s, err := study(of)
		if err != nil {
			return nil, nil, err
		}
		t.warn(s.Run)
		for _, target := range s.Targets {
			if name == "" || target.Target.Name == name {
				server, err := capacity.FromRun(s, target)
				if err != nil {
					return nil, nil, fail(exitUsage, "plan from the scenario: its engine is then worked out from model, card and "+
						"settings", "%w", err)
				}
				return server, s.Scenario, nil
			}
		}
		return nil, nil, fail(exitUsage, "", "%s has no target %q that was loaded", of, name)
	}
	f, err := readScenario(of)
	if err != nil {
		return nil, nil, err
	}
	target := f.Targets[0]
	if name != "" {
		var known bool
		if target, known = f.Target(name); !known {
			return nil, nil, fail(exitUsage, "", "%s has no target %q", of, name)
		}
	}
	server, err := capacity.FromScenario(f.Scenario, target)
	if err != nil {
		return nil, nil, fail(exitUsage, "a run of it can be planned from", "%w", err)
	}
	return server, f.Scenario, nil
}
