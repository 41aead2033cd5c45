package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The three arms of docs/tensor-parallel, rehearsed in shorter windows: replicas are one arm, and compare tells per GPU
// at equal TPOT.
func TestArmsOfTwoGPUs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"tp2", "replicas", "one"} {
		file := "../../docs/tensor-parallel/" + name + ".yaml"
		call(t, 0, "check", file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte("measure: 20s"), []byte("measure: 5s"), 1)
		if file = out(name + ".yaml"); os.WriteFile(file, text, 0o600) != nil {
			t.Fatal(file)
		}
		call(t, 0, "run", file, "--simulated", "--out", out(name))
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
