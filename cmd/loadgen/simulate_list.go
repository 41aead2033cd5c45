package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// listProfiles shows what simulate knows by name.
func (t *terminal) listProfiles() {
	t.say("models by family; -FP8, -AWQ and the like in a name say how it is quantised, and --model-config reads any " +
		"other's config.json:")
	families := map[string][]string{}
	for _, k := range vllm.Knowns() {
		name := k.Model.Name
		if k.Model.NotModelled != "" {
			name += " (not rehearsed)"
		}
		family := strings.TrimSuffix(k.Model.Kind, "_text")
		families[family] = append(families[family], name)
	}
	for _, family := range slices.Sorted(maps.Keys(families)) {
		t.say("  %-20s %s", family, strings.Join(families[family], ", "))
	}
	t.say("cards, and where their coefficients come from:")
	for _, p := range machine.Profiles {
		t.say("  %-20s %s; formats: %s", p.Card, p.Source, measuredFormats(p))
	}
	t.say("regimes (--regime NAME), and the load that brings each into play:")
	for _, r := range simulator.Regimes {
		t.say("  %-20s %s: %s on %s; %s", r.Name, r.Doc, r.Options.Model, r.Options.GPU, loadOf(r.Load))
	}
	t.say("faults (--fault KIND=SHARE[@TOKEN][/DURATION]):")
	for _, f := range simulator.FaultKinds {
		t.say("  %-20s %s", f.Kind, f.Doc)
	}
}

func measuredFormats(p machine.Profile) string {
	var names []string
	for _, q := range []vllm.Quant{vllm.BF16, vllm.FP8, vllm.AWQ} {
		if p.Measured(q) {
			names = append(names, string(q))
		}
	}
	if len(names) == 0 {
		return "none measured"
	}
	return strings.Join(names, ", ") + " measured"
}

func loadOf(l simulator.RegimeLoad) string {
	s := fmt.Sprintf("%d in flight, %d tokens in, about %d out", l.Clients, l.Input, l.Output)
	if l.Every > 0 {
		s += fmt.Sprintf(", one in %d with %d in", l.Every, l.Long)
	}
	return s
}
