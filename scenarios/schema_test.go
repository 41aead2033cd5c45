package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plainValue is YAML as JSON has it.
func plainValue(t *testing.T, data []byte) any {
	t.Helper()
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What the reader takes, the schema takes: shipped and documented scenarios, all keys, and each written out in full.
func TestSchemaTakesSoundScenarios(t *testing.T) {
	s := compiled(t)
	sound := map[string][]byte{"testdata/everything.yaml": everything(t)}
	for _, name := range ShippedNames() {
		sound[name], _ = Shipped(name)
	}
	for name, text := range documented(t) {
		sound[name] = []byte(text)
	}
	for name, text := range sound {
		if err := s.Validate(plainValue(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		parsed, err := Parse(name, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := s.Validate(plainValue(t, parsed.YAML())); err != nil {
			t.Errorf("%s in full: %v", name, err)
		}
	}
}

// beyondSchema are faults of the corpus that only the reader sees: of flags, cards, files, and of values that
// contradict.
var beyondSchema = []string{
	"alias", "arrival-without-rate", "cap-without-rate", "card", "config-contradicts", "config-kind", "config-no-file",
	"empirical-no-column", "empirical-no-file", "falling-levels",
	"find-of-all", "find-without-objective", "from-file-without-source", "header-and-key", "header-name", "header-ours",
	"header-twice", "max-below-min", "messages-system", "objective-share", "phase-twice", "prefix-too-long",
	"rates-falling", "setting-kinds", "setting-near", "session-completions", "session-tools", "source-broken",
	"source-columns", "source-length-wrong",
	"source-lengths-unknown", "source-no-file", "source-not-messages", "source-not-sharegpt", "to-below-from",
	"tools-completions", "two-documents", "uniform-backwards", "url-with-password", "url-with-v1", "variant-without-url",
}

func TestSchemaRefusesStructuralFaults(t *testing.T) {
	s := compiled(t)
	refused := 0
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if slices.Contains(beyondSchema, name) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := yaml.YAMLToJSON(data); err != nil {
			continue // not even YAML
		}
		refused++
		if s.Validate(plainValue(t, data)) == nil {
			t.Errorf("%s: the schema takes it", file)
		}
	}
	if refused < 60 {
		t.Errorf("only %d structural faults", refused)
	}
}

// The schema's keys are the reader's: an unknown key, put into every mapping of a scenario that has them all, makes the
// reader list what it knows there.
func TestSchemaHasTheReadersKeys(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(everything(t), &tree); err != nil {
		t.Fatal(err)
	}
	k := keyCheck{t: t, root: root, tree: tree, left: map[string]bool{}}
	k.closed(root, "")
	k.walk(root, tree, "")
	if len(k.left) > 0 {
		t.Errorf("mappings of the schema that testdata/everything.yaml does not have: %v", slices.Sorted(maps.Keys(k.left)))
	}
}

type keyCheck struct {
	t    *testing.T
	root map[string]any
	tree any
	left map[string]bool // property lists not met yet
}

func listOf(s map[string]any) string {
	p, _ := s["properties"].(map[string]any)
	return strings.Join(slices.Sorted(maps.Keys(p)), ", ")
}

// closed collects every mapping with a closed list of keys.
func (k *keyCheck) closed(n any, at string) {
	switch v := n.(type) {
	case map[string]any:
		if p, ok := v["properties"].(map[string]any); ok && v["additionalProperties"] == false && len(p) > 1 && !oneLaw(v) {
			k.left[listOf(v)] = true
		}
		for key, in := range v {
			k.closed(in, at+"/"+key)
		}
	case []any:
		for _, in := range v {
			k.closed(in, at)
		}
	}
}

// walk follows a value and its schemas, and compares keys at every mapping.
func (k *keyCheck) walk(schema map[string]any, value any, path string) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = k.root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	for _, alternative := range append(list(schema["oneOf"]), list(schema["anyOf"])...) {
		k.walk(alternative.(map[string]any), value, path)
	}
	switch v := value.(type) {
	case map[string]any:
		known, _ := schema["properties"].(map[string]any)
		if schema["additionalProperties"] == false && len(known) > 1 && !oneLaw(schema) && hasAll(known, v) {
			k.compare(schema, v, path)
		}
		for key, in := range v {
			next, ok := known[key].(map[string]any)
			if !ok {
				next, ok = schema["additionalProperties"].(map[string]any)
			}
			if ok {
				k.walk(next, in, join(path, key))
			}
		}
	case []any:
		if items, ok := schema["items"].(map[string]any); ok {
			for i, in := range v {
				k.walk(items, in, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
}

// oneLaw is the mapping of an arrival law, whose one key is a name and not a reader's: TestSchemaHasTheCodesNames.
func oneLaw(schema map[string]any) bool {
	p, _ := schema["properties"].(map[string]any)
	return p[poisson.Name] != nil
}

func list(v any) []any { l, _ := v.([]any); return l }

func hasAll(known, v map[string]any) bool {
	for key := range v {
		if known[key] == nil {
			return false
		}
	}
	return true
}

const strange = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"

func (k *keyCheck) compare(schema, at map[string]any, path string) {
	if strings.HasSuffix(path, ".output") { // met at inputs; an output says first how many keys there are
		return
	}
	at[strange] = 1
	text, err := yaml.Marshal(k.tree)
	delete(at, strange)
	if err != nil {
		k.t.Fatal(err)
	}
	_, err = Parse("testdata/everything.yaml", text)
	faults, _ := err.(faults)
	want := "known keys: " + listOf(schema)
	i := slices.IndexFunc(faults, func(f fault) bool { return f.Path == join(path, strange) })
	if i < 0 || faults[i].Hint != want {
		k.t.Errorf("%s: the reader says %v\nthe schema has %s", path, faults, want)
		return
	}
	delete(k.left, listOf(schema))
}

// Names that the schema lists are those of the code's slices.
func TestSchemaHasTheCodesNames(t *testing.T) {
	text := string(Schema())
	for _, a := range arrivals {
		if !strings.Contains(text, `"`+a.Name+`": {`) {
			t.Errorf("arrival law %s is not in the schema", a.Name)
		}
	}
	var names []string
	for _, g := range goals {
		names = append(names, g.Name)
	}
	for _, f := range sourceFormats {
		names = append(names, f.Name)
	}
	for _, name := range append(names, presetNames()...) {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("%s is not in the schema", name)
		}
	}
}
