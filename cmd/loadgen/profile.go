package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"loadgen/rehearsal"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
)

// profiles are fitted coefficients by the target that is rehearsed with them.
type profiles map[string]*machine.Profile

// readProfiles reads --profile: TARGET=FILE, or one file for all targets that none is named for.
func readProfiles(targets []scenarios.Target, given []string) (profiles, error) {
	out := profiles{}
	for _, g := range given {
		of, file := targets, g
		for i, t := range targets {
			if rest, ok := strings.CutPrefix(g, t.Name+"="); ok {
				of, file = targets[i:i+1], rest
			}
		}
		p, err := rehearsal.ReadProfile(file)
		if err != nil {
			return nil, fail(exitUsage, "loadgen simulate --fit RUN --out FILE writes one", "--profile %s: %v", file, err)
		}
		for _, t := range of {
			if len(of) == 1 || out[t.Name] == nil {
				out[t.Name] = p
			}
		}
	}
	return out, nil
}

// notes say which targets are rehearsed with what.
func (p profiles) notes() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, fmt.Sprintf("%s: rehearsed with a profile that was named: %s", name, p[name].Source))
	}
	return out
}
