package results

import (
	"strings"
	"unicode"
)

// Plain is a text that may be shown: of servers, files and strangers, whose control characters could move a terminal's
// cursor, set its title or hide words. Each becomes \ufffd, but for line ends and tabs.
func Plain(s string) string {
	if strings.IndexFunc(s, unshowable) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unshowable(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// unshowable are control characters, and those that turn the direction of writing.
func unshowable(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069)
}

// plainJSON is JSON whose texts hold no control characters, neither as they stand nor escaped. All but a stranger's is
// returned as it is.
func plainJSON(data []byte) []byte {
	text := Plain(string(data))
	var out strings.Builder
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			break
		}
		out.WriteString(text[:i])
		escape := text[i : i+2]
		if escape == `\u` && i+6 <= len(text) {
			escape = text[i : i+6]
		}
		if hidden(escape) {
			out.WriteString(`\ufffd`)
		} else {
			out.WriteString(escape)
		}
		text = text[i+len(escape):]
	}
	out.WriteString(text)
	return []byte(out.String())
}

// hidden tells of an escape in JSON that stands for a control character.
func hidden(escape string) bool {
	switch escape {
	case `\b`, `\f`, `\r`:
		return true
	}
	if len(escape) < 6 {
		return false
	}
	n := rune(0)
	for _, c := range strings.ToLower(escape[2:]) {
		i := strings.IndexRune("0123456789abcdef", c)
		if i < 0 {
			return false
		}
		n = n<<4 | rune(i)
	}
	return unshowable(n)
}
