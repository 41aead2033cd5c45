package scenarios

import (
	"math"

	"github.com/goccy/go-yaml/ast"
)

// request reads the scenario's, or that of a class, which has no timeout of its own.
func (r *reader) request(n ast.Node, path string, ofClass bool) Request {
	var q Request
	temperature, topP, topK := math.NaN(), math.NaN(), 0
	known := fields{
		"temperature":          r.number(&temperature, 0, 2),
		"top_p":                r.number(&topP, 1e-6, 1),
		"top_k":                r.whole(&topK, 1, math.MaxInt32),
		"chat_template_kwargs": r.anything(&q.ChatTemplateKwargs),
		"tools":                func(n ast.Node, path string) { q.Tools = r.tools(n, path) },
		"tool_choice":          r.oneOf(&q.ToolChoice, "auto", "none", "required"),
		"json_schema":          r.anything(&q.JSONSchema),
		"extra_body":           r.anything(&q.ExtraBody),
	}
	if !ofClass {
		known["timeout"] = r.duration(&q.Timeout)
		known["max_event_mib"] = r.whole(&q.MaxEventMiB, 1, 64)
	}
	given := r.object(n, path, known)
	if given["tool_choice"] && !given["tools"] {
		r.fault(n, join(path, "tool_choice"), "", "a tool choice needs tools")
	}
	if !math.IsNaN(temperature) {
		q.Temperature = &temperature
	}
	if !math.IsNaN(topP) {
		q.TopP = &topP
	}
	if topK > 0 {
		q.TopK = &topK
	}
	return q
}

// tools reads functions by name, description and parameters, and wraps each as the OpenAI API has it.
func (r *reader) tools(n ast.Node, path string) []any {
	var out []any
	r.list(n, path, func(n ast.Node, path string) {
		f := map[string]any{}
		name, says := "", ""
		var parameters map[string]any
		given := r.object(n, path, fields{"name": r.text(&name), "description": r.text(&says),
			"parameters": r.anything(&parameters)})
		r.need(n, path, given, "the function's name", "name")
		f["name"] = name
		if says != "" {
			f["description"] = says
		}
		if parameters != nil {
			f["parameters"] = parameters
		}
		out = append(out, map[string]any{"type": "function", "function": f})
	})
	return out
}

// objective reads clauses, or the name of a goal.
func (r *reader) objective(n ast.Node, path string) Objective {
	if _, named := scalar(n).(string); named {
		name, names := "", []string(nil)
		for _, g := range goals {
			names = append(names, g.Name)
		}
		r.oneOf(&name, names...)(n, path)
		for _, g := range goals {
			if g.Name == name {
				return g.Objective
			}
		}
		return Objective{}
	}
	o := Objective{Attainment: 0.99}
	given := r.object(n, path, fields{
		"ttft": r.duration(&o.TTFT), "ttfo": r.duration(&o.TTFO), "tpot": r.duration(&o.TPOT),
		"itl": r.duration(&o.ITL), "e2e": r.duration(&o.E2E), "attainment": r.share(&o.Attainment),
	})
	delete(given, "attainment")
	if len(given) == 0 {
		r.fault(n, path, "clauses: ttft, ttfo, tpot, itl, e2e", "an objective without a clause")
	}
	return o
}
