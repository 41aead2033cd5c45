package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loadgen/endpoint"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// A file is a scenario as read.
type file struct {
	name string
	data []byte
	*scenarios.Scenario

	fitted []string // what was chosen for the time that it may take
}

// readScenario takes a path or, where there is no such file, the name of a shipped scenario.
func readScenario(name string) (file, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		shipped, ok := scenarios.Shipped(name)
		if !ok {
			return file{}, fail(exitUsage, "shipped scenarios: "+strings.Join(scenarios.ShippedNames(), ", "),
				"%s: no such file, and no shipped scenario of that name", name)
		}
		data, err = shipped, nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the path is said already
	}
	if err != nil {
		return file{}, fail(exitUsage, "such as loadgen check scenario.yaml", "%s cannot be read as a scenario: %w", name,
			err)
	}
	sc, err := scenarios.Parse(name, data)
	if err != nil {
		return file{}, fail(exitUsage, "", "%v", err)
	}
	return file{name: name, data: data, Scenario: sc}, nil
}

// presetFlag lets a command name another amount of evidence.
func presetFlag(c *cobra.Command, into *string) {
	c.Flags().StringVar(into, "preset", "", "override the scenario's preset, measure and repeat by this `amount` of "+
		"evidence: "+strings.Join(presetNames(), ", "))
}

func presetNames() []string {
	var out []string
	for _, p := range scenarios.Presets {
		out = append(out, p.Name)
	}
	return out
}

// withinFlag lets a command give the time that a play may take.
func withinFlag(c *cobra.Command, into *time.Duration) {
	c.Flags().DurationVar(into, "within", 0, "choose levels, windows and repetitions so that all takes no longer than "+
		"this `time`, such as 20m, in place of the scenario's within")
	c.MarkFlagsMutuallyExclusive("preset", "within")
}

// with takes a preset's windows and repetitions, or those that a time allows; without either the file says.
func (f file) with(c *cobra.Command, preset string, within time.Duration) (file, error) {
	switch {
	case c.Flags().Changed("within") && within < time.Minute:
		return f, fail(exitUsage, "such as --within 20m", "--within: given %v, and nothing is learnt of a server in less "+
			"than a minute", within)
	case within > 0:
		sc := *f.Scenario
		sc.Within = within
		f.Scenario = &sc
	}
	if preset == "" {
		f.Scenario, f.fitted = sweep.Fit(f.Scenario)
		return f, nil
	}
	p, ok := scenarios.FindPreset(preset)
	if !ok {
		return f, fail(exitUsage, "presets: "+strings.Join(presetNames(), ", "), "there is no preset %q", preset)
	}
	f.Scenario = f.With(p)
	return f, nil
}

// unsetVariables lists the variables that targets name and the environment lacks.
func unsetVariables(sc *scenarios.Scenario) (out []string, err error) {
	for _, t := range sc.Targets {
		a, err := endpoint.FindAccess(t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		for _, name := range a.Unset {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// needKeys refuses before anything is sent.
func needKeys(f file) error {
	missing, err := unsetVariables(f.Scenario)
	if err != nil {
		return fail(exitUsage, "", "%s: %w", f.name, err)
	}
	if len(missing) == 0 {
		return nil
	}
	return fail(exitUsage, "export "+missing[0]+"=…; keys and headers are read from the environment and never stored",
		"%s names variables that are not set: %s", f.name, strings.Join(missing, ", "))
}
