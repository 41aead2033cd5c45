package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	guideFile = regexp.MustCompile("(?ms)^```yaml\n# (\\S+\\.yaml)\n(.*?)^```")
	guideLine = regexp.MustCompile(`(?m)^    \$ loadgen (.*?)(?:  # exit (\d+))?\n((?:    [^$\n].*\n)*)`)
)

// docs/guide.md does what it says: its files are written, its commands run in order in an empty directory, and each
// prints the lines below it in their order, where … stands for anything.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, m := range guideFile.FindAllSubmatch(guide, -1) {
		if err := os.WriteFile(string(m[1]), m[2], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	commands := guideLine.FindAllStringSubmatch(string(guide), -1)
	if len(commands) < 7 {
		t.Fatalf("only %d commands found", len(commands))
	}
	for _, m := range commands {
		var printed bytes.Buffer
		code, want := run(fields(m[1]), strings.NewReader(""), &printed, &printed), 0
		if m[2] != "" {
			want, _ = strconv.Atoi(m[2])
		}
		if code != want {
			t.Fatalf("loadgen %s: exit %d, the guide says %d\n%s", m[1], code, want, printed.String())
		}
		rest := printed.String()
		for _, line := range strings.Split(strings.TrimSuffix(m[3], "\n"), "\n") {
			expr := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimPrefix(line, "    ")), "…", ".*")
			at := regexp.MustCompile(`(?m)^` + expr).FindStringIndex(rest)
			if at == nil {
				t.Fatalf("loadgen %s does not print %q here:\n%s", m[1], line, rest)
			}
			rest = rest[at[1]:]
		}
	}
}

// fields splits a command line at spaces outside single quotes.
func fields(line string) (out []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}
