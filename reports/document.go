// Package reports answers how a run is told: one document, rendered for a terminal, as Markdown and as one HTML file.
package reports

// A Document is what is told, in order: the verdict, the advice, then the evidence.
type Document struct {
	Title    string
	Verdict  string   // first line
	State    string   // trusted, trusted-with-warnings or invalid: chooses a colour
	Advice   []string // second: one line per target
	Sections []Section
	Footer   string
}

// A Section is a heading with text, a table and a figure, each of which may be absent.
type Section struct {
	Title  string
	Text   []string // paragraphs
	Table  *Table
	Notes  []string // under the table
	Code   string   // a command to copy
	Figure *Figure
	Full   bool // for the full report, not for a terminal
}

// A Table is columns and rows of ready text.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// A Column is a head and whether its cells are numbers.
type Column struct {
	Head  string
	Right bool
}

// A Figure is a picture's files beside the report, and its inline form for HTML.
type Figure struct {
	Name    string // file name without extension
	Target  string // empty: of the whole run
	Caption string
	SVG     []byte
}

// notForTerminal tells that there is nothing for a terminal.
func (s Section) notForTerminal() bool {
	return s.Full || s.Figure != nil && s.Table == nil && len(s.Text)+len(s.Notes) == 0 && s.Code == ""
}
