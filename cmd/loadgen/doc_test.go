package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every `$ loadgen …` of docs/cli.md is executed; what stands below it must begin what it prints.
func TestDocumentedCommands(t *testing.T) {
	data, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	executed := 0
	for _, block := range strings.Split(string(data), "\n\n") {
		lines := strings.Split(strings.TrimRight(block, "\n"), "\n")
		command, ok := strings.CutPrefix(lines[0], "    $ loadgen ")
		if !ok {
			continue
		}
		executed++
		var printed bytes.Buffer
		run(strings.Fields(command), strings.NewReader(""), &printed, &printed)
		for i, line := range lines[1:] {
			got := strings.Split(printed.String(), "\n")
			if want := strings.TrimPrefix(line, "    "); i >= len(got) || got[i] != want {
				t.Errorf("loadgen %s, line %d:\nwant %s\ngot  %s", command, i+1, want, printed.String())
				break
			}
		}
	}
	if executed == 0 {
		t.Error("no command found")
	}
}

// Every command of the program stands in docs/cli.md, and no other.
func TestEveryCommandIsDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range newRoot(&terminal{}).Commands() {
		if !c.Hidden && !strings.Contains(string(data), "| `"+c.Name()) {
			t.Errorf("%s is not in docs/cli.md", c.Name())
		}
	}
}

// Every link between the documents leads to a file.
func TestLinksOfTheDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)`)
	seen := 0
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../docs/*/*.md"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range link.FindAllStringSubmatch(string(data), -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				seen++
				if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
					t.Errorf("%s: %s leads nowhere", file, m[1])
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links found", seen)
	}
}
