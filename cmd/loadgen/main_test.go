package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is the program, so that scripts see what a person sees.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"loadgen": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// call runs the program in this process and returns what it printed.
func call(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(args, strings.NewReader(""), &out, &errs); code != want {
		t.Fatalf("loadgen %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out.String(), errs.String())
	}
	return out.String()
}

func withProcs(n int, f func()) {
	old := runtime.GOMAXPROCS(n)
	defer runtime.GOMAXPROCS(old)
	f()
}

// digest is over the names and bytes of every record, sample and log of a run.
func digest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	files := 0
	err := filepath.WalkDir(filepath.Join(dir, "steps"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(h, "%s %d\n", rel, len(data))
		_, _ = h.Write(data)
		files++
		return err
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}
