package loadgen

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows states which room may import which. It is policy: "b": {"a"} means that b may import a and whatever a may. Do
// not widen it to make a build pass; talk about the design first (docs/architecture.md).
var arrows = map[string][]string{
	"clock":                  {},
	"clock/memnet":           {"clock"},
	"stat":                   {},
	"vllm":                   {},
	"locale":                 {},
	"scenarios":              {"stat", "vllm"},
	"scenarios/compose":      {"scenarios"},
	"endpoint":               {"clock", "scenarios"},
	"results":                {"scenarios", "stat"},
	"generator":              {"endpoint", "results", "generator/internal/sse"},
	"generator/internal/sse": {},
	"telemetry":              {"endpoint", "results"},
	"analysis":               {"results", "locale"},
	"advice":                 {"analysis", "simulator/machine"},
	"plots/chart":            {"locale"},
	"plots":                  {"analysis", "plots/chart"},
	"reports":                {"plots", "advice"},
	"sweep":                  {"generator", "telemetry", "analysis"},
	"calibration":            {"generator", "telemetry"},
	"cluster":                {"sweep"},
	"cluster/manifest":       {},
	"rehearsal":              {"sweep", "plots", "simulator"},
	"simulator/engine":       {"clock"},
	"simulator/machine":      {"simulator/engine", "vllm"},
	"simulator/prompt":       {},
	"simulator":              {"simulator/machine", "simulator/prompt", "clock/memnet"},
	"capacity":               {"reports", "simulator"},
	"studies":                {"capacity", "rehearsal"},
	"cmd/loadgen": {"capacity", "reports", "sweep", "rehearsal", "calibration", "scenarios/compose",
		"cluster", "cluster/manifest",
		"simulator"},
	".": {},
}

// never states what a room must not reach, however the arrows are drawn: arrows are transitive, and one more can open a
// way that nobody meant.
var never = map[string][]string{
	"cmd/loadgen": {"simulator/engine", "generator"},
	"analysis":    {"simulator", "simulator/engine", "simulator/machine", "generator", "endpoint", "telemetry"},
	"advice":      {"simulator", "generator", "endpoint", "telemetry"},
	"plots":       {"simulator", "simulator/machine", "vllm", "generator", "endpoint"},
	"reports":     {"simulator", "generator", "endpoint"},
	"results":     {"endpoint", "generator", "telemetry"},
	"generator":   {"analysis", "plots", "simulator"},
	"telemetry":   {"analysis", "simulator"},
	"simulator":   {"results", "scenarios", "generator", "analysis"},
	"calibration": {"analysis", "simulator"},
	"cluster":     {"generator", "telemetry", "endpoint", "simulator"},
}

// doors states which rooms may import which dependency: one door each, so that it can be replaced in one place.
var doors = map[string][]string{
	"github.com/valyala/fasthttp":     {"endpoint", "generator", "simulator"},
	"github.com/tsenart/vegeta":       {"scenarios", "results"},
	"github.com/HdrHistogram":         {"results"},
	"github.com/parquet-go":           {"results"},
	"github.com/klauspost/compress":   {"rehearsal"}, // parquet-go has it too
	"gonum.org/v1/plot":               {"plots/chart"},
	"gonum.org/v1/gonum":              {"stat", "analysis", "advice"},
	"github.com/goccy/go-yaml":        {"scenarios"},
	"github.com/compose-spec":         {"scenarios/compose"},
	"github.com/sirupsen/logrus":      {"scenarios/compose"}, // only to keep compose-go from printing
	"mvdan.cc/sh":                     {"scenarios/compose"},
	"github.com/santhosh-tekuri":      {"scenarios"}, // tests only
	"github.com/prometheus":           {"telemetry", "simulator"},
	"github.com/spf13":                {"cmd/loadgen"},
	"codeberg.org/go-fonts":           {"plots/chart"},
	"golang.org/x/image":              {"plots/chart"},
	"golang.org/x/net":                {"cluster"},
	"k8s.io":                          {"cluster/manifest"}, // tests only
	"sigs.k8s.io/yaml":                {"cluster/manifest"},
	"golang.org/x/term":               {"cmd/loadgen"},
	"golang.org/x/text":               {"locale"},
	"github.com/rogpeppe/go-internal": {"cmd/loadgen"},
	"go.uber.org/goleak":              {"*"},
	"pgregory.net/rapid":              {"*"},
}

// testDoors are doors of tests alone: what ours is compared with.
var testDoors = map[string][]string{
	"github.com/tsenart/vegeta": {"generator", "cmd/loadgen"},
}

func TestArrowsAndDoors(t *testing.T) {
	seen := 0
	imported := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || path == "test" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir // test has modules of their own, which import nothing of ours
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		seen++
		checkFile(t, path, imported)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("no Go file seen")
	}
	checkUnused(t, imported)
}

// checkUnused finds entries of the policy that match nothing.
func checkUnused(t *testing.T, imported map[string]map[string]bool) {
	t.Helper()
	used := map[string]bool{} // dependencies, by their doors
	for room := range arrows {
		if imported[room] == nil {
			t.Errorf("arrows: there is no room %q", room)
		}
		for name := range imported[room] {
			for dep := range doors {
				used[dep] = used[dep] || strings.HasPrefix(name, dep)
			}
		}
	}
	for dep := range doors {
		if !used[dep] {
			t.Errorf("doors: nobody imports %s", dep)
		}
	}
	for room, rooms := range never {
		for _, far := range rooms {
			if _, known := arrows[far]; !known || arrows[room] == nil {
				t.Errorf("never: there is no room %q or %q", room, far)
			}
		}
	}
}

func checkFile(t *testing.T, path string, imported map[string]map[string]bool) {
	t.Helper()
	room := filepath.ToSlash(filepath.Dir(path))
	if _, known := arrows[room]; !known {
		t.Errorf("%s: the room %q is not in the house: give it a question of its own and its arrows in architecture_test.go",
			path, room)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	if imported[room] == nil {
		imported[room] = map[string]bool{}
	}
	for _, imp := range file.Imports {
		name, _ := strconv.Unquote(imp.Path.Value)
		imported[room][name] = true
		if theirs, ours := strings.CutPrefix(name, "loadgen/"); ours {
			if strings.HasSuffix(path, "_test.go") && (theirs == "clock/memnet" || theirs == "simulator" ||
				theirs == "simulator/engine") {
				continue // tests of any room may stand on virtual time and on the simulator
			}
			if slices.Contains(never[room], theirs) && !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s imports %s, which %s must never see", path, theirs, room)
			}
			if theirs != room && !slices.Contains(reach(room), theirs) && !slices.Contains(reach(room), "*") {
				t.Errorf("%s imports %s: arrows go one way, and %s may import only %v; move the code to the room whose question "+
					"it answers",
					path, theirs, room, reach(room))
			}
			continue
		}
		checkDoor(t, path, room, name)
	}
}

func checkDoor(t *testing.T, path, room, name string) {
	t.Helper()
	if !strings.Contains(strings.Split(name, "/")[0], ".") {
		return // standard library
	}
	for dep, rooms := range doors {
		if strings.HasPrefix(name, dep) {
			if strings.HasSuffix(path, "_test.go") {
				rooms = slices.Concat(rooms, testDoors[dep])
			}
			if !slices.Contains(rooms, room) && !slices.Contains(rooms, "*") {
				t.Errorf("%s imports %s: its door is in %v; ask that room for what you need", path, name, rooms)
			}
			return
		}
	}
	t.Errorf("%s imports %s, which has no door: choose its room in architecture_test.go and say why in docs/adr", path,
		name)
}

// reach is what a room may import, directly or through its arrows.
func reach(room string) []string {
	var out []string
	for _, next := range arrows[room] {
		out = append(out, next)
		for _, far := range reach(next) {
			if !slices.Contains(out, far) {
				out = append(out, far)
			}
		}
	}
	return out
}
