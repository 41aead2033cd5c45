package locale

// Words puts a finished English sentence of another room into the locale's language, as far as the catalogue knows it.
func (l *Locale) Words(said string) string {
	if l == English || said == "" {
		return said
	}
	return l.translate(said, 0)
}
