package generator

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// What is written without the library is what the library writes.
func TestTextsAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,20}`),
			rapid.StringMatching(`[a-z ]{0,20}`)).Draw(t, "text")
		for _, value := range []any{text, []chatMessage{{"user", text}}} {
			want, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if got := (&body{dst: []byte("x")}).json(value); string(got) != "x"+string(want) {
				t.Fatalf("%s, want %s", got, want)
			}
		}
	})
}
