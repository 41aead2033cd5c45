package reports

import (
	"fmt"
	"io"
	"strings"

	"loadgen/results"
)

// Markdown writes a document as GitHub Markdown; figures are links into figures/.
func Markdown(w io.Writer, d Document) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "# %s\n\n**%s**\n\n", escape(d.Title), escape(d.Verdict))
	for _, a := range d.Advice {
		fmt.Fprintf(b, "- %s\n", escape(a))
	}
	for _, s := range d.Sections {
		fmt.Fprintf(b, "\n## %s\n\n", escape(s.Title))
		for _, t := range s.Text {
			fmt.Fprintf(b, "%s\n\n", escape(t))
		}
		if s.Figure != nil {
			fmt.Fprintf(b, "![%s](figures/%s.png)\n\n", escape(s.Figure.Caption), s.Figure.Name)
		}
		if s.Table != nil {
			s.Table.markdown(b)
		}
		for _, n := range s.Notes {
			fmt.Fprintf(b, "- %s\n", escape(n))
		}
		if s.Code != "" {
			fmt.Fprintf(b, "\n```\n%s\n```\n", s.Code)
		}
	}
	if d.Footer != "" {
		fmt.Fprintf(b, "\n---\n%s\n", escape(d.Footer))
	}
	_, err := io.WriteString(w, b.String())
	return err
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
	fmt.Fprintln(b)
}

func escape(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`).Replace(results.Plain(s))
}
