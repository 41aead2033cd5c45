package reports

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"loadgen/results"
)

// A Style is what a terminal can show.
type Style struct {
	Bold   bool
	Colour bool // verdicts in green, yellow or red
}

// Terminal writes a document as plain text, its first screen first.
func Terminal(w io.Writer, d Document, style Style) error {
	b := &strings.Builder{}
	l := d.said()
	if d.Verdict != "" {
		fmt.Fprintln(b, colourFrom+strong(d.Verdict)+colourTo)
	}
	wide := 0
	for _, f := range d.Asked {
		wide = max(wide, utf8.RuneCountInString(f.Name))
	}
	if len(d.Asked) > 0 {
		fmt.Fprintf(b, "\n%s\n", strong(l.Say("What was asked")))
	}
	for _, f := range d.Asked {
		fmt.Fprintf(b, "  %s%s  %s\n", f.Name, strings.Repeat(" ", wide-utf8.RuneCountInString(f.Name)), f.Says)
	}
	if len(d.Outcome) > 0 {
		fmt.Fprintf(b, "\n%s\n", strong(l.Say("What came out")))
	}
	for _, s := range d.Outcome {
		if s.Title != "" {
			fmt.Fprintf(b, "\n%s\n", strong(s.Title))
		}
		s.terminal(b)
	}
	bulleted(b, l.Say("What to do"), d.Advice, len(d.Asked) > 0)
	bulleted(b, l.Say("Caveats"), d.Caveats, true)
	for _, s := range d.Sections {
		if s.notForTerminal() {
			continue
		}
		if title := or(s.Title, s.Chapter); title != "" {
			fmt.Fprintf(b, "\n%s\n", strong(title))
		}
		s.terminal(b)
	}
	if d.Footer != "" {
		fmt.Fprintf(b, "\n%s\n", d.Footer)
	}
	_, err := style.replacer(d.State).WriteString(w, results.Plain(b.String())) // names and details are strangers' words
	return err
}

func bulleted(b *strings.Builder, head string, lines []string, headed bool) {
	if len(lines) == 0 {
		return
	}
	if headed {
		fmt.Fprintf(b, "\n%s\n", strong(head))
	}
	for _, a := range lines {
		if headed {
			a = "  " + a
		}
		fmt.Fprintln(b, a)
	}
}

func (s Section) terminal(b *strings.Builder) {
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

// Characters of private use that stand for bold and colour until all else is known to hold no escapes.
const strongFrom, strongTo, colourFrom, colourTo = "\ue000", "\ue001", "\ue002", "\ue003"

func strong(s string) string { return strongFrom + s + strongTo }

func (s Style) replacer(state string) *strings.Replacer {
	marks := []string{strongFrom, "", strongTo, "", colourFrom, "", colourTo, ""}
	if s.Bold {
		marks[1], marks[3] = "\x1b[1m", "\x1b[22m"
	}
	if code := map[string]string{"trusted": "32", "trusted-with-warnings": "33", "invalid": "31"}[state]; s.Colour &&
		code != "" {
		marks[5], marks[7] = "\x1b["+code+"m", "\x1b[39m"
	}
	return strings.NewReplacer(marks...)
}

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
