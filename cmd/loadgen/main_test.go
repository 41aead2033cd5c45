package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"loadgen/results"
)

// The test binary is the program, so that scripts see what a person sees.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) // half of the scripts wait for a server's clock
	testscript.Main(m, map[string]func(){"loadgen": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: freePorts,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"loadgen-wait":   waitFor,
			"loadgen-exists": waitExists,
			"grep-tree":      grepTree,
			"expand":         expand,
			"same-texts":     sameTexts,
		}})
}

// freePorts gives every script two ports of its own, PORT and PORT2.
func freePorts(e *testscript.Env) error {
	for _, name := range []string{"PORT", "PORT2"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close() // all are held until the last is known
		_, port, _ := net.SplitHostPort(l.Addr().String())
		e.Setenv(name, port)
	}
	return nil
}

// expand replaces $PORT and its like in files.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// patience is how long scripts wait for what must come.
const patience = 20 * time.Second

// waitFor waits until something listens at an address.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, args[0]+" listens", func() bool {
		c, err := net.Dial("tcp", args[0])
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func waitExists(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, args[0]+" exists", func() bool { _, err := os.Stat(ts.MkAbs(args[0])); return err == nil })
}

func until(ts *testscript.TestScript, what string, holds func() bool) {
	for end := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("waited in vain: %s", what)
		}
	}
}

// grepTree looks for a text in every file under a directory.
func grepTree(ts *testscript.TestScript, neg bool, args []string) {
	found, files := "", 0
	err := filepath.WalkDir(ts.MkAbs(args[1]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(args[0])) {
			found = path
		}
		return err
	})
	ts.Check(err)
	if files == 0 || (found == "") != neg {
		ts.Fatalf("%q in %d files: found in %q", args[0], files, found)
	}
}

// sameTexts compares the prompts of two runs, request by request.
func sameTexts(ts *testscript.TestScript, neg bool, args []string) {
	var texts [2]map[string]uint64
	for i, dir := range args {
		run, err := results.Open(ts.MkAbs(dir))
		ts.Check(err)
		texts[i] = map[string]uint64{}
		for _, s := range run.Steps {
			records, err := s.Records()
			ts.Check(err)
			for _, r := range records {
				texts[i][fmt.Sprint(s.Meta.Step.Name, r.ID)] = r.PromptHash
			}
		}
	}
	if len(texts[0]) == 0 || maps.Equal(texts[0], texts[1]) == neg {
		ts.Fatalf("%v\n%v", texts[0], texts[1])
	}
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
