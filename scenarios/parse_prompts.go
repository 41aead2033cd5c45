package scenarios

import (
	"math"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A class name labels tables and logs: any text but control characters.
func (r *reader) prompts(n ast.Node, path string) []PromptClass {
	var out []PromptClass
	for _, e := range r.entries(n, path) {
		out = append(out, r.prompt(e, path))
	}
	return out
}

func (r *reader) prompt(e *ast.MappingValueNode, path string) PromptClass {
	c := PromptClass{Name: keyOf(e), Weight: 1}
	here := join(path, c.Name)
	given := r.object(e.Value, here, fields{
		"weight":        r.number(&c.Weight, 1e-6, 1e6),
		"system":        r.text(&c.System),
		"text":          r.text(&c.Text),
		"input":         func(n ast.Node, path string) { c.Input = r.length(n, path) },
		"source":        func(n ast.Node, path string) { c.Source = r.source(n, path) },
		"shared_prefix": func(n ast.Node, path string) { c.SharedPrefix = r.sharedPrefix(n, path) },
		"session":       func(n ast.Node, path string) { c.Session = r.session(n, path) },
		"output":        func(n ast.Node, path string) { c.Output = r.output(n, path) },
		"request": func(n ast.Node, path string) {
			q := r.request(n, path, true)
			c.Request = &q
		},
		"objective": func(n ast.Node, path string) {
			o := r.objective(n, path)
			c.Objective = &o
		},
	})
	r.need(e.Key, here, given, "literal text, input: {fixed: 400}, or source: {file: …, format: …}", "text", "input",
		"source")
	r.need(e.Key, here, given,
		"output: {max: 200} or output: {fixed: 200}: without it an answer may fill the whole window", "output")
	r.together(e.Key, here, c, given)
	return c
}

// together judges what a class's keys say of one another.
func (r *reader) together(n ast.Node, here string, c PromptClass, given map[string]bool) {
	kinds := []string(nil)
	for _, k := range []string{"text", "input", "source"} {
		if given[k] {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) > 1 {
		r.fault(n, here, "", "%s exclude each other", strings.Join(kinds, " and "))
	}
	if given["shared_prefix"] && !given["input"] {
		r.fault(n, join(here, "shared_prefix"), "", "a shared prefix needs input: it is generated text")
	}
	if given["session"] && !given["input"] {
		r.fault(n, join(here, "session"), "", "a session needs input: every turn says something new")
	}
	if c.SharedPrefix != nil && c.Input != nil && c.Input.Min > 0 && c.SharedPrefix.Tokens >= c.Input.Min {
		r.fault(n, here, "", "shared_prefix.tokens %d must be below the shortest input %d", c.SharedPrefix.Tokens,
			c.Input.Min)
	}
	switch from := c.Output.FromFile; {
	case from != "" && !given["source"]:
		r.fault(n, join(here, "output"), "", "from_file needs source")
	case from != "" && c.Source != nil && c.Source.N > 0 && !c.Source.known():
		r.fault(n, join(here, "output"), "write output: {max: N}", "%s does not have every answer's length", c.Source.File)
	}
	if given["system"] && c.Source != nil && c.Source.Format == "messages" {
		r.fault(n, join(here, "system"), "", "the file's messages have their own")
	}
}

// source reads {file: …, format: …}, and the file.
func (r *reader) source(n ast.Node, path string) *source {
	s, before := &source{}, len(r.faults)
	var names []string
	for _, f := range sourceFormats {
		names = append(names, f.Name)
	}
	given := r.object(n, path, fields{
		"file": r.text(&s.File), "format": r.oneOf(&s.Format, names...), "input": r.text(&s.Input),
		"output": r.text(&s.Output),
	})
	r.need(n, path, given, "the file's path, from the scenario's directory", "file")
	r.need(n, path, given, "one of: "+strings.Join(names, ", "), "format")
	if (given["input"] || given["output"]) && s.Format != "lengths" && s.Format != "" {
		r.fault(n, path, "", "input and output name columns of format lengths")
	}
	if len(r.faults) == before {
		if err := s.load(r.file); err != nil {
			r.fault(n, path, "", "%v", err)
		}
	}
	return s
}

func (r *reader) sharedPrefix(n ast.Node, path string) *SharedPrefix {
	p := SharedPrefix{Groups: 1}
	given := r.object(n, path, fields{
		"tokens": r.whole(&p.Tokens, 1, math.MaxInt32),
		"groups": r.whole(&p.Groups, 1, math.MaxInt32),
	})
	r.need(n, path, given, "", "tokens")
	return &p
}

func (r *reader) output(n ast.Node, path string) Output {
	var o Output
	if kind := describe(n); kind != "a mapping" {
		r.fault(n, path, "such as {max: 200} or {fixed: 200}", "expected how long an answer is, got %s", kind)
		return o
	}
	entries := r.entries(n, path)
	if len(entries) != 1 {
		r.fault(n, path, "such as {max: 200} or {fixed: 200}",
			"expected exactly one of max, from_file and a law of length, got %d", len(entries))
		return o
	}
	switch e := entries[0]; keyOf(e) {
	case "max":
		r.whole(&o.Max, 1, math.MaxInt32)(e.Value, join(path, "max"))
	case "from_file":
		r.oneOf(&o.FromFile, "exact", "max")(e.Value, join(path, "from_file"))
	default:
		o.Length = r.length(n, path)
	}
	return o
}

// length reads {fixed: 3000}, {uniform: [100, 300]}, {normal: {mean, cv, min, max}}, {lognormal: {…}} or {empirical:
// …}.
func (r *reader) length(n ast.Node, path string) *Length {
	var l Length
	given := r.object(n, path, fields{
		"fixed": func(n ast.Node, path string) {
			v := 0
			r.whole(&v, 1, math.MaxInt32)(n, path)
			l = Length{Law: "fixed", Mean: float64(v), Min: v, Max: v}
		},
		"uniform":   func(n ast.Node, path string) { l = r.uniform(n, path) },
		"normal":    func(n ast.Node, path string) { l = r.bell(n, path, "normal") },
		"lognormal": func(n ast.Node, path string) { l = r.bell(n, path, "lognormal") },
		"empirical": func(n ast.Node, path string) { l = r.empirical(n, path) },
	})
	if len(given) != 1 {
		r.fault(n, path, "such as {fixed: 3000} or {uniform: [100, 300]}", "expected exactly one law of length, got %d",
			len(given))
	}
	return &l
}

func (r *reader) uniform(n ast.Node, path string) Length {
	var bounds []int
	r.list(n, path, func(n ast.Node, path string) {
		v := 1
		r.whole(&v, 1, math.MaxInt32)(n, path)
		bounds = append(bounds, v)
	})
	if len(bounds) != 2 || bounds[0] > bounds[1] {
		r.fault(n, path, "such as [100, 300]", "expected the smallest and the largest length")
		return Length{Law: "fixed", Mean: 1, Min: 1, Max: 1}
	}
	return Length{Law: "uniform", Mean: float64(bounds[0]+bounds[1]) / 2, Min: bounds[0], Max: bounds[1]}
}

func (r *reader) bell(n ast.Node, path, law string) Length {
	l := Length{Law: law, Min: 1}
	given := r.object(n, path, fields{
		"mean": r.number(&l.Mean, 1, math.MaxInt32),
		"cv":   r.number(&l.CV, 0, 10),
		"min":  r.whole(&l.Min, 1, math.MaxInt32),
		"max":  r.whole(&l.Max, 1, math.MaxInt32),
	})
	r.need(n, path, given, "", "mean")
	if l.Max > 0 && l.Max < l.Min {
		r.fault(n, path, "", "max %d is below min %d", l.Max, l.Min)
	}
	return l
}

// empirical reads a list of lengths, or {file: …, column: …}.
func (r *reader) empirical(n ast.Node, path string) Length {
	l := Length{Law: "empirical"}
	if _, listed := unwrap(n).(*ast.SequenceNode); listed {
		r.list(n, path, func(n ast.Node, path string) {
			v := 1
			r.whole(&v, 1, 1<<24)(n, path)
			l.Values = append(l.Values, v)
		})
		if len(l.Values) > 0 {
			l.measure()
		}
		return l
	}
	before := len(r.faults)
	given := r.object(n, path, fields{"file": r.text(&l.File), "column": r.text(&l.Column)})
	r.need(n, path, given, "a list of lengths, or a CSV file's path", "file")
	r.need(n, path, given, "the column of the lengths", "column")
	if len(r.faults) == before {
		if err := l.load(r.file); err != nil {
			r.fault(n, path, "", "%v", err)
		}
	}
	return l
}
