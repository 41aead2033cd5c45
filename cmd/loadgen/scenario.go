package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/endpoint"
	"loadgen/scenarios"
)

// A file is a scenario as read.
type file struct {
	name string
	data []byte
	*scenarios.Scenario
}

// readScenario takes a path or, where there is no such file, the name of a shipped scenario.
func readScenario(name string) (file, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		shipped, ok := scenarios.Shipped(name)
		if !ok {
			return file{}, fail(exitUsage, "shipped scenarios: "+strings.Join(scenarios.ShippedNames(), ", "), "%s: no such file, and no shipped scenario of that name", name)
		}
		data, err = shipped, nil
	}
	if err != nil {
		return file{}, fail(exitUsage, "", "%v", err)
	}
	sc, err := scenarios.Parse(name, data)
	if err != nil {
		return file{}, fail(exitUsage, "loadgen check "+name+" shows this list again", "%v", err)
	}
	return file{name, data, sc}, nil
}

// presetFlag lets a command name another amount of evidence.
func presetFlag(c *cobra.Command, into *string) {
	c.Flags().StringVar(into, "preset", "", "override the scenario's preset, measure and repeat by this `amount` of evidence: "+strings.Join(presetNames(), ", "))
}

func presetNames() []string {
	var out []string
	for _, p := range scenarios.Presets {
		out = append(out, p.Name)
	}
	return out
}

// with takes a preset's windows and repetitions; an empty name leaves the file as it is.
func (f file) with(preset string) (file, error) {
	if preset == "" {
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
