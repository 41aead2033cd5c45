package reports

import "loadgen/locale"

// In is a document that was written in English, put into a locale's language as far as its catalogue knows the
// sentences.
func (d Document) In(l *locale.Locale) Document {
	d.Locale, d.Title, d.Verdict, d.Footer = l, l.Words(d.Title), l.Words(d.Verdict), l.Words(d.Footer)
	d.Advice, d.Caveats = wordsIn(l, d.Advice), wordsIn(l, d.Caveats)
	sections := make([]Section, len(d.Sections))
	for i, s := range d.Sections {
		s.Title, s.Text, s.Notes = l.Words(s.Title), wordsIn(l, s.Text), wordsIn(l, s.Notes)
		if s.Table != nil {
			t := s.Table.in(l)
			s.Table = &t
		}
		sections[i] = s
	}
	d.Sections = sections
	return d
}

func (t Table) in(l *locale.Locale) (out Table) {
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, Column{l.Words(c.Head), c.Right})
	}
	for _, row := range t.Rows {
		out.Rows = append(out.Rows, wordsIn(l, row))
	}
	return out
}

func wordsIn(l *locale.Locale, said []string) (out []string) {
	for _, s := range said {
		out = append(out, l.Words(s))
	}
	return out
}
