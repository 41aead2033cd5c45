package scenarios

import (
	"math"

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
		"text":          r.text(&c.Text),
		"input":         func(n ast.Node, path string) { c.Input = r.length(n, path) },
		"shared_prefix": func(n ast.Node, path string) { c.SharedPrefix = r.sharedPrefix(n, path) },
		"output":        func(n ast.Node, path string) { c.Output = r.output(n, path) },
		"objective": func(n ast.Node, path string) {
			o := r.objective(n, path)
			c.Objective = &o
		},
	})
	r.need(e.Key, here, given, "literal text, or input: {fixed: 400}", "text", "input")
	r.need(e.Key, here, given, "output: {max: 200} or output: {fixed: 200}: without it an answer may fill the whole window", "output")
	if given["text"] && given["input"] {
		r.fault(e.Key, here, "", "text and input exclude each other")
	}
	if c.SharedPrefix != nil && c.Input != nil && c.Input.Min > 0 && c.SharedPrefix.Tokens >= c.Input.Min {
		r.fault(e.Key, here, "", "shared_prefix.tokens %d must be below the shortest input %d", c.SharedPrefix.Tokens, c.Input.Min)
	}
	return c
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
	for _, e := range r.entries(n, path) {
		if keyOf(e) == "max" {
			r.whole(&o.Max, 1, math.MaxInt32)(e.Value, join(path, "max"))
			return o
		}
	}
	o.Length = r.length(n, path)
	return o
}

// length reads {fixed: 3000}, {uniform: [100, 300]}, {normal: {mean, cv, min, max}} or {lognormal: {…}}.
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
	})
	if len(given) != 1 {
		r.fault(n, path, "such as {fixed: 3000} or {uniform: [100, 300]}", "expected exactly one law of length, got %d", len(given))
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
