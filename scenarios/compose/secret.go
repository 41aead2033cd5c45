package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// An Env is the variables of a .env file. Subtle: values of secret names stand in it, and only Names and lookup may see
// it.
type Env map[string]string

// A variable without a usable value is carried through texts as a mark: \x02NAME\x03 has a secret value, \x01NAME\x04
// none, and that of \x01?NAME\x04 hangs on a condition.
var (
	secretMark  = regexp.MustCompile("\x02([A-Za-z0-9_]+)\x03")
	unknownMark = regexp.MustCompile("\x01\\??([^\x04]*)\x04")
)

func secretNamed(name string) string { return "\x02" + name + "\x03" }

func unknownNamed(name string) string { return "\x01" + name + "\x04" }

// unmark writes variables by their names.
func unmark(text string) string {
	return unknownMark.ReplaceAllString(secretMark.ReplaceAllString(text, "$${$1}"), "$${$1}")
}

// secretName are variables whose values are never read; tokenName are those among them that may as well count tokens
// (MAX_TOKEN_LEN) as long as what they hold is a number, and aboutTokens those that are not secret at all.
var (
	secretName  = regexp.MustCompile(`(?i)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)`)
	keyName     = regexp.MustCompile(`(?i)(KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL)`)
	aboutTokens = regexp.MustCompile(`(?i)TOKENI[SZ]`)
	endsSecret  = regexp.MustCompile(`(?i)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)[0-9]*$`)
	number      = regexp.MustCompile(`^[0-9]{0,9}[kKmMgG]?$`)
)

// secretVariable reports whether a variable's value may not be read. A number under a name that speaks of tokens is
// none.
func secretVariable(name, value string) bool {
	if !secretName.MatchString(aboutTokens.ReplaceAllString(name, "")) {
		return false
	}
	return keyName.MatchString(name) || !number.MatchString(value)
}

// keyLike are texts that are keys by their form, whatever they stand behind.
var keyLike = regexp.MustCompile(`\b(sk-[A-Za-z0-9_-]{6,}|hf_[A-Za-z0-9]{8,}|nvapi-[A-Za-z0-9_-]{6,}` +
	`|gh[pousr]_[A-Za-z0-9]{16,}|AKIA[A-Z0-9]{12,}|glpat-[A-Za-z0-9_-]{8,}|xox[abp]-[A-Za-z0-9-]{8,})|(?i:bearer\s+\S+)`)

// userInfo is a name and password in front of a host.
var userInfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/@\s]*@`)

// cleaned is a text that may be written down: without passwords in URLs, and nothing where it looks like a key.
func cleaned(text string) (out string, ok bool) {
	out = userInfo.ReplaceAllString(text, "$1")
	return out, !keyLike.MatchString(out)
}

// cleanImage is an image's name without what stands in front of an @ that begins no digest.
func cleanImage(image string) string {
	given := image
	if at := strings.LastIndex(image, "@"); at >= 0 && !strings.HasPrefix(image[at:], "@sha256:") {
		image = image[at+1:]
	}
	image, _, _ = strings.Cut(image, "?")
	if given != image && !strings.Contains(image, "/") && !strings.Contains(image, ":") {
		return "not shown, since its name holds a key"
	}
	if before, digest, ok := strings.Cut(image, "@"); ok {
		if at := strings.LastIndex(before, "@"); at >= 0 {
			before = before[at+1:]
		}
		image = before + "@" + digest[strings.LastIndex(digest, "@")+1:]
	}
	if keyLike.MatchString(image) {
		return "not shown, since its name holds a key"
	}
	return unmark(image)
}

// secretField are names inside JSON flags whose text is a key.
var secretField = regexp.MustCompile(
	`(?i)(^|[._-])(api[_-]?key|access[_-]?key.*|key|token|hf[_-]?token|` +
		`auth[_-]?token|secret.*|password|passwd|pass|credentials?|auth|authorization|bearer)$`)

// cleanedJSON leaves out of a JSON value what is a key, and tells whether it did.
func cleanedJSON(v any) (out any, left bool) {
	switch x := v.(type) {
	case string:
		text, ok := cleaned(x)
		return text, !ok
	case map[string]any:
		for k, inside := range x {
			text, isText := inside.(string)
			clean, cut := cleanedJSON(inside)
			if isText && text != "" && secretField.MatchString(k) || isText && cut {
				delete(x, k)
				left = true
				continue
			}
			x[k], left = clean, left || cut
		}
	case []any:
		for i := range x {
			clean, cut := cleanedJSON(x[i])
			x[i], left = clean, left || cut
		}
		return slices.DeleteFunc(x, func(e any) bool { s, ok := e.(string); return ok && keyLike.MatchString(s) }), left
	}
	return v, left
}

// hidden stands for a word that may be a key which was pasted into the wrong place.
func hidden(word string) string {
	return fmt.Sprintf("a word of %d characters (not shown: it may be a key)", len([]rune(word)))
}

// plainProgram are words that are surely no key: a path, a script with its ending, a model by its organisation.
var plainProgram = regexp.MustCompile(`^[\w.$~{}-]*/[\w./$~{}-]+$|^[\w.-]+\.(sh|bash|py|pl|rb|js|jar|exe)$`)

// programName is a program's name as a message may show it.
func programName(word string) string {
	if plainProgram.MatchString(word) {
		return clip(word)
	}
	return hidden(word)
}

// dotted are the names of Python modules that are surely no key.
var dotted = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)+$`)

func moduleName(name string) string {
	if dotted.MatchString(name) {
		return clip(name)
	}
	return hidden(name)
}

func subcommand(word string) string {
	return oneOf(word, "bench", "chat", "complete", "collect-env", "run-batch", "launch")
}

// oneOf is a word if it is one of those, and hides it else.
func oneOf(word string, known ...string) string {
	if slices.Contains(known, word) {
		return word
	}
	return hidden(word)
}
