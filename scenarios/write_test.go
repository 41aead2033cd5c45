package scenarios

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// everything has every key of the format.
func everything(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Written out, a scenario reads back to itself, and written again it is the same text.
func TestYAMLReadsBack(t *testing.T) {
	files := map[string][]byte{"testdata/everything.yaml": everything(t)}
	for _, name := range ShippedNames() {
		files[name+".yaml"], _ = Shipped(name)
	}
	for name, data := range files {
		s, err := Parse(name, data)
		if err != nil {
			t.Error(err)
			continue
		}
		text := s.YAML()
		again, err := Parse(name, text)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		if !reflect.DeepEqual(again, s) {
			t.Errorf("%s differs once written:\n%s", name, text)
		}
		if string(again.YAML()) != string(text) {
			t.Errorf("%s: not the same text the second time", name)
		}
	}
}

func TestTextsSurviveWriting(t *testing.T) {
	for _, text := range []string{"a", "true", "No", "1", "1e3", "a: b", "a #b", "- x", "", "é \"q\" \\ \n tab\t", "{x}",
		"https://x:1/y", "0x1f", "~", "null", "a,b", "[", "'", "a b", " a", "%", "@", "3.0.1", "1:20", "2001-01-01", "a-b",
		"*x", "&x", "!x", "|", ">"} {
		s, _ := Parse("x.yaml", []byte(small))
		s.Request.ExtraBody = map[string]any{"v": text, "list": []any{text, 1.5, true, nil},
			"k " + text: map[string]any{"in": text}}
		again, err := Parse("x.yaml", s.YAML())
		if err != nil {
			t.Errorf("%q: %v\n%s", text, err, s.YAML())
			continue
		}
		want, _ := json.Marshal(s.Request.ExtraBody)
		if got, _ := json.Marshal(again.Request.ExtraBody); string(got) != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestDraftIsAScenario(t *testing.T) {
	target := Target{Name: "mini", URL: "http://localhost:5001", Model: "m", API: "chat",
		Settings: Settings{"max-num-seqs": 64, "kv-cache-dtype": "fp8"}, GPUs: []int{1}, APIKeyEnv: "K"}
	s, err := Parse("draft.yaml", Draft("d", "a test", []Target{target}, []string{"note one"}))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Targets, []Target{target}) {
		t.Errorf("got  %+v\nwant %+v", s.Targets[0], target)
	}
}
