package scenarios

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Every example of docs/scenario.md and of the README is a scenario.
func TestDocumentedScenarios(t *testing.T) {
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
			if _, err := Parse(fmt.Sprintf("%s, example %d", file, i+1), []byte(text)); err != nil {
				t.Error(err)
			}
		}
	}
}
