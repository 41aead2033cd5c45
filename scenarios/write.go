package scenarios

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A writer lays out YAML for a reader: block mappings, comments, values on one line.
type writer struct {
	strings.Builder
	says map[string]string // comments by path: "targets.mini.url"
	at   []string
}

// key writes "name:" with what block or value follows.
func (w *writer) key(name, value string) {
	line := strings.Repeat("  ", len(w.at)) + plain(name) + ":"
	if value != "" {
		line += " " + value
	}
	if says := w.says[strings.Join(append(slices.Clone(w.at), name), ".")]; says != "" {
		line += strings.Repeat(" ", max(2, 44-len([]rune(line)))) + "# " + says
	}
	w.WriteString(line + "\n")
}

func (w *writer) block(name string, inside func()) {
	w.key(name, "")
	w.at = append(w.at, name)
	inside()
	w.at = w.at[:len(w.at)-1]
}

// comment writes lines of prose at the present depth.
func (w *writer) comment(lines ...string) {
	for _, l := range lines {
		l = strings.NewReplacer("\n", " ", "\r", " ").Replace(l) // a comment ends with its line
		w.WriteString(strings.TrimRight(strings.Repeat("  ", len(w.at))+"# "+l, " ") + "\n")
	}
}

func (w *writer) gap() { w.WriteString("\n") }

// optional writes a key when its value is not the zero one.
func optional[T comparable](w *writer, name string, v T) {
	var zero T
	if v != zero {
		w.key(name, flow(v))
	}
}

var plainScalar = regexp.MustCompile(`^(https?://[A-Za-z0-9.-]+(:[0-9]+)?|[\pL/][\pL0-9_./-]*( [\pL0-9_./-]+)*)$`)

// words that YAML readers take for something else.
var notText = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf)$`)

// plain is a text as YAML, quoted where it must be.
func plain(s string) string {
	if plainScalar.MatchString(s) && !notText.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// flow is a value on one line.
func flow(v any) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case string:
		return plain(x)
	case float64:
		return trim(x)
	case time.Duration:
		return span(x)
	case []any:
		return flowList(x)
	case []int:
		return flowList(x)
	case []float64:
		return flowList(x)
	case map[string]any:
		parts := []string(nil)
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, plain(k)+": "+flow(x[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case map[string]string:
		parts := []string(nil)
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, plain(k)+": "+plain(x[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case pairs:
		return x.String()
	}
	return fmt.Sprint(v)
}

func flowList[T any](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = flow(v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// pairs are keys and values in their own order.
type pairs []struct {
	key   string
	value any
}

func (p *pairs) add(key string, value any) {
	*p = append(*p, struct {
		key   string
		value any
	}{key, value})
}

func (p pairs) String() string {
	parts := make([]string, len(p))
	for i, e := range p {
		parts[i] = plain(e.key) + ": " + flow(e.value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// span writes 2m0s as 2m.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
