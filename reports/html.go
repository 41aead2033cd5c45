package reports

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed report.html
var page string

// HTML writes a document as one file that needs nothing else: styles and figures are inside.
func HTML(w io.Writer, d Document) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"svg": func(b []byte) template.HTML { return template.HTML(b) }, // our own figures
		"align": func(c []Column, i int) string {
			if c[i].Right {
				return "num"
			}
			return ""
		},
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, d)
}
