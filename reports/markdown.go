package reports

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"loadgen/results"
)

// Markdown writes a document as GitHub Markdown: its first screen, then the evidence but for the long tables. Figures
// are links into figures/.
func Markdown(w io.Writer, d Document) error {
	b := &strings.Builder{}
	d.screen(b, "", unlimited)
	for _, s := range d.Sections {
		if s.Full {
			continue
		}
		s.markdown(b)
	}
	if d.Footer != "" {
		fmt.Fprintf(b, "\n---\n%s\n", escape(d.Footer))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Brief writes the first screen alone, to be pasted into a pull request: 60 lines and 20,000 characters at most. figure
// is the address of a picture; empty: none.
func Brief(w io.Writer, d Document, figure string) error {
	b := &strings.Builder{}
	d.screen(b, figure, limits{rows: 8, lines: 9, letters: 600})
	if d.Footer != "" {
		fmt.Fprintf(b, "\n<sub>%s</sub>\n", escape(d.Footer))
	}
	_, err := io.WriteString(w, ownPath.ReplaceAllString(b.String(), "$1"))
	return err
}

// ownPath is a path of this machine, which says nothing to others but its last part.
var ownPath = regexp.MustCompile(`/(?:home|root|tmp|work|Users|mnt|var|opt|srv|data)/(?:[^\s/|]*/)*([^\s/|]*)`)

// limits are how much of a document is written: rows of a table, lines of a list, letters of a line. Zero: all.
type limits struct{ rows, lines, letters int }

var unlimited limits

// screen writes what was asked, what came out and what to do.
func (d Document) screen(b *strings.Builder, figure string, most limits) {
	l := d.said()
	fmt.Fprintf(b, "# %s\n\n**%s**\n", escape(d.Title), escape(most.cut(d.Verdict)))
	d.list(b, l.Say("What to do"), d.Advice, most)
	if len(d.Outcome) > 0 {
		fmt.Fprintf(b, "\n## %s\n", escape(l.Say("What came out")))
	}
	for i, s := range d.Outcome {
		if most.rows > 0 && i > 0 {
			break // one table
		}
		s.brief(d, b, most)
	}
	if figure != "" {
		fmt.Fprintf(b, "\n![%s](%s)\n", escape(d.Title), strings.NewReplacer(" ", "%20", ")", "%29", "\n",
			"").Replace(figure))
	}
	var asked []string
	for _, f := range d.Asked {
		asked = append(asked, f.Name+l.Say(": ")+f.Says)
	}
	d.list(b, l.Say("What was asked"), asked, most)
	d.list(b, l.Say("Caveats"), d.Caveats, most)
}

func (d Document) list(b *strings.Builder, head string, lines []string, most limits) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n", escape(head))
	for i, line := range lines {
		if most.lines > 0 && i == most.lines-1 && len(lines) > most.lines {
			fmt.Fprintf(b, "- %s\n", escape(d.said().Say("%s more in the report", d.said().Count(len(lines)-i))))
			return
		}
		fmt.Fprintf(b, "- %s\n", escape(most.cut(line)))
	}
}

// brief writes a section's table, so many rows of it.
func (s Section) brief(d Document, b *strings.Builder, most limits) {
	if s.Title != "" {
		fmt.Fprintf(b, "\n### %s\n", escape(s.Title))
	}
	for _, t := range s.Text {
		fmt.Fprintf(b, "\n%s\n", escape(most.cut(t)))
	}
	if s.Table == nil {
		return
	}
	shown := *s.Table
	if most.rows > 0 && len(shown.Rows) > most.rows {
		shown.Rows = shown.Rows[:most.rows]
	}
	fmt.Fprintln(b)
	shown.markdown(b)
	if left := len(s.Table.Rows) - len(shown.Rows); left > 0 {
		fmt.Fprintf(b, "\n%s\n", escape(d.said().Say("%s more rows in the report", d.said().Count(left))))
	}
}

func (m limits) cut(line string) string {
	if m.letters == 0 || utf8.RuneCountInString(line) <= m.letters {
		return line
	}
	return string([]rune(line)[:m.letters-1]) + "…"
}

func (s Section) markdown(b *strings.Builder) {
	if s.Chapter != "" {
		fmt.Fprintf(b, "\n## %s\n", escape(s.Chapter))
	}
	if s.Title != "" {
		fmt.Fprintf(b, "\n### %s\n", escape(s.Title))
	}
	fmt.Fprintln(b)
	for _, t := range s.Text {
		fmt.Fprintf(b, "%s\n\n", escape(t))
	}
	if s.Figure != nil {
		fmt.Fprintf(b, "![%s](figures/%s.png)\n\n", escape(s.Figure.Caption), s.Figure.Name)
	}
	if s.Table != nil {
		s.Table.markdown(b)
		fmt.Fprintln(b)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(b, "- %s\n", escape(n))
	}
	if s.Code != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", s.Code)
	}
}

func (t *Table) markdown(b *strings.Builder) {
	var heads, rules []string
	for _, c := range t.Columns {
		heads = append(heads, escape(c.Head))
		if c.Right {
			rules = append(rules, "--:")
		} else {
			rules = append(rules, "---")
		}
	}
	fmt.Fprintf(b, "| %s |\n| %s |\n", strings.Join(heads, " | "), strings.Join(rules, " | "))
	for _, r := range t.Rows {
		cells := make([]string, len(r))
		for i := range r {
			cells[i] = escape(r[i])
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

func escape(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`).Replace(results.Plain(s))
}
