package results

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"loadgen/scenarios"

	"pgregory.net/rapid"
)

// Merging is associative, commutative and idempotent: the same runs in any order and grouping give the same bytes.
func TestMergeDoesNotCareAboutOrder(t *testing.T) {
	root := t.TempDir()
	var runs []string
	for i := range 3 {
		runs = append(runs, mergedRun(t, filepath.Join(root, fmt.Sprint("run", i)), i))
	}
	want := tree(t, merged(t, root, runs...))
	tries := 0
	rapid.Check(t, func(r *rapid.T) {
		if tries++; tries > 4 { // each writes a dozen files
			return
		}
		order := rapid.Permutation(runs).Draw(r, "order")
		again := rapid.SampledFrom(runs).Draw(r, "again")
		left := merged(t, root, merged(t, root, order[0], order[1]), order[2], again)
		right := merged(t, root, order[0], merged(t, root, order[1], order[2]))
		if got := tree(t, left); got != want {
			r.Fatalf("(%v) merged from the left is\n%s\nnot\n%s", order, got, want)
		}
		if got := tree(t, right); got != want {
			r.Fatalf("(%v) merged from the right is\n%s\nnot\n%s", order, got, want)
		}
	})
	run := open(t, merged(t, root, runs...))
	if n := len(run.Steps); n != 4 || run.Steps[2].Meta.Step.Rep != 3 || run.Steps[2].Meta.Began != 2*time.Minute+time.Second {
		t.Errorf("%d steps, the third %+v", n, run.Steps[2].Meta)
	}
	if records, err := run.Steps[2].Records(); err != nil || len(records) != 62 {
		t.Error(len(records), err)
	}
}

// mergedRun is the i-th repeat: n16 in each, n32 in the first alone.
func mergedRun(t *testing.T, dir string, i int) string {
	t.Helper()
	sc := &scenarios.Scenario{Name: "x"}
	w, err := Create(dir, Manifest{Started: time.Unix(int64(60*i), 0).UTC(), Parsed: sc, Notes: []string{fmt.Sprint("note ", i%2)}}, []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	levels := []int{16, 32}
	for k, n := range levels[:1+max(0, 1-i)] {
		s := step(k+1, fmt.Sprintf("%03d-mini-n%d-r1", k+1, n))
		s.Concurrency = n
		sw, err := w.Begin(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range made(60+i, 2) {
			sw.Add(r)
		}
		if err := sw.Finish(StepMeta{Window: window, Began: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func merged(t *testing.T, root string, dirs ...string) string {
	t.Helper()
	var runs []*Run
	for _, d := range dirs {
		runs = append(runs, open(t, d))
	}
	out, err := os.MkdirTemp(root, "merged")
	if err != nil {
		t.Fatal(err)
	}
	if err := Merge(out, runs); err != nil {
		t.Fatal(err)
	}
	return out
}

// tree is every file of a run with its content's digest.
func tree(t *testing.T, dir string) string {
	t.Helper()
	out := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out += fmt.Sprintf("%s %x\n", rel, sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOtherRunsAreNotMerged(t *testing.T) {
	root := t.TempDir()
	a := open(t, mergedRun(t, filepath.Join(root, "a"), 0))
	b := open(t, mergedRun(t, filepath.Join(root, "b"), 1))
	b.Manifest.Before = map[string]ServerInfo{"mini": {Version: "0.11.0"}}
	if err := Merge(filepath.Join(root, "ab"), []*Run{a, b}); err == nil {
		t.Error("runs against different servers were merged")
	}
	if _, err := os.Stat(filepath.Join(root, "ab")); err == nil {
		t.Error("and left something")
	}
}
