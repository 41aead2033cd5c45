package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/scenarios"
)

// A gate is how much worse a number may be at any level of a comparison, as a share.
type gate struct {
	name string
	most float64
}

// parseGates reads "ttft_p99=5%,tok_s=3%".
func parseGates(text string) (out []gate, err error) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		percent, shown := strings.CutSuffix(value, "%")
		v, bad := strconv.ParseFloat(percent, 64)
		if !ok || !shown || bad != nil || v < 0 {
			return nil, fail(exitUsage, "such as --gate ttft_p99=5%,tok_s=3%", "--gate: given %q, expected NUMBER=PERCENT%%",
				part)
		}
		if !slices.Contains(gateNames(), name) {
			return nil, fail(exitUsage, "known: "+strings.Join(gateNames(), ", "), "--gate: %q is no number that compare shows",
				name)
		}
		out = append(out, gate{name, v / 100})
	}
	return out, nil
}

func gateNames() (out []string) {
	for _, name := range analysis.ComparedNames() {
		out = append(out, gateName(name))
	}
	return out
}

// gateName is "ttft_p99" of "TTFT p99".
func gateName(name string) string {
	return strings.NewReplacer("/", "_", " ", "_").Replace(strings.ToLower(name))
}

// broken are the numbers that got worse by more than a gate allows, beyond chance.
func broken(all []analysis.Comparison, gates []gate) (out []string) {
	for _, c := range all {
		for _, l := range c.Levels {
			for _, r := range l.Ratios {
				i := slices.IndexFunc(gates, func(g gate) bool { return g.name == gateName(r.Name) })
				if i >= 0 && r.Loss() > gates[i].most && r.Says == analysis.Worse {
					out = append(out, fmt.Sprintf("%s %s %s is %.1f %% worse, %g %% allowed", c.Target, l.Label, r.Name, 100*r.Loss(),
						100*gates[i].most))
				}
			}
		}
	}
	return out
}

// assert holds a target's claimed held load against "mini >= 8/s" (requests/s) or "mini >= 16" (in flight).
func assert(all []*advice.Advice, asked []string) error {
	for _, text := range asked {
		name, value, ok := strings.Cut(text, ">=")
		number, rate := strings.CutSuffix(strings.TrimSpace(value), "/s")
		want, bad := strconv.ParseFloat(number, 64)
		if name = strings.TrimSpace(name); !ok || bad != nil {
			return fail(exitUsage, "such as --assert 'mini >= 8/s', or 'mini >= 16' for requests in flight",
				"--assert: given %q, expected TARGET >= LOAD", text)
		}
		i := slices.IndexFunc(all, func(a *advice.Advice) bool { return a.Target.Target.Name == name })
		if i < 0 {
			return fail(exitUsage, "", "--assert: the run has no load on a target %q", name)
		}
		h := all[i].Held
		if !h.Known() {
			return fail(exitUsage, "give the scenario an objective", "--assert: no held load is known of %s", name)
		}
		has, unit := h.Lower, " in flight"
		if rate {
			has, unit = h.AtLower.Requests, "/s"
		} else if h.Loop == scenarios.Open {
			return fail(exitUsage, "such as --assert '"+name+" >= 8/s'",
				"--assert: %s was loaded at rates, not at requests in flight", name)
		}
		if has < want {
			return fail(exitWorse, "", "%s holds at least %s%s, asserted were %s%s", name, locale.English.Number(has), unit,
				locale.English.Given(want), unit)
		}
	}
	return nil
}
