package prompt

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// Words of up to six letters are one token each, with the space before them.
func TestTokens(t *testing.T) {
	for text, want := range map[string]int{
		"lorem ipsum dolor": 3, "abcdef abcdef": 2, "abcdefg": 2, " a": 1, "a  b": 3, "8h et 200": 7, "Répondez.": 4, "é": 1,
		"\xff\xfe": 2, "": 0,
	} {
		tok := newTokens(16, "")
		tok.text([]byte(text))
		if tok.Count != want {
			t.Errorf("%q has %d tokens, want %d", text, tok.Count, want)
		}
	}
}

// Eight bytes at a time make the same tokens as one by one.
func TestQuickPieces(t *testing.T) {
	for _, text := range []string{"lorem ipsum dolor", " a", "a  b", "8h et 200 abc", "Répondez. x", "abcdefghijkl",
		"@[`{Az zZ]", " abcdefg h", "\xff\xfe abcde\xe9"} {
		for p := []byte(text + "...."); len(p) >= 8; p = p[1:] {
			n, id := piece(p)
			if slow, want := piece(p[:min(len(p), 7)]); n != slow || id != want {
				t.Errorf("%q: %d, %x, want %d, %x", p, n, id, slow, want)
			}
		}
	}
}

// The hash of a prompt that goes on with an answer is that of a later prompt with the answer in it.
func TestExtend(t *testing.T) {
	tok := newTokens(4, "salt")
	tok.text([]byte("lorem ipsum"))
	h, said := tok.Hash, ""
	for i := range 50 {
		h = Extend(h, 7, i)
		said += Word(7, i)
	}
	tok.text([]byte(said))
	if tok.Hash != h || tok.Count != 52 || len(tok.Hashes) != 13 || tok.Hashes[12] != h {
		t.Errorf("%d tokens, hash %x, want %x", tok.Count, tok.Hash, h)
	}
	other := newTokens(4, "")
	other.text([]byte("lorem ipsum" + said))
	if other.Hash == h {
		t.Error("the salt does not matter")
	}
}

func TestNaturalLength(t *testing.T) {
	early := 0
	for seed := range uint64(1000) {
		if NaturalLength(Mix(seed)) < 80 {
			early++
		}
	}
	if early < 40 || early > 130 {
		t.Errorf("%d of 1000 answers are shorter than 80 tokens, want about 77", early)
	}
}

// FuzzBody: no body makes the reader panic, and what it takes for JSON encoding/json takes too or reads the same.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"messages":[{"role":"user","content":"a \"b\" é"}],"stop":["x"],"stream":true}`,
		`{"prompt":[1,2]}`, `{"messages":[{"content":[{"text":"a"}]}]}`, `{`, `{"prompt":"\\"}`, `{"a":"\u12"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = Read([]byte(s), true, 16)
		_, _ = Read([]byte(s), false, 16)
		mine := map[string]string{}
		err := object([]byte(s), func(key string, val []byte) error { mine[key] = string(val); return nil })
		var theirs map[string]json.RawMessage
		if !utf8.ValidString(s) || json.Unmarshal([]byte(s), &theirs) != nil || strings.TrimSpace(s) == "null" {
			return // being more lenient is allowed
		}
		if err != nil || len(mine) != len(theirs) {
			t.Fatalf("%q: %v, %v; encoding/json: %v", s, err, mine, theirs)
		}
		for key, val := range theirs {
			if mine[key] != string(val) {
				t.Errorf("%q: %s is %q, encoding/json: %q", s, key, mine[key], val)
			}
		}
	})
}
