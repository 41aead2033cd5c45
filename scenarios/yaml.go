package scenarios

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A reader turns YAML nodes into values and collects every fault with its place.
type reader struct {
	file   string
	faults faults
	top    []string // keys of the whole file
}

// fields says what to do with each key of a mapping.
type fields map[string]func(n ast.Node, path string)

func (r *reader) fault(n ast.Node, path, hint, format string, args ...any) {
	f := fault{File: r.file, Path: path, Says: fmt.Sprintf(format, args...), Hint: hint, Line: 1, Column: 1}
	if n != nil && n.GetToken() != nil {
		f.Line, f.Column = n.GetToken().Position.Line, n.GetToken().Position.Column
	}
	r.faults = append(r.faults, f)
}

// entries returns a mapping's keys and values in order; a fault when n is none, has a key twice, or uses what is not
// read here.
func (r *reader) entries(n ast.Node, path string) []*ast.MappingValueNode {
	var list []*ast.MappingValueNode
	switch m := unwrap(n).(type) {
	case *ast.MappingNode:
		list = m.Values
	case *ast.MappingValueNode:
		list = []*ast.MappingValueNode{m}
	default:
		r.fault(n, path, "", "expected a mapping of keys, got %s", describe(n))
		return nil
	}
	seen := map[string]bool{}
	out := list[:0:0]
	for _, e := range list {
		key := e.Key.String()
		if seen[key] {
			r.fault(e.Key, join(path, key), "", "the key stands twice")
			continue
		}
		seen[key] = true
		out = append(out, e)
	}
	return out
}

// object reads a mapping whose keys are known.
func (r *reader) object(n ast.Node, path string, known fields) map[string]bool {
	if path == "" {
		r.top = slices.Collect(maps.Keys(known))
	}
	given := map[string]bool{}
	for _, e := range r.entries(n, path) {
		key := keyOf(e)
		given[key] = true
		if read, ok := known[key]; ok {
			read(e.Value, join(path, key))
			continue
		}
		names := slices.Sorted(maps.Keys(known))
		hint := "known keys: " + strings.Join(names, ", ")
		if near := Nearest(key, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		if path != "" && slices.Contains(r.top, key) {
			hint = key + " stands at the top of the file, beside load"
		}
		r.fault(e.Key, join(path, key), hint, "unknown key %q", key)
	}
	return given
}

func (r *reader) need(n ast.Node, path string, given map[string]bool, hint string, keys ...string) {
	for _, k := range keys {
		if given[k] {
			return
		}
	}
	r.fault(n, path, hint, "missing key: %s", strings.Join(keys, " or "))
}

func (r *reader) text(into *string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		v, ok := scalar(n).(string)
		if !ok || strings.TrimSpace(v) == "" {
			r.fault(n, path, "", "expected text, got %s", describe(n))
			return
		}
		*into = v
	}
}

func (r *reader) number(into *float64, low, high float64) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		v, ok := numberIn(n)
		if !ok {
			r.fault(n, path, "", "expected a number, got %s", describe(n))
			return
		}
		if v < low || v > high || math.IsNaN(v) {
			r.fault(n, path, "", "given %s, expected %s", trim(v), between(low, high, v))
			return
		}
		*into = v
	}
}

func (r *reader) whole(into *int, low, high int) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		var v float64
		before := len(r.faults)
		r.number(&v, float64(low), float64(high))(n, path)
		if len(r.faults) > before {
			return
		}
		if v != math.Trunc(v) {
			r.fault(n, path, "", "given %s, expected a whole number", trim(v))
			return
		}
		*into = int(v)
	}
}

func (r *reader) boolean(into *bool) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		v, ok := scalar(n).(bool)
		if !ok {
			r.fault(n, path, "", "expected true or false, got %s", describe(n))
			return
		}
		*into = v
	}
}

func (r *reader) duration(into *time.Duration) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			r.fault(n, path, "units: ms, s, m, h", "given %s, expected a time with its unit, such as 500ms, 60s or 5m",
				describe(n))
			return
		}
		*into = d
	}
}

// share reads 99% or 0.99.
func (r *reader) share(into *float64) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text := fmt.Sprint(scalar(n))
		percent := strings.HasSuffix(text, "%")
		v, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if percent {
			v /= 100
		}
		if err != nil || v <= 0 || v > 1 {
			r.fault(n, path, "write 99% or 0.99", "given %s, expected a share above 0 %% and at most 100 %%", describe(n))
			return
		}
		*into = v
	}
}

func (r *reader) list(n ast.Node, path string, read func(ast.Node, string)) {
	seq, ok := unwrap(n).(*ast.SequenceNode)
	if !ok {
		r.fault(n, path, "", "expected a list, got %s", describe(n))
		return
	}
	if len(seq.Values) == 0 {
		r.fault(n, path, "", "the list is empty")
	}
	for i, v := range seq.Values {
		read(v, fmt.Sprintf("%s[%d]", path, i))
	}
}

// anything reads free-form JSON-like values, such as an extra body.
func (r *reader) anything(into *map[string]any) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		out := map[string]any{}
		for _, e := range r.entries(n, path) {
			out[keyOf(e)] = free(e.Value)
		}
		*into = out
	}
}

func free(n ast.Node) any {
	switch v := unwrap(n).(type) {
	case *ast.MappingNode:
		out := map[string]any{}
		for _, e := range v.Values {
			out[keyOf(e)] = free(e.Value)
		}
		return out
	case *ast.MappingValueNode:
		return map[string]any{keyOf(v): free(v.Value)}
	case *ast.SequenceNode:
		out := []any{}
		for _, e := range v.Values {
			out = append(out, free(e))
		}
		return out
	}
	// 4 and 4.0 are one number in JSON
	if v, ok := numberIn(n); ok && math.Abs(v) < 1<<53 {
		return v
	}
	return scalar(n)
}

func unwrap(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		default:
			return n
		}
	}
}

func scalar(n ast.Node) any {
	if s, ok := unwrap(n).(ast.ScalarNode); ok {
		return s.GetValue()
	}
	return nil
}

// powers are numbers that YAML 1.2 and JSON have and the parser takes for text: 1e1.
var powers = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$`)

// numberIn is the number that a node stands for.
func numberIn(n ast.Node) (float64, bool) {
	if s, ok := unwrap(n).(*ast.StringNode); ok && s.Token.Type == token.StringType && powers.MatchString(s.Value) {
		v, err := strconv.ParseFloat(s.Value, 64)
		return v, err == nil
	}
	return numeric(scalar(n))
}

func numeric(v any) (float64, bool) {
	switch x := v.(type) {
	case uint64:
		return float64(x), true
	case int64:
		return float64(x), true
	case int:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

func keyOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(ast.ScalarNode); ok {
		return fmt.Sprint(s.GetValue())
	}
	return e.Key.String()
}

func describe(n ast.Node) string {
	switch v := unwrap(n).(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AliasNode:
		return "an alias (not read here: write the value out)"
	case *ast.StringNode:
		return strconv.Quote(v.Value)
	case ast.ScalarNode:
		return fmt.Sprint(v.GetValue())
	}
	return "nothing"
}

// between is what was expected where v was given.
func between(low, high, v float64) string {
	switch {
	case v > high && high >= math.MaxInt32:
		return "at most " + trim(high)
	case high >= math.MaxInt32:
		return "at least " + trim(low)
	case low > 0 && low < 1e-3:
		return "above 0 and at most " + trim(high)
	}
	return trim(low) + " to " + trim(high)
}

func trim(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
