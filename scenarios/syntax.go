package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// syntaxes are the faults of a text that is no YAML, by what the parser says of them.
var syntaxes = []struct {
	parser     *regexp.Regexp
	says, hint string
}{
	{regexp.MustCompile(`^',' or '(.)' must be specified`), "a bracket before this is not closed: expected , or $1",
		"close each { with } and each [ with ]"},
	{regexp.MustCompile(`end token '?(.)'?( not found)?$`), "this bracket is not closed: expected $1",
		"close each { with } and each [ with ]"},
	{regexp.MustCompile(`^could not find '.' character corresponding to '(.)'`), "$1 closes a bracket that is not open",
		"close each { with } and each [ with ]"},
	{regexp.MustCompile(`tab character|character '\t'`), "a tab stands where spaces are expected",
		"YAML is indented by spaces"},
	{regexp.MustCompile(`end character of (double|single)-quoted`), "a text in $1 quotes does not end",
		"write its last quote too"},
	{regexp.MustCompile(`unknown escape character '(.)'`), `\$1 means nothing in a text in double quotes`,
		`write it in single quotes, or \\ for a backslash`},
	{regexp.MustCompile(`^mapping value is not allowed`), "a second colon in one line",
		"put a text that has a colon and a space in quotes"},
	{regexp.MustCompile(`^value is not allowed in this context`), "this is neither a key nor a value of what stands above",
		"begin the keys of one mapping, and the dashes of one list, in one column"},
	{regexp.MustCompile(`^'(.)' is a reserved character`), "a value may not begin with $1", "put it in quotes"},
	{regexp.MustCompile(`directive`), "a line or a value may not begin with %", "put it in quotes"},
	{regexp.MustCompile(`^mapping key (".*") already defined at \[(\d+):`), "the key $1 stands twice, in line $2 first",
		"leave one out"},
	{regexp.MustCompile(`^unexpected (key name|map key|end content)|delimiter`), "expected a key with a colon",
		"such as version: 1"},
}

// syntaxFault says why a text is no YAML, and what would be right.
func syntaxFault(file string, err error) fault {
	f := fault{File: file, Line: 1, Column: 1, Path: "yaml"}
	says := strings.SplitN(err.Error(), "\n", 2)[0]
	var at yaml.Error
	if errors.As(err, &at) {
		says = at.GetMessage()
		if t := at.GetToken(); t != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	f.Says, f.Hint = fmt.Sprintf("not YAML: %s", says), "look at this line and the one above it"
	for _, s := range syntaxes {
		if m := s.parser.FindStringSubmatchIndex(says); m != nil {
			f.Says, f.Hint = string(s.parser.ExpandString(nil, s.says, says, m)), s.hint
			break
		}
	}
	return f
}
