package results

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"loadgen/scenarios"
)

// damages are what disks, copies and hands do to a file.
var damages = []func(r *rand.Rand, data []byte) []byte{
	func(r *rand.Rand, data []byte) []byte { data[r.IntN(len(data))] ^= 1 << r.IntN(8); return data },
	func(r *rand.Rand, data []byte) []byte { return data[:r.IntN(len(data))] },
	func(r *rand.Rand, data []byte) []byte { // a digit
		for range 1000 {
			if i := r.IntN(len(data)); data[i] >= '0' && data[i] <= '9' {
				data[i] = '0' + (data[i]-'0'+1+byte(r.IntN(9)))%10
				return data
			}
		}
		return append(data, '0')
	},
	func(r *rand.Rand, data []byte) []byte { // a block of zeros
		from := r.IntN(len(data))
		clear(data[from:min(len(data), from+512)])
		return append(data, 0)
	},
	func(r *rand.Rand, data []byte) []byte { // a line is gone
		lines := bytes.SplitAfter(data, []byte("\n"))
		k := r.IntN(len(lines))
		return append(bytes.Join(append(lines[:k:k], lines[k+1:]...), nil), ' ')
	},
}

// tells is all that readers tell of a run directory, and what they warn of.
func tells(dir string) (text string, err error) {
	run, err := Open(dir)
	if err != nil {
		return "", err
	}
	text = fmt.Sprintf("%+v %q", run.Manifest, run.Warnings)
	for _, s := range run.Steps {
		text += fmt.Sprintf("%+v", s.Meta)
		if err := s.Each(func(r *Record) error { text += fmt.Sprintf("%+v", *r); return nil }); err != nil {
			return "", err
		}
		samples, err := s.Samples()
		if err != nil {
			return "", err
		}
		text += fmt.Sprint(samples)
		for name := range s.Meta.Files {
			if _, err := s.read(name); err != nil {
				return "", err
			}
		}
	}
	return text, nil
}

// No damage of any file is silent: a reader refuses it, or warns of it, or tells what it told before. 50 damages in
// `make test`, 2000 and more by LOADGEN_TEST_LIVES.
func TestNoDamageIsSilent(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(60, 3), Sample{At: time.Second, Source: Server, Name: "x", Value: 3})
	w.Close()
	want, err := tells(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(os.DirFS(w.Dir()), "steps/001/*")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, manifestFile, scenarioFile)
	rnd := rand.New(rand.NewPCG(3, 3))
	refused := 0
	for range 10 * lives() {
		path := filepath.Join(w.Dir(), files[rnd.IntN(len(files))])
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damaged := damages[rnd.IntN(len(damages))](rnd, bytes.Clone(whole))
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := tells(w.Dir())
		switch {
		case err != nil:
			refused++
		case got == want && !bytes.Equal(whole, damaged):
			t.Fatalf("%s: damage was not seen", path)
		}
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	if got, err := tells(w.Dir()); err != nil || got != want {
		t.Errorf("the whole directory is not what it was: %v", err)
	}
}

// TestNoKillLeavesHalfARun kills a process that merges and imports, again and again: a directory with its name is
// whole.
func TestNoKillLeavesHalfARun(t *testing.T) {
	if root := os.Getenv("LOADGEN_TEST_KILL_MERGE"); root != "" {
		mergeUntilKilled(root, os.Getenv("LOADGEN_TEST_LIFE"))
	}
	root := t.TempDir()
	for i := range 2 {
		mergedRun(t, filepath.Join(root, fmt.Sprint("run", i)), []int{0, 3}[i])
	}
	rnd := rand.New(rand.NewPCG(5, 5))
	for life := range lives() {
		child := exec.Command(os.Args[0], "-test.run=^TestNoKillLeavesHalfARun$")
		child.Env = append(os.Environ(), "LOADGEN_TEST_KILL_MERGE="+root, fmt.Sprint("LOADGEN_TEST_LIFE=", life))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		began := await(t, filepath.Join(root, fmt.Sprintf("out-%d-0", life)))
		time.Sleep(time.Duration(rnd.Int64N(int64(began) + 1)))
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed
		outs, err := filepath.Glob(filepath.Join(root, "out-*"))
		if err != nil || len(outs) == 0 {
			t.Fatal(outs, err)
		}
		for _, out := range outs {
			run, err := Open(out)
			if err != nil || len(run.Steps) != len(run.Manifest.Plan.Steps) || len(run.Warnings) != 0 {
				t.Fatalf("%s: %v %+v", out, err, run)
			}
			if err := os.RemoveAll(out); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func mergeUntilKilled(root, life string) {
	var runs []*Run
	for i := range 2 {
		r, err := Open(filepath.Join(root, fmt.Sprint("run", i)))
		if err != nil {
			panic(err)
		}
		runs = append(runs, r)
	}
	bench := Bench{Model: "m", Step: scenarios.Step{Loop: scenarios.Closed, Concurrency: 2, Rep: 1}, Records: made(50, 3),
		Window: window}
	for i := 0; ; i++ {
		out := filepath.Join(root, fmt.Sprintf("out-%s-%d", life, i))
		var err error
		if i%2 == 0 {
			err = Merge(out, runs)
		} else {
			err = Import(out, Manifest{Ended: time.Unix(1, 0)}, []Bench{bench, bench}, func(string) error { return nil })
		}
		if err != nil {
			panic(err)
		}
	}
}
