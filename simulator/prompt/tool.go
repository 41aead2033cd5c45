package prompt

import (
	"bytes"
	"encoding/json"
)

// A tool is the function that an answer calls. A real model chooses; here it is the one that the request names, or the
// first.
type tool struct {
	Name  string // "": none
	Auto  bool   // the model may choose, and does unless a tool's result came last
	Named bool   // tool_choice names it
	Key   string // its first parameter
}

// offer puts a request's tools into the prompt, as a turn before all others, and finds the one that is to be called.
func (b *Body) offer() error {
	if len(b.tools) == 0 || string(b.tools) == "null" || string(b.tools) == "[]" {
		return nil
	}
	var tools []struct {
		Function struct {
			Name       string
			Parameters struct{ Properties json.RawMessage }
		}
	}
	if err := decode("tools", b.tools, &tools, "list"); err != nil {
		return err
	}
	b.Tokens.turn("system", func() { b.Tokens.text(b.tools) })
	var named struct{ Function struct{ Name string } }
	mode := string(bytes.Trim(b.choice, `"`))
	if len(b.choice) > 0 && b.choice[0] == '{' {
		if err := decode("tool_choice", b.choice, &named, "object"); err != nil {
			return err
		}
	}
	for _, t := range tools {
		if mode == "none" || named.Function.Name != "" && t.Function.Name != named.Function.Name {
			continue
		}
		b.Tool = tool{Name: t.Function.Name, Auto: mode == "" || mode == "auto" || mode == "null",
			Named: named.Function.Name != "", Key: firstKey(t.Function.Parameters.Properties)}
		return nil
	}
	if named.Function.Name != "" {
		return BadValue("The tool specified in `tool_choice` does not match any of the specified `tools`", "tool_choice", "")
	}
	return nil
}

// firstKey is the first name of an object, or "text".
func firstKey(raw []byte) string {
	name := ""
	_ = object(raw, func(key string, _ []byte) error {
		if name == "" {
			name = key
		}
		return nil
	})
	if name == "" {
		return "text"
	}
	return name
}
