package scenarios

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Every example of docs/scenario.md and of the README is a scenario.
func TestDocumentedScenarios(t *testing.T) {
	for name, text := range documented(t) {
		if _, err := Parse(name, []byte(text)); err != nil {
			t.Error(err)
		}
	}
}

// documented are the examples by file and number. Files that they name lie beside the tests' own prompts.
func documented(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range []string{"../docs/scenario.md", "../README.md"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(data), "```yaml\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s: no example found", file)
		}
		for i, b := range blocks {
			text, _, _ := strings.Cut(b, "```")
			out[fmt.Sprintf("testdata/example %d of %s", i+1, strings.ReplaceAll(file, "/", "."))] = text
		}
	}
	return out
}
