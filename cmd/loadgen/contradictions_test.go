package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// consistent finds sentences of one report that cannot both be true: pairs that readers have met, or could
// (testdata/contradictions).
func consistent(t *testing.T, report string) {
	t.Helper()
	for _, p := range contradictions(t) {
		if x, y := p.one.FindString(report), p.other.FindString(report); x != "" && y != "" {
			t.Errorf("it says %q and %q: %s", x, y, p.why)
		}
	}
}

type contradiction struct {
	one, other *regexp.Regexp
	why        string
}

func contradictions(t *testing.T) (out []contradiction) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/contradictions/pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("%q: expected two expressions and why, with tabs between", line)
		}
		out = append(out, contradiction{regexp.MustCompile(f[0]), regexp.MustCompile(f[1]), f[2]})
	}
	return out
}
