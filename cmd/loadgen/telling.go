package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/locale"
	"loadgen/reports"
)

// A telling is how a command's answer is to be told.
type telling struct {
	lang, format, figureURL string
	json                    bool
	full                    bool // the tables too
}

// flags are those of a command whose answer is a document; brief also offers Markdown for a pull request.
func (o *telling) flags(c *cobra.Command, brief bool) {
	c.Flags().StringVar(&o.lang, "lang", locale.English.Name, "language of the report: "+strings.Join(locale.Names, ", "))
	_ = c.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions(locale.Names, cobra.ShellCompDirectiveNoFileComp))
	if !brief {
		return
	}
	c.Flags().BoolVar(&o.full, "full", false, "print the tables too, not the first screen alone")
	c.Flags().StringVar(&o.format, "format", "text", "text, or markdown: print a summary for a pull request and write "+
		"nothing")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "markdown"},
		cobra.ShellCompDirectiveNoFileComp))
	c.Flags().StringVar(&o.figureURL, "figure-url", "", "with --format markdown: `address` of a picture to show in it")
}

// check looks at what flags were given, and finds the language.
func (o *telling) check() (*locale.Locale, error) {
	l, ok := locale.Find(o.lang)
	switch {
	case !ok:
		return nil, fail(exitUsage, "known: "+strings.Join(locale.Names, ", "), "--lang: given %q, expected a language",
			o.lang)
	case o.format != "" && o.format != "text" && o.format != "markdown":
		return nil, fail(exitUsage, "known: text, markdown", "--format: given %q, expected a format", o.format)
	case o.markdown() && o.json:
		return nil, fail(exitUsage, "leave one out", "--json and --format markdown contradict each other")
	case o.full && (o.json || o.markdown()):
		return nil, fail(exitUsage, "leave one out", "--full is for text only")
	case o.figureURL != "" && !o.markdown():
		return nil, fail(exitUsage, "add --format markdown", "--figure-url is for Markdown only")
	}
	return l, nil
}

func (o *telling) markdown() bool { return o.format == "markdown" }

// screen is a document without its tables, where these were not asked for.
func (o *telling) screen(d reports.Document) reports.Document {
	if !o.full {
		d.Sections, d.Footer = nil, ""
	}
	return d
}

// print shows a document on the terminal.
func (t *terminal) print(d reports.Document) error {
	live := isTerminal(t.out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return reports.Terminal(t.out, d, reports.Style{Bold: live, Colour: live})
}
