package results

import (
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"loadgen/scenarios"
)

// What a program of the format before wrote of a scenario with every key reads as that scenario and its plan.
func TestOlderNamesAreRead(t *testing.T) {
	dir := filepath.Join("testdata", "older")
	path := filepath.Join(dir, "scenario.yaml")
	yaml, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenarios.Parse(path, yaml)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var m Manifest
	if _, err := decodeJSON(data, "manifest.json", "the run", &m); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]any{"parsed": {m.Parsed, sc}, "plan": {m.Plan, sc.Plan("")}} {
		got, err1 := json.Marshal(c[0])
		want, err2 := json.Marshal(c[1])
		if err1 != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s, %v, %v:\n%s\nwant\n%s", name, err1, err2, got, want)
		}
	}
}

// Whoever reads a run directory finds the names of a scenario, a plan and a step in docs/run-directory.md; all names of
// manifest.json and step.json are in snake case, those of times with their unit.
func TestEveryNameIsPublished(t *testing.T) {
	page, err := os.ReadFile("../docs/run-directory.md")
	if err != nil {
		t.Fatal(err)
	}
	snake := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	for f := range jsonFields(reflect.TypeFor[Manifest](), reflect.TypeFor[StepMeta]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !snake.MatchString(name) || f.Type == reflect.TypeFor[time.Duration]() && !strings.HasSuffix(name, "_ns") {
			t.Errorf("%s is called %q", f.Name, name)
		}
	}
	for f := range jsonFields(reflect.TypeFor[scenarios.Scenario](), reflect.TypeFor[scenarios.Plan]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/run-directory.md says nothing of %q (%s)", name, f.Name)
		}
	}
}

// jsonFields yields every field that is written of these types and of those below them.
func jsonFields(of ...reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		seen := map[reflect.Type]bool{reflect.TypeFor[time.Time](): true}
		for len(of) > 0 {
			next := of[0]
			of = of[1:]
			switch next.Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Map:
				of = append(of, next.Elem())
			case reflect.Struct:
				if seen[next] {
					continue
				}
				seen[next] = true
				for _, f := range reflect.VisibleFields(next) {
					if f.IsExported() && f.Tag.Get("json") != "-" {
						of = append(of, f.Type)
						if !yield(f) {
							return
						}
					}
				}
			}
		}
	}
}
