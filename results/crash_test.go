package results

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// lives is how often the writer is killed: five times in `make test`, 200 and more in `make crash`
// (LOADGEN_TEST_LIVES).
func lives() int {
	if n, err := strconv.Atoi(os.Getenv("LOADGEN_TEST_LIVES")); err == nil {
		return n
	}
	return 5
}

// TestNoKillCostsAStep kills a writer (SIGKILL) at random moments, again and again in the same run: whatever step a
// reader sees is whole, and every step seen before is still there, byte for byte. Moments are random in what the writer
// has done, not in time, so that a busy machine tries as much as an idle one.
func TestNoKillCostsAStep(t *testing.T) {
	if dir := os.Getenv("LOADGEN_TEST_CRASH"); dir != "" {
		writeUntilKilled(dir, os.Getenv("LOADGEN_TEST_LIFE"))
	}
	w := create(t)
	rnd := rand.New(rand.NewPCG(1, 1))
	steps := map[string]string{}
	for life := range lives() {
		child := exec.Command(os.Args[0], "-test.run=^TestNoKillCostsAStep$")
		child.Env = append(os.Environ(), "LOADGEN_TEST_CRASH="+w.Dir(), fmt.Sprint("LOADGEN_TEST_LIFE=", life))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		began := await(t, filepath.Join(w.Dir(), stepsDir, fmt.Sprintf("life%d-%d", life, rnd.IntN(2))))
		time.Sleep(time.Duration(rnd.Int64N(int64(began)/2 + 1))) // somewhere in the next step or two
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed
		seen := whole(t, w.Dir())
		for name, sum := range steps {
			if seen[name] != sum {
				t.Fatalf("life %d: step %s was %s and is %q", life, name, sum, seen[name])
			}
		}
		steps = seen
	}
	if len(steps) < lives() {
		t.Errorf("only %d steps in %d lives", len(steps), lives())
	}
}

// await waits until the child of this life has finished a step, however long that takes here, and returns how long it
// was.
func await(t *testing.T, path string) time.Duration {
	t.Helper()
	begun := time.Now()
	for time.Since(begun) < time.Minute {
		if _, err := os.Stat(path); err == nil {
			return time.Since(begun)
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%s never came", path)
	return 0
}

// writeUntilKilled writes small steps for ever, named for its life.
func writeUntilKilled(dir, life string) {
	w := &Writer{dir: dir}
	for i := 0; ; i++ {
		sw, err := w.Begin(step(i, fmt.Sprintf("life%s-%d", life, i)))
		if err != nil {
			panic(err)
		}
		for _, r := range made(100, 4) {
			sw.Add(r)
		}
		if _, err := sw.Finish(StepMeta{Window: window}); err != nil {
			panic(err)
		}
	}
}

// whole reads every file of every step that a reader sees; it returns their step.json by name, which holds the
// checksums of the files.
func whole(t *testing.T, dir string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	for _, s := range open(t, dir).Steps {
		for name := range s.Meta.Files {
			if _, err := s.read(name); err != nil {
				t.Fatal(err)
			}
		}
		records, err := s.Records()
		if err != nil || len(records) != 100 || len(s.Meta.Files) < 3 {
			t.Fatalf("%s: %d records, %d files, %v", s.Dir, len(records), len(s.Meta.Files), err)
		}
		said, err := os.ReadFile(filepath.Join(s.Dir, stepFile))
		if err != nil {
			t.Fatal(err)
		}
		seen[s.Meta.Step.Name] = string(said)
	}
	return seen
}
