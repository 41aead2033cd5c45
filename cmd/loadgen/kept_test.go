package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is kept with a run changes no answer: not when it is used, not when it is damaged, and not when the records are.
func TestKeptFactsChangeNoAnswer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(gpuRuns, "mixed-512"))); err != nil {
		t.Fatal(err)
	}
	answer := func() string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run([]string{"report", dir, "--json"}, nil, &out, &errs); code != exitOK {
			t.Fatalf("exit %d: %s", code, &errs)
		}
		return out.String()
	}
	first := answer()
	files, _ := filepath.Glob(filepath.Join(dir, "kept", "*"))
	points, _ := filepath.Glob(filepath.Join(dir, "kept", "point-*"))
	if len(files) < 2 || len(points) == 0 {
		t.Fatalf("kept: %v", files)
	}
	if again := answer(); again != first {
		t.Error("the answer from what was kept differs")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err == nil {
			data[len(data)-9] ^= 4
			err = os.WriteFile(name, data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if damaged := answer(); damaged != first {
		t.Error("the answer differs where what was kept is damaged")
	}
	records, _ := filepath.Glob(filepath.Join(dir, "steps", "*", "records.parquet"))
	data, err := os.ReadFile(records[0])
	if err == nil {
		data[len(data)/2] ^= 1
		err = os.WriteFile(records[0], data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	code := run([]string{"report", dir, "--json"}, nil, &bytes.Buffer{}, &errs)
	if code == exitOK || !strings.Contains(errs.String(), "was changed after the step was written") {
		t.Errorf("exit %d for records that were changed: %s", code, &errs)
	}
}
