package reports

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"
)

//go:embed report.html
var page string

//go:embed report.css
var styles string

//go:embed report.js
var script string

// HTML writes a document as one file that needs nothing else: styles, figures and a small script are inside.
func HTML(w io.Writer, d Document) error {
	l := d.said()
	t, err := template.New("report").Funcs(template.FuncMap{
		"svg":    func(b []byte) template.HTML { return template.HTML(b) }, // our own figures
		"styles": func() template.CSS { return template.CSS(styles) },
		"script": func() template.JS { return template.JS(script) },
		"say":    func(key string) string { return l.Say(key) },
		"lang":   func() string { return l.Name },
		"align": func(c []Column, i int) template.HTMLAttr {
			if c[i].Right {
				return ` class="num"`
			}
			return ""
		},
		"chapters": d.parts,
		"table":    func(caption string, t *Table) captioned { return captioned{caption, t} },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, d)
}

// A captioned is a table with the words that a screen reader says first.
type captioned struct {
	Caption string
	*Table
}

// A part is a chapter of the page with the anchors of its sections.
type part struct {
	Title, Anchor string
	Sections      []anchored
}

// An anchored is a section and its anchor.
type anchored struct {
	Section
	Anchor string
}

// parts groups the sections by chapter; anchors are words of the titles, each used once.
func (d Document) parts() (out []part) {
	used := map[string]int{}
	anchor := func(title string) string {
		a := slug(title)
		if used[a]++; used[a] > 1 {
			a = fmt.Sprintf("%s-%d", a, used[a])
		}
		return a
	}
	for _, s := range d.Sections {
		if s.Chapter != "" || len(out) == 0 {
			title := or(s.Chapter, d.said().Say("Evidence"))
			out = append(out, part{Title: title, Anchor: anchor(title)})
		}
		last := &out[len(out)-1]
		last.Sections = append(last.Sections, anchored{s, anchor(or(s.Title, last.Title+"-1"))})
	}
	return out
}

// slug is a title's letters and digits, in lower case, joined by dashes.
func slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return "s-" + strings.Join(words, "-")
}
