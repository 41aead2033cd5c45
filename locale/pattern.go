package locale

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A pattern finds the sentences that one format of the catalogue makes.
type pattern struct {
	key     string
	expr    *regexp.Regexp
	literal int  // letters that are the format's own: of two that fit, the one with more is meant
	tail    bool // it follows another sentence
	head    bool // it goes before one
}

// level is the name of a level, which is one word however many it has: "4/s gamma to confirm".
const level = `(?:n\d+|[\d.]+/s)(?: (?:constant|gamma|ramp|sine|trace|sessions|to confirm))*`

var verb = regexp.MustCompile(`%(\[\d+\])?[-+#0-9.]*[a-zA-Z]|%%`)

// patterns are the catalogue's formats, those with the most words of their own first.
var patterns = sync.OnceValue(func() []pattern {
	var out []pattern
	for key := range french() {
		if p, ok := newPattern(key); ok {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b pattern) int {
		return cmp.Or(-cmp.Compare(a.literal, b.literal), strings.Compare(a.key, b.key))
	})
	return out
})

// newPattern finds the sentences of a format, what goes before one that begins with punctuation or a space, and what
// follows one that ends in a space.
func newPattern(key string) (pattern, bool) {
	p := pattern{key: key, literal: len(strings.TrimSpace(verb.ReplaceAllString(key, "")))}
	expr, last := "", 0
	for _, at := range verb.FindAllStringIndex(key, -1) {
		expr += regexp.QuoteMeta(key[last:at[0]])
		switch v := key[at[0]:at[1]]; {
		case v == "%%":
			expr += "%"
		case strings.ContainsAny(v[len(v)-1:], "dfg"):
			expr += `(\S+?)` // a number is one word
		default:
			expr += "(" + level + "|.+?)"
		}
		last = at[1]
	}
	expr += regexp.QuoteMeta(key[last:])
	p.tail, p.head = strings.ContainsAny(key[:1], ",;: "), strings.HasSuffix(key, " ")
	switch {
	case p.tail:
		expr = "(.+)" + expr // what follows may itself begin so: the last one does
	case p.head:
		expr += "(.+)"
	case last == 0:
		return p, false
	}
	p.expr = regexp.MustCompile("^" + expr + "$")
	return p, p.literal >= enough
}

// enough is how many letters of its own a format must have to be recognised in a finished sentence.
const enough = 4

// translate looks for the sentence itself, then for a format that made it, then for its parts between semicolons.
func (l *Locale) translate(said string, depth int) string {
	if whole, ok := french()[said]; ok {
		return strings.ReplaceAll(whole, "%%", "%")
	}
	if depth > 6 {
		return said
	}
	for _, p := range patterns() {
		found := p.expr.FindStringSubmatch(said)
		if found == nil {
			continue
		}
		args := make([]string, len(found)-1)
		for i, part := range found[1:] {
			args[i] = l.translate(part, depth+1)
		}
		switch {
		case p.tail:
			return args[0] + fill(french()[p.key], args[1:])
		case p.head:
			return fill(french()[p.key], args[:len(args)-1]) + args[len(args)-1]
		}
		return fill(french()[p.key], args)
	}
	if name, rest, ok := strings.Cut(said, ": "); ok && !strings.Contains(name, " ") { // of a target
		if told := l.translate(rest, depth+1); told != rest {
			return l.translate(name, depth+1) + "\u00a0: " + told
		}
	}
	for _, sep := range []string{"; ", ": ", ", "} {
		if a, b, ok := strings.Cut(said, sep); ok {
			if x, y := l.translate(a, depth+1), l.translate(b, depth+1); x != a || y != b {
				return x + map[string]string{"; ": "\u202f; ", ": ": "\u00a0: ", ", ": ", "}[sep] + y
			}
		}
	}
	return l.numbers(said)
}

// fill puts texts in the places of a format's verbs.
func fill(format string, args []string) string {
	next := 0
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		if v == "%%" {
			return "%"
		}
		i := next
		if open := strings.IndexByte(v, '['); open >= 0 {
			i = int(v[open+1]-'0') - 1
		}
		next = i + 1
		return args[i]
	})
}

var amount = regexp.MustCompile(`^([~≥≤×−+-]? ?)(\d{1,3}(?:,\d{3})*|\d+)(\.\d+)?( ` +
	`?(ms|s|µs|%|/s|GiB|MiB|tok/s|req/s|tokens))?$`)

// numbers writes a decimal point as the locale does, in what is surely a number: 0.26 of a version stays.
func (l *Locale) numbers(said string) string {
	if m := amount.FindStringSubmatch(said); m != nil {
		return m[1] + strings.ReplaceAll(m[2], ",", l.group) + l.Decimal(m[3]) + m[4]
	}
	return said
}

// typeset joins lists of translations and makes the spaces before their punctuation narrow and unbreakable.
func typeset(lists ...map[string]string) map[string]string {
	spaces := strings.NewReplacer(" : ", "\u00a0: ", " ;", "\u202f;", " %%", "\u202f%%", " %,", "\u202f%,", " %)",
		"\u202f%)")
	out := map[string]string{}
	for _, list := range lists {
		for key, said := range list {
			out[key] = spaces.Replace(said)
		}
	}
	return out
}
