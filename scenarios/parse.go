package scenarios

import (
	"cmp"
	"math"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Parse reads a scenario; file is the name used in messages. The error is Faults: every fault of the file at once.
func Parse(file string, data []byte) (*Scenario, error) {
	r := &reader{file: file}
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, faults{syntaxFault(file, err)}
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		return nil, faults{{File: file, Line: 1, Column: 1, Path: "file", Says: "the file is empty",
			Hint: "a scenario needs targets, prompts and load"}}
	}
	s := r.scenario(doc.Docs[0].Body)
	if len(doc.Docs) > 1 {
		r.fault(doc.Docs[1].Body, "file", "", "expected one document, got %d", len(doc.Docs))
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b fault) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
		return nil, r.faults
	}
	return s, nil
}

func (r *reader) scenario(n ast.Node) *Scenario {
	s := &Scenario{Seed: 1}
	if describe(n) != "a mapping" {
		r.fault(n, "file", "a scenario needs version, targets, prompts and load", "expected a mapping of keys, got %s",
			describe(n))
		return s
	}
	given := r.object(n, "", fields{
		"version":   r.whole(&s.Version, 1, math.MaxInt32),
		"name":      r.text(&s.Name),
		"seed":      r.seed(&s.Seed),
		"targets":   func(n ast.Node, path string) { s.Targets = r.targets(n, path) },
		"prompts":   func(n ast.Node, path string) { s.Prompts = r.prompts(n, path) },
		"load":      func(n ast.Node, path string) { s.Phases = r.phases(n, path) },
		"within":    r.within(&s.Within),
		"request":   func(n ast.Node, path string) { s.Request = r.request(n, path, false) },
		"objective": func(n ast.Node, path string) { s.Objective = r.objective(n, path) },
	})
	r.need(n, "version", given, "write version: 1", "version")
	r.need(n, "targets", given, "name at least one server", "targets")
	r.need(n, "prompts", given, "name at least one class of prompts", "prompts")
	r.need(n, "load", given, "write load: {find: rate}, {concurrency: [1, 2, 4]}, {rate: [1, 2]} or {each: 3}", "load")
	if s.Version > Version {
		r.fault(n, "version", "use a newer loadgen", "given %d, this loadgen reads version %d", s.Version, Version)
	}
	r.toolsNeedChat(n, s)
	r.sessionsNeedChat(n, s)
	r.searchesNeed(n, s)
	if err := s.pair(); err != nil {
		r.fault(n, "load", "", "%v", err)
	}
	if s.Name == "" {
		s.Name = "scenario"
	}
	return s
}

func (r *reader) seed(into *uint64) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		v := 0
		r.whole(&v, 0, math.MaxInt32)(n, path)
		*into = uint64(v)
	}
}
