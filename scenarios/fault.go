package scenarios

import (
	"fmt"
	"strings"
)

// A fault is one thing wrong in a scenario file: where, what was given, what was expected, and a hint.
type fault struct {
	File         string
	Line, Column int
	Path         string // "targets.mini.url"
	Says         string // what was given and what was expected
	Hint         string // what to write instead; may be empty
}

func (f fault) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Column, f.Path, f.Says)
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

// faults is every fault of a file at once, in the order of its lines.
type faults []fault

func (f faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}
