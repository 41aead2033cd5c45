package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// The three arms of docs/tensor-parallel, rehearsed: replicas are one arm, and compare tells per GPU at equal TPOT.
func TestArmsOfTwoGPUs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"tp2", "replicas", "one"} {
		call(t, 0, "check", "../../docs/tensor-parallel/"+name+".yaml")
		call(t, 0, "run", "../../docs/tensor-parallel/"+name+".yaml", "--simulated", "--out", out(name))
	}
	text := call(t, 5, "compare", out("tp2"), out("replicas")+":r1+r2", out("one"))
	for _, want := range []string{"r1+r2 / tp2: tok/s per GPU at equal TPOT", "they cross between", "tp1 / tp2"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if report := call(t, 0, "report", "--full", out("replicas")); !strings.Contains(report,
		"r1 + r2 were loaded at the same time") {
		t.Error("the report does not show the replicas as one")
	}
}
