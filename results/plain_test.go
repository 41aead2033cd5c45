package results

import (
	"encoding/json"
	"testing"
)

func TestControlCharactersAreNotShown(t *testing.T) {
	for text, want := range map[string]string{"a\x1b[2Jb": "a\ufffd[2Jb", "a\tb\nc": "a\tb\nc", "\u009b1m": "\ufffd1m",
		"x\u202ey": "x\ufffdy", "é–": "é–", "": ""} {
		if got := Plain(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		data, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(plainJSON(data), &back); err != nil || back != want {
			t.Errorf("%s: %q %v, want %q", data, back, err, want)
		}
	}
	for text, want := range map[string]string{`"\u001b\\u001b\\\u001b\b\n"`: "\ufffd\\u001b\\\ufffd\ufffd\n",
		`"\u00zz"`: ""} {
		var back string
		if err := json.Unmarshal(plainJSON([]byte(text)), &back); back != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q %v", text, back, err)
		}
	}
}

func FuzzPlainJSON(f *testing.F) {
	f.Add([]byte(`{"a":"\u001b\\u001b\r"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after any
		if json.Unmarshal(data, &before) != nil {
			return
		}
		if err := json.Unmarshal(plainJSON(data), &after); err != nil {
			t.Fatalf("%q became %q: %v", data, plainJSON(data), err)
		}
	})
}

// A spreadsheet takes no cell of ours for a formula, and numbers stay numbers.
func TestCellsAreNoFormulas(t *testing.T) {
	for v, want := range map[any]string{"=cmd|x": "'=cmd|x", "+1": "'+1", "-x": "'-x", "@a": "'@a", "chat": "chat",
		-1.5: "-1.5", int64(-3): "-3", "": ""} {
		if got := cell(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}
