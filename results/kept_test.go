package results

import (
	"os"
	"path/filepath"
	"testing"
)

type keptFacts struct{ A, B float64 }

func keptRun(t *testing.T) (*Run, string) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	run := &Run{Dir: t.TempDir()}
	return run, filepath.Join(run.Dir, "kept", "facts")
}

// Facts come back for the inputs that they were made of, and for no others.
func TestKept(t *testing.T) {
	run, _ := keptRun(t)
	k := run.Kept()
	var got keptFacts
	if k.Recall("facts", 1, &got) {
		t.Error("facts that nobody kept")
	}
	k.Keep("facts", 1, keptFacts{2, 3})
	if !k.Recall("facts", 1, &got) || got != (keptFacts{2, 3}) {
		t.Errorf("%+v, want what was kept", got)
	}
	for _, other := range []any{2, "1", []any{1}} {
		if k.Recall("facts", other, &got) {
			t.Errorf("the facts of 1 are told for %v", other)
		}
	}
	k.Keep("facts", 2, keptFacts{4, 5})
	if k.Recall("facts", 1, &got) || !k.Recall("facts", 2, &got) || got != (keptFacts{4, 5}) {
		t.Errorf("%+v, want those of the newer inputs alone", got)
	}
}

// No file of facts is believed of which a byte is another or lacks, nor one of another name.
func TestDamagedFactsAreNotKept(t *testing.T) {
	run, path := keptRun(t)
	k := run.Kept()
	k.Keep("facts", 1, keptFacts{2, 3})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if k.Recall("facts", 1, &keptFacts{}) {
			t.Errorf("believed with %s", what)
		}
	}
	for i := range whole {
		other := append([]byte(nil), whole...)
		other[i] ^= 1
		refused("another byte", other)
		refused("a part only", whole[:i])
	}
	k.Keep("other", 1, keptFacts{6, 7})
	other, err := os.ReadFile(filepath.Join(run.Dir, "kept", "other"))
	if err != nil {
		t.Fatal(err)
	}
	refused("another name's facts", other)
}

// Where a run cannot be written its facts are kept in the user's cache folder; a link out of a run is not followed.
func TestKeptElsewhere(t *testing.T) {
	run, path := keptRun(t)
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(run.Dir, "kept")); err != nil {
		t.Skip(err)
	}
	run.Kept().Keep("facts", 1, keptFacts{2, 3})
	if _, err := os.Stat(path); err == nil {
		t.Error("facts were written outside of the run")
	}
	var got keptFacts
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	run.Kept().Keep("facts", 1, keptFacts{2, 3})
	if !run.Kept().Recall("facts", 1, &got) || got != (keptFacts{2, 3}) {
		t.Errorf("%+v, want what was kept in the cache", got)
	}
}
