package results

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"loadgen/scenarios"
)

// mergeables are three repeats, of which the second was shared by two clients.
func mergeables(t testing.TB, root string) []string {
	t.Helper()
	var runs []string
	for i := range 4 {
		runs = append(runs, mergedRun(t, filepath.Join(root, fmt.Sprint("run", i)), i))
	}
	return runs
}

// Merging is associative, commutative and idempotent: the same runs in any order and grouping give the same bytes.
func TestMergeDoesNotCareAboutOrder(t *testing.T) {
	root := t.TempDir()
	runs := mergeables(t, root)
	want := tree(t, merged(t, root, runs...))
	for _, grouping := range [][]byte{{0, 1, 2, 3, 255, 255}, {3, 2, 255, 1, 0, 255, 255}, {2, 3, 1, 0, 2, 255}} {
		if got := tree(t, merging(t, root, runs, grouping)); got != want {
			t.Errorf("%v is\n%s\nnot\n%s", grouping, got, want)
		}
	}
	run := open(t, merged(t, root, runs...))
	if n := len(run.Steps); n != 5 || run.Steps[1].Meta.Step.Rep != 2 || run.Steps[1].Meta.Began != 3*time.Minute+
		time.Second {
		t.Errorf("%d steps, the second %+v", n, run.Steps[1].Meta)
	}
	var names []string
	for _, s := range run.Steps {
		names = append(names, s.Meta.Step.Name)
	}
	if got, want := fmt.Sprint(names), "[001-mini-n16-r1 002-mini-n16-r2 003-mini-n16-r1-s1 004-mini-n16-r1-s2 "+
		"005-mini-n32-r1]"; got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
	if records, err := run.Steps[1].Records(); err != nil || len(records) != 63 {
		t.Error(len(records), err)
	}
}

// merging follows a grouping: a number puts that run on a stack, 255 merges the last two that lie there; in the end all
// that is left is merged with every run.
func merging(t testing.TB, root string, runs []string, grouping []byte) string {
	var stack []string
	for _, b := range grouping[:min(len(grouping), 12)] {
		if n := len(stack); b == 255 && n > 1 {
			stack = append(stack[:n-2], merged(t, root, stack[n-1], stack[n-2]))
		} else if b != 255 {
			stack = append(stack, runs[int(b)%len(runs)])
		}
	}
	if len(stack) == 1 {
		for i := range runs {
			if !slices.Contains(grouping, byte(i)) {
				stack = append(stack, runs[i])
			}
		}
		if len(stack) == 1 {
			return stack[0]
		}
		return merged(t, root, stack...)
	}
	return merged(t, root, append(stack, runs...)...)
}

// In virtual time the same seed gives the same records: played again they are no second repetition.
func TestARehearsalPlayedAgainAddsNothing(t *testing.T) {
	played := func(began int64, records string) mergedStep {
		return mergedStep{&Step{Meta: StepMeta{Simulated: true, Step: step(1, "001-mini-n16-r1"),
			Files: map[string]string{recordsFile: records}}}, began}
	}
	got := numbered([]mergedStep{played(9, "a"), played(0, "a"), played(5, "b"), played(7, "a")})
	if len(got) != 2 || got[0].began != 0 || got[1].began != 5 || got[1].Meta.Step.Rep != 2 {
		t.Errorf("%d steps:\n%s", len(got), numbers(got))
	}
}

// FuzzMerge puts the steps of repeats and shards into any order and grouping, some of them several times, in memory:
// their numbers and repetitions are the same.
func FuzzMerge(f *testing.F) {
	var all []mergedStep
	for _, dir := range mergeables(f, f.TempDir()) {
		run := open(f, dir)
		for _, s := range run.Steps {
			all = append(all, mergedStep{s, run.began(s).UnixNano()})
		}
	}
	want := numbers(numbered(slices.Clone(all)))
	f.Add([]byte{0, 1, 255, 2, 255})
	f.Fuzz(func(t *testing.T, grouping []byte) {
		var part []mergedStep
		for _, b := range grouping[:min(len(grouping), 64)] {
			if part = append(part, all[int(b)%len(all)]); b >= 128 { // what was merged is merged again
				part = numbered(part)
			}
		}
		if got := numbers(numbered(append(part, all...))); got != want {
			t.Errorf("%v is\n%s\nnot\n%s", grouping, got, want)
		}
	})
}

// numbers are the steps' names, repetitions and starts.
func numbers(steps []mergedStep) string {
	out := ""
	for _, s := range steps {
		out += fmt.Sprintln(s.Meta.Step.Name, s.Meta.Step.Rep, s.Meta.Began, s.Meta.Files[recordsFile])
	}
	return out
}

// mergedRun is a run of n16, the i-th; the first has n32 too, and the middle two are shards that began at the same
// time.
func mergedRun(t testing.TB, dir string, i int) string {
	t.Helper()
	sc := &scenarios.Scenario{Name: "x"}
	w, err := Create(dir, Manifest{Started: time.Unix([]int64{0, 60, 60, 180}[i], 0).UTC(), Parsed: sc,
		Notes: []string{fmt.Sprint("note ", i%2)}}, []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	levels := []int{16, 32}
	var part scenarios.Shard
	if i == 1 || i == 2 {
		part = scenarios.Shard{Index: i, Of: 2, Concurrency: 16}
	}
	for k, n := range levels[:1+max(0, 1-i)] {
		s := step(k+1, fmt.Sprintf("%03d-mini-n%d-r1", k+1, n))
		s.Concurrency, s.Shard = n, part
		sw, err := w.Begin(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range made(60+i, 2) {
			sw.Add(r)
		}
		if _, err := sw.Finish(StepMeta{Window: window, Began: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func merged(t testing.TB, root string, dirs ...string) string {
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
func tree(t testing.TB, dir string) string {
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

// How often each run repeats its levels is what merging adds up; any other difference of the scenarios keeps them
// apart.
func TestRunsOfOtherRepeatsAreMerged(t *testing.T) {
	root := t.TempDir()
	a := open(t, mergedRun(t, filepath.Join(root, "a"), 0))
	b := open(t, mergedRun(t, filepath.Join(root, "b"), 3))
	phases := func(repeat, to int) *scenarios.Scenario {
		return &scenarios.Scenario{Name: "x", Phases: []scenarios.Phase{{Repeat: repeat, Preset: fmt.Sprint(to)}}}
	}
	a.Manifest.Parsed, b.Manifest.Parsed = phases(1, 32), phases(2, 32)
	if err := Merge(filepath.Join(root, "ab"), []*Run{a, b}); err != nil {
		t.Error(err)
	}
	b.Manifest.Parsed = phases(1, 64)
	if err := Merge(filepath.Join(root, "other"), []*Run{a, b}); err == nil {
		t.Error("runs of other scenarios were merged")
	}
}

// A merged run keeps the salts of its parts: shards of one load may have one, repeats have each their own.
func TestSaltsOfAMergedRun(t *testing.T) {
	of := func(salts ...string) (out []*Run) {
		for _, s := range salts {
			out = append(out, &Run{Manifest: Manifest{Salt: s}})
		}
		return out
	}
	for want, runs := range map[string][]*Run{"": of("", ""), "one": of("one", "one"), "one two": of("one", "two"),
		"one two three": of("one two", "two three")} {
		if got := salts(runs); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestShardsOfSeveralSaltsAreNoted(t *testing.T) {
	shared := &scenarios.Scenario{Prompts: []scenarios.PromptClass{{SharedPrefix: &scenarios.SharedPrefix{Tokens: 9}}}}
	two := []Worker{{Index: 1}, {Index: 2}}
	for _, c := range []struct {
		salt    string
		sc      *scenarios.Scenario
		workers []Worker
		noted   bool
	}{
		{"a b", shared, two, true},
		{"a", shared, two, false},
		{"a b", shared, append(two, two...), false}, // each was started twice, with one salt for both a time
		{"a b", &scenarios.Scenario{}, two, false},
		{"a b", shared, nil, false},
	} {
		if note := saltNote(Manifest{Salt: c.salt, Parsed: c.sc, Workers: c.workers}); (note != "") != c.noted {
			t.Errorf("%+v: %q", c, note)
		}
	}
}

// A shard that was cut off and played again is another try of its level, on whichever of the clients it came to its
// end; and the times of clients whose clocks are off are laid side by side by what was measured of that.
func TestTriesOfShards(t *testing.T) {
	root := t.TempDir()
	off := 200 * time.Millisecond
	part := func(name string, index int, started time.Duration, clock ServerClock) *Run {
		dir := filepath.Join(root, name)
		w, err := Create(dir, Manifest{Started: time.Unix(1000, 0).Add(started - clock.Offset).UTC(),
			Parsed: &scenarios.Scenario{Name: "x"}, Host: HostInfo{Name: name}}, []byte("version: 1\n"))
		if err != nil {
			t.Fatal(err)
		}
		s := step(1, fmt.Sprintf("001-mini-n16-r1-s%d", index))
		s.Concurrency, s.Shard = 8, scenarios.Shard{Index: index, Of: 2, Concurrency: 16}
		sw, err := w.Begin(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range made(60, 2) {
			sw.Add(r)
		}
		if _, err := sw.Finish(StepMeta{Window: window, Began: time.Second, Clock: clock}); err != nil {
			t.Fatal(err)
		}
		w.Close()
		return open(t, dir)
	}
	first, second := ServerClock{N: 1}, ServerClock{Offset: -off, Half: time.Millisecond, N: 12} // its own is ahead
	runs := []*Run{part("a1", 1, 0, first), part("a2", 1, time.Minute, first), part("b2", 2, time.Minute, second)}
	dir := filepath.Join(root, "merged")
	if err := Merge(dir, runs); err != nil {
		t.Fatal(err)
	}
	run := open(t, dir)
	var names []string
	for _, s := range run.Steps {
		names = append(names, s.Meta.Step.Name)
	}
	if got, want := fmt.Sprint(names), "[001-mini-n16-r1-s1 002-mini-n16-r2-s1 003-mini-n16-r2-s2]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if a, b := run.Steps[1].Meta, run.Steps[2].Meta; a.Began != b.Began || b.Clock.Known() {
		t.Errorf("they began at the same time: %v, %v", a.Began, b.Began)
	}
	w := run.Manifest.Workers
	if len(w) != 3 || w[2].Index != 2 || w[2].Clock != second || w[2].Host.Name != "b2" {
		t.Errorf("%+v", w)
	}
}
