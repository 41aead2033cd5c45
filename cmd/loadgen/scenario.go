package main

import (
	"errors"
	"os"
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
	c.Flags().StringVar(into, "preset", "", "`amount` of evidence in place of the scenario's preset, measure and repeat: "+strings.Join(presetNames(), ", "))
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

// unsetKeys lists the variables that targets name and the environment lacks.
func unsetKeys(sc *scenarios.Scenario) []string {
	var out []string
	for _, t := range sc.Targets {
		if _, ok := endpoint.Key(t); !ok {
			out = append(out, t.APIKeyEnv)
		}
	}
	return out
}

// needKeys refuses before anything is sent.
func needKeys(f file) error {
	missing := unsetKeys(f.Scenario)
	if len(missing) == 0 {
		return nil
	}
	return fail(exitUsage, "export "+missing[0]+"=…; the key is read from the environment and never stored",
		"%s: api_key_env names variables that are not set: %s", f.name, strings.Join(missing, ", "))
}
