package reports

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"loadgen/results"
)

// Terminal writes a document as plain text; bold marks headings when the output is a terminal.
func Terminal(w io.Writer, d Document, bold bool) error {
	b := &strings.Builder{}
	strong := func(s string) string { return strongFrom + s + strongTo }
	fmt.Fprintln(b, strong(d.Verdict))
	for _, a := range d.Advice {
		fmt.Fprintln(b, a)
	}
	for _, s := range d.Sections {
		if s.notForTerminal() {
			continue
		}
		fmt.Fprintf(b, "\n%s\n", strong(s.Title))
		for _, t := range s.Text {
			fmt.Fprintln(b, t)
		}
		if s.Table != nil {
			s.Table.text(b)
		}
		for _, n := range s.Notes {
			fmt.Fprintln(b, "  "+n)
		}
		if s.Code != "" {
			fmt.Fprintln(b, "\n    "+strings.ReplaceAll(s.Code, "\n", "\n    "))
		}
	}
	if d.Footer != "" {
		fmt.Fprintf(b, "\n%s\n", d.Footer)
	}
	style := strings.NewReplacer(strongFrom, "", strongTo, "")
	if bold {
		style = strings.NewReplacer(strongFrom, "\x1b[1m", strongTo, "\x1b[0m")
	}
	_, err := style.WriteString(w, results.Plain(b.String())) // names and details are strangers' words
	return err
}

// Characters of private use that stand for bold until all else is known to hold no escapes.
const strongFrom, strongTo = "\ue000", "\ue001"

func (t *Table) text(b *strings.Builder) {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(c.Head)
		for _, r := range t.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i]))
		}
	}
	line := func(cells []string) {
		out := ""
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.Columns[i].Right {
				out += "  " + pad + cell
			} else {
				out += "  " + cell + pad
			}
		}
		fmt.Fprintln(b, strings.TrimRight(out, " "))
	}
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	line(heads)
	for _, r := range t.Rows {
		line(r)
	}
}
