// Package reports answers how a run is told: one document, rendered for a terminal, as Markdown and as one HTML file.
// One screen comes first: what was asked, what came out, what to do and how sure that is; then the evidence; then
// method and provenance.
package reports

import "loadgen/locale"

// A Document is what is told, in order.
type Document struct {
	Title    string
	Locale   *locale.Locale // nil: English
	Verdict  string         // how far the numbers can be trusted
	State    string         // trusted, trusted-with-warnings or invalid: chooses a colour
	Asked    []fact         // what was asked
	Outcome  []Section      // what came out
	Advice   []string       // what to do, one line per target
	Caveats  []string       // what limits the conclusion
	Sections []Section      // the evidence, then method and provenance
	Footer   string
}

// A fact is a name and what is said of it.
type fact struct{ Name, Says string }

// A Section is a heading with text, a table and a figure, each of which may be absent.
type Section struct {
	Chapter string // the heading above several sections; empty: the one before goes on
	Title   string
	Text    []string // paragraphs
	Table   *Table
	Notes   []string // under the table
	Code    string   // a command to copy
	Figure  *Figure
	Full    bool // for HTML alone: long tables
	Open    bool // HTML shows it without being asked
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

// notForTerminal reports whether there is nothing for a terminal.
func (s Section) notForTerminal() bool {
	return s.Full || s.Figure != nil && s.Table == nil && len(s.Text)+len(s.Notes) == 0 && s.Code == ""
}

// said is the locale that the document is written in.
func (d Document) said() *locale.Locale {
	if d.Locale == nil {
		return locale.English
	}
	return d.Locale
}
