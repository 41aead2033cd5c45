package scenarios

import (
	"embed"
	"path"
	"strings"
)

//go:embed *.yaml
var shipped embed.FS

// Shipped returns a scenario that comes with the program, by name: "qwen3-french", with or without ".yaml" or a
// directory.
func Shipped(name string) ([]byte, bool) {
	base := strings.TrimSuffix(path.Base(name), ".yaml")
	data, err := shipped.ReadFile(base + ".yaml")
	return data, err == nil
}

// ShippedNames lists them.
func ShippedNames() []string {
	entries, _ := shipped.ReadDir(".")
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}

// ShippedDoc is the sentence in a shipped scenario's first line.
func ShippedDoc(name string) string {
	data, _ := Shipped(name)
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimPrefix(line, "# ")
}
