package results

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestNoKillCostsAStep kills a writer (SIGKILL) at random moments, again and again in the same run: whatever step a reader
// sees is whole, and those seen before are still there.
func TestNoKillCostsAStep(t *testing.T) {
	if dir := os.Getenv("LOADGEN_TEST_CRASH"); dir != "" {
		writeUntilKilled(dir, os.Getenv("LOADGEN_TEST_LIFE"))
	}
	w := create(t)
	rnd := rand.New(rand.NewPCG(1, 1))
	seen := 0
	for kill := range 10 {
		child := exec.Command(os.Args[0], "-test.run=^TestNoKillCostsAStep$")
		child.Env = append(os.Environ(), "LOADGEN_TEST_CRASH="+w.Dir(), fmt.Sprint("LOADGEN_TEST_LIFE=", kill))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		awaitFiles(t, filepath.Join(w.Dir(), stepsDir), kill)
		time.Sleep(time.Duration(rnd.IntN(80_000)) * time.Microsecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // killed
		n := whole(t, w.Dir())
		if n < seen {
			t.Fatalf("%d steps after %d", n, seen)
		}
		seen = n
	}
	if seen < 5 {
		t.Errorf("only %d steps in 10 lives: nothing was tried", seen)
	}
}

// awaitFiles waits until the child of this life has begun to write.
func awaitFiles(t *testing.T, dir string, life int) {
	t.Helper()
	for range 2000 {
		if m, _ := filepath.Glob(filepath.Join(dir, fmt.Sprintf("*life%d-*", life))); len(m) > 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the writer never began")
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
		if err := sw.Finish(StepMeta{Window: window}); err != nil {
			panic(err)
		}
	}
}

// whole reads every file of every step that a reader sees, and counts the steps.
func whole(t *testing.T, dir string) int {
	t.Helper()
	run := open(t, dir)
	for _, s := range run.Steps {
		records, err := s.Records()
		if err != nil || len(records) != 100 {
			t.Fatalf("%s: %d records, %v", s.Dir, len(records), err)
		}
		if _, err := s.Samples(); err != nil {
			t.Fatal(err)
		}
		for _, m := range Metrics {
			if m.Log {
				if _, err := s.Log(m.Name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return len(run.Steps)
}
