package rehearsal

import (
	"slices"

	"loadgen/scenarios"
)

// Apart is New with a world and a virtual time of its own for targets that share nothing with others, so that they can
// be played side by side on several cores. All of them have one scenario. A plan that must fit a time has one world.
func Apart(sc *scenarios.Scenario, plan scenarios.Plan, opts Options) ([]*Rehearsal, error) {
	groups, err := groups(sc, plan)
	if err != nil {
		return nil, err
	}
	var out []*Rehearsal
	played := *sc
	played.Targets = slices.Clone(sc.Targets)
	for _, names := range groups {
		opts.only = names
		r, err := New(sc, opts)
		if err != nil {
			return nil, err
		}
		for i, t := range r.Scenario.Targets {
			if slices.Contains(names, t.Name) {
				played.Targets[i] = t
			}
		}
		out = append(out, r)
	}
	for _, r := range out {
		r.Scenario = &played
	}
	return out, nil
}

// Together is New, as Apart gives it.
func Together(sc *scenarios.Scenario, _ scenarios.Plan, opts Options) ([]*Rehearsal, error) {
	r, err := New(sc, opts)
	return []*Rehearsal{r}, err
}

// groups parts the names of targets: those of one address, and those that are loaded together, stay together.
func groups(sc *scenarios.Scenario, plan scenarios.Plan) (out [][]string, err error) {
	shares := map[string][]string{}
	share := func(a, b string) { shares[a], shares[b] = append(shares[a], b), append(shares[b], a) }
	at := map[string]string{}
	for _, t := range sc.Targets {
		address, err := listenAddress(t.URL)
		if err != nil {
			return nil, err
		}
		if first, taken := at[address]; taken {
			share(first, t.Name)
		}
		at[address] = t.Name
		if sc.Within > 0 {
			share(sc.Targets[0].Name, t.Name)
		}
	}
	for _, st := range plan.Steps {
		for _, other := range st.Beside {
			share(st.Target, other)
		}
	}
	known := map[string]bool{}
	for _, t := range sc.Targets {
		if group := reached(t.Name, shares, known); len(group) > 0 {
			out = append(out, group)
		}
	}
	return out, nil
}

// reached is a name and all that it shares something with, by way of others too, but for those that are known.
func reached(name string, shares map[string][]string, known map[string]bool) []string {
	if known[name] {
		return nil
	}
	known[name] = true
	out := []string{name}
	for _, other := range shares[name] {
		out = append(out, reached(other, shares, known)...)
	}
	return out
}
