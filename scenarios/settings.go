package scenarios

import (
	"maps"
	"slices"
	"strconv"
)

// Settings are vLLM flags by today's spelling without dashes; values are JSON scalars (float64, int, string, bool).
type Settings map[string]any

// Float returns a numeric setting.
func (s Settings) Float(flag string) (float64, bool) {
	switch v := s[flag].(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

// Int returns a whole-number setting.
func (s Settings) Int(flag string) (int, bool) {
	f, ok := s.Float(flag)
	return int(f), ok && f == float64(int(f))
}

// Text returns a setting as text.
func (s Settings) Text(flag string) (string, bool) {
	v, ok := s[flag].(string)
	return v, ok
}

// Names lists the flags in order.
func (s Settings) Names() []string { return slices.Sorted(maps.Keys(s)) }

// With returns a copy in which other's values win.
func (s Settings) With(other Settings) Settings {
	out := Settings{}
	maps.Copy(out, s)
	maps.Copy(out, other)
	return out
}
