package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// phases reads one load, or a list of named ones.
func (r *reader) phases(n ast.Node, path string) []Phase {
	if _, ok := unwrap(n).(*ast.SequenceNode); !ok {
		return []Phase{r.phase(n, path, "load")}
	}
	var out []Phase
	r.list(n, path, func(n ast.Node, path string) {
		p := r.phase(n, path, fmt.Sprintf("phase%d", len(out)+1))
		if slices.ContainsFunc(out, func(o Phase) bool { return o.Name == p.Name }) {
			r.fault(n, path, "", "the phase %q stands twice", p.Name)
		}
		out = append(out, p)
	})
	return out
}

func (r *reader) phase(n ast.Node, path, name string) Phase {
	p := Phase{Name: name, Repeat: 1}
	given := r.object(n, path, fields{
		"name":        r.text(&p.Name),
		"each":        r.whole(&p.Each, 1, 10000),
		"concurrency": func(n ast.Node, path string) { p.Concurrency = r.ladder(n, path) },
		"rate":        func(n ast.Node, path string) { p.Rate, p.Stop = r.rateLadder(n, path) },
		"find": func(n ast.Node, path string) {
			r.oneOf((*string)(&p.Find), string(FindRate), string(FindConcurrency))(n, path)
		},
		"arrival": func(n ast.Node, path string) { p.Arrival = r.arrival(n, path) },
		"cap":     r.whole(&p.Cap, 1, 1<<20),
		"measure": r.duration(&p.Measure),
		"preset":  r.oneOf(&p.Preset, presetNames()...),
		"repeat":  r.whole(&p.Repeat, 1, 100),
	})
	if t := p.Arrival.Trace; t != nil && !given["rate"] && !given["find"] {
		p.Rate, given["rate"] = []float64{t.Rate}, true // as recorded
	}
	if evidence, _ := FindPreset(p.Preset); !given["repeat"] {
		p.Repeat = evidence.Repeat
	}
	if given["preset"] && given["measure"] {
		r.fault(n, join(path, "preset"), "leave one of them out", "preset chooses the window's length, and measure gives it")
	}
	loops := 0
	for _, key := range []string{"each", "concurrency", "rate", "find"} {
		if given[key] {
			loops++
		}
	}
	if loops != 1 {
		r.fault(n, path, "concurrency: a closed loop; rate: an open one; each: every class so many times; find: the held "+
			"load is searched",
			"expected exactly one of each, concurrency, rate and find, got %d", loops)
	}
	if given["cap"] && !given["rate"] {
		r.fault(n, join(path, "cap"), "concurrency is what bounds a closed loop", "a cap needs rate")
	}
	open := given["rate"] || p.Find == FindRate
	if given["arrival"] && !open {
		r.fault(n, join(path, "arrival"), "", "an arrival law needs rate")
	}
	if given["find"] {
		r.search(n, path, given, &p)
	}
	if open && p.Arrival.Name == "" {
		p.Arrival.Name = poisson.Name
	}
	if !targetName.MatchString(p.Name) {
		r.fault(n, join(path, "name"), "it names directories",
			"given %q, expected lower-case letters, digits, dots and dashes", p.Name)
	}
	return p
}

func presetNames() []string {
	var out []string
	for _, p := range Presets {
		out = append(out, p.Name)
	}
	return out
}

// arrival reads a law's name, or {name: {its parameters}}.
func (r *reader) arrival(n ast.Node, path string) Law {
	name, at := "", n
	var given ast.Node // the parameters
	if _, ok := scalar(n).(string); !ok {
		entries := r.entries(n, path)
		if len(entries) != 1 {
			r.fault(n, path, "such as arrival: {gamma: {cv: 2}}", "expected one law, got %d", len(entries))
			return Law{}
		}
		at, given = entries[0].Key, entries[0].Value
	}
	var names []string
	for _, a := range arrivals {
		names = append(names, a.Name)
	}
	r.oneOf(&name, names...)(at, path)
	a, known := findArrival(name)
	if !known {
		return Law{}
	}
	return r.law(a, at, given, join(path, name))
}

// law reads the parameters of a law; given may be nil.
func (r *reader) law(a arrival, at, given ast.Node, path string) Law {
	l, before := Law{Name: a.Name}, len(r.faults)
	known, seen := fields{}, map[string]bool{}
	if a.keys != nil {
		known = a.keys(r, &l)
	}
	if given != nil && describe(given) != "nothing" {
		seen, at = r.object(given, path, known), given
	}
	for _, key := range a.need {
		r.need(at, path, seen, a.Doc, key)
	}
	if a.read != nil && len(r.faults) == before {
		a.read(r, at, path, &l)
	}
	return l
}

// swing reads a share below 100 %.
func (r *reader) swing(into *float64) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		if r.share(into)(n, path); *into >= 1 {
			r.fault(n, path, "", "given %s, expected less than 100 %%: the rate must stay above zero", describe(n))
		}
	}
}

// search checks a load that is found: how it is found, how long and how often is not for the file to say.
func (r *reader) search(n ast.Node, path string, given map[string]bool, p *Phase) {
	for _, key := range []string{"measure", "repeat"} {
		if given[key] {
			r.fault(n, join(path, key), "preset says how much evidence is wanted",
				"leave it out: a search chooses its windows and confirms what it finds by a fresh step")
		}
	}
	p.Repeat = 1
}

// rateLadder reads [1, 2, 4], {levels: [1, 2, 4], stop: objective} or {from: 1, to: 16, factor: 2, stop: saturated}.
func (r *reader) rateLadder(n ast.Node, path string) ([]float64, Stop) {
	if _, ok := unwrap(n).(*ast.SequenceNode); ok {
		return r.rates(n, path), ""
	}
	var levels []float64
	from, to, factor, stop := 1.0, 0.0, 2.0, ""
	given := r.object(n, path, fields{
		"levels": func(n ast.Node, path string) { levels = r.rates(n, path) },
		"from":   r.number(&from, 1e-4, 1e6),
		"to":     r.number(&to, 1e-4, 1e6),
		"factor": r.number(&factor, 1.01, 1000),
		"stop":   r.oneOf(&stop, string(StopObjective), string(StopSaturated), "never"),
	})
	r.need(n, path, given, "the highest rate to try", "to", "levels")
	if given["to"] && to < from {
		r.fault(n, path, "", "to %s is below from %s", trim(to), trim(from))
	}
	if given["levels"] && (given["from"] || given["to"] || given["factor"]) {
		r.fault(n, path, "", "levels and from, to, factor exclude each other")
	}
	if stop == "never" {
		stop = ""
	}
	if !given["levels"] {
		for x := from; x < to*0.999; x *= factor {
			levels = append(levels, Rounded(x))
		}
		levels = append(levels, to)
	}
	return levels, Stop(stop)
}

// Rounded is a load to four digits, as it is named and played.
func Rounded(load float64) float64 {
	out, _ := strconv.ParseFloat(strconv.FormatFloat(load, 'g', 4, 64), 64)
	return out
}

func (r *reader) rates(n ast.Node, path string) []float64 {
	var out []float64
	r.list(n, path, func(n ast.Node, path string) {
		v := 0.0
		if r.number(&v, 1e-4, 1e6)(n, path); v == 0 {
			return
		}
		if len(out) > 0 && v <= out[len(out)-1] {
			r.fault(n, path, "", "given %s after %s, expected rising rates", trim(v), trim(out[len(out)-1]))
		}
		out = append(out, v)
	})
	return out
}

func (r *reader) levels(n ast.Node, path string) []int {
	var out []int
	r.list(n, path, func(n ast.Node, path string) {
		v := 0
		if r.whole(&v, 1, 1<<20)(n, path); v == 0 {
			return
		}
		if k := len(out); k > 0 && v <= out[k-1] {
			r.fault(n, path, "", "given %d after %d, expected rising levels", v, out[k-1])
		}
		out = append(out, v)
	})
	return out
}

// ladder reads [1, 2, 4], {levels: [1, 2, 4], stop: saturated} or {from: 1, to: 256, factor: 2, stop: saturated}.
func (r *reader) ladder(n ast.Node, path string) *Ladder {
	l := &Ladder{}
	if _, ok := unwrap(n).(*ast.SequenceNode); ok {
		l.Levels = r.levels(n, path)
		return l
	}
	from, to, factor, stop := 1, 0, 2.0, ""
	given := r.object(n, path, fields{
		"levels": func(n ast.Node, path string) { l.Levels = r.levels(n, path) },
		"from":   r.whole(&from, 1, 1<<20),
		"to":     r.whole(&to, 1, 1<<20),
		"factor": r.number(&factor, 1.01, 1000),
		"stop":   r.oneOf(&stop, "saturated", "never"),
	})
	r.need(n, path, given, "the highest concurrency to try", "to", "levels")
	if given["to"] && to < from {
		r.fault(n, path, "", "to %d is below from %d", to, from)
	}
	if given["levels"] && (given["from"] || given["to"] || given["factor"]) {
		r.fault(n, path, "", "levels and from, to, factor exclude each other")
	}
	if l.StopWhenSaturated = stop == "saturated"; !given["levels"] {
		l.Levels = rungs(from, to, factor)
	}
	return l
}

// rungs are from, from·factor, … up to and with to.
func rungs(from, to int, factor float64) []int {
	var out []int
	for x := float64(from); x < float64(to); x *= factor {
		if v := int(math.Round(x)); len(out) == 0 || v > out[len(out)-1] {
			out = append(out, v)
		}
	}
	if len(out) == 0 || out[len(out)-1] < to {
		out = append(out, max(from, to))
	}
	return out
}
