// Package locale answers how numbers and sentences are put to a person, in English and in French. Keys of sentences are
// the English ones; machines read JSON, which never passes here.
package locale

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// A Locale is a language with its way of writing numbers. It is safe for use by several goroutines.
type Locale struct {
	Name           string // "en", "fr": also HTML's lang
	decimal, group string
	printer        func() *message.Printer
}

// The locales.
var (
	English = &Locale{"en", ".", ",", sync.OnceValue(func() *message.Printer {
		return message.NewPrinter(language.English)
	})}
	French = &Locale{"fr", ",", "\u202f", sync.OnceValue(inFrench)}
)

// Names are the languages that Find knows.
var Names = []string{English.Name, French.Name}

// Find is the locale of a name such as "fr".
func Find(name string) (*Locale, bool) {
	for _, l := range []*Locale{English, French} {
		if l.Name == name {
			return l, true
		}
	}
	return nil, false
}

// inFrench reads the catalogue; what has no entry is said in English.
func inFrench() *message.Printer {
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	for key, said := range french() {
		if err := b.SetString(language.French, key, said); err != nil {
			panic(fmt.Sprintf("locale: %q: %v", key, err)) // the catalogue is source, and a test reads all of it
		}
	}
	return message.NewPrinter(language.French, message.Catalog(b))
}

// Say is a sentence in the locale's language. Numbers among args are to be given as text, written by the locale's own
// methods.
func (l *Locale) Say(format string, args ...any) string {
	return l.printer().Sprintf(message.Key(format, format), args...)
}

// FirstFew joins the first of several things with commas, and says how many more there are.
func (l *Locale) FirstFew(all []string, most int) string {
	if len(all) > most {
		all = append(all[:most:most], l.Say("%s more", l.Count(len(all)-most)))
	}
	return strings.Join(all, ", ")
}
