package results

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loadgen/scenarios"
)

// One digit, letter or key of step.json or manifest.json changed by anybody is seen by every reader.
func TestADamagedDigitIsSeen(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(40, 2))
	for _, path := range []string{filepath.Join(w.Dir(), manifestFile),
		filepath.Join(w.Dir(), stepsDir, "001", stepFile)} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			for _, other := range []byte{data[i] ^ 1, '9'} {
				if other == data[i] {
					continue
				}
				damaged := bytes.Clone(data)
				damaged[i] = other
				if _, err := decodeJSON(damaged, "f", "it", &map[string]any{}); err == nil {
					t.Fatalf("%s: byte %d changed from %q to %q was not seen", path, i, data[i], other)
				}
			}
		}
		for _, damaged := range [][]byte{data[:len(data)/2], bytes.Replace(data, []byte(sumKey), []byte(`"other": "`), 1),
			append(bytes.Clone(data), ' ')} {
			if _, err := decodeJSON(damaged, "f", "it", &map[string]any{}); err == nil {
				t.Errorf("%s: damage was not seen: %q", path, damaged)
			}
		}
	}
	if run := open(t, w.Dir()); len(run.Warnings) != 0 || run.Manifest.ScenarioSHA == "" {
		t.Errorf("%q %q", run.Warnings, run.Manifest.ScenarioSHA)
	}
	if err := os.WriteFile(filepath.Join(w.Dir(), scenarioFile), []byte("version: 1 "), 0o666); err != nil {
		t.Fatal(err)
	}
	if run := open(t, w.Dir()); !strings.Contains(strings.Join(run.Warnings, ""), "scenario.yaml was changed") {
		t.Errorf("%q", run.Warnings)
	}
}

// An older directory has no checksums, and says so.
func TestOlderFormatsSayThatTheyAreUnsealed(t *testing.T) {
	w := create(t)
	data, err := encodeJSON(map[string]any{"version": 2,
		"plan": map[string]any{"Steps": []any{map[string]any{"Name": "001"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir(), manifestFile), data, 0o666); err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(open(t, w.Dir()).Warnings, "\n"); !strings.Contains(said, "no checksum") ||
		!strings.Contains(said, "0 of 1 planned steps are there: the run did not end") {
		t.Error(said)
	}
}

// stranger changes step.json of a run as somebody would who knows the format.
func stranger(t *testing.T, dir string, change func(map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, stepsDir, "001", stepFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	change(all)
	all["version"] = 2
	delete(all, "sha256_of_this")
	if data, err = encodeJSON(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// A stranger's run directory leads nowhere outside: neither by names of files, nor by links, nor by names of targets.
func TestAStrangersRunStaysInside(t *testing.T) {
	root := t.TempDir()
	payload := filepath.Join(root, "payload")
	if err := os.WriteFile(payload, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../../payload", "/etc/passwd", "a/b.hlog", "..", "records.parquet.exe",
		"x\x00.hlog"} {
		w := create(t)
		write(t, w, step(1, "001"), made(4, 2))
		stranger(t, w.Dir(), func(all map[string]any) { all["files"].(map[string]any)[name] = "00" })
		if _, err := Open(w.Dir()); err == nil || !strings.Contains(err.Error(), "which no step has") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"/../../../../x", "..", "a/b", "\x1b[2J"} {
		w := create(t)
		write(t, w, step(1, "001"), made(4, 2))
		stranger(t, w.Dir(), func(all map[string]any) { all["step"].(map[string]any)["target"] = name })
		if _, err := Open(w.Dir()); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", name, err)
		}
	}
	w := create(t)
	write(t, w, step(1, "001"), made(4, 2))
	log := filepath.Join(w.Dir(), stepsDir, "001", "ttft.hlog")
	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(payload, log); err != nil {
		t.Skip(err)
	}
	if _, err := open(t, w.Dir()).Steps[0].read("ttft.hlog"); err == nil {
		t.Error("a link led out of the step")
	}
}

// Two writers of one directory: the second is told who holds it, and what the first writes is its own.
func TestOneWriterAtATime(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(4, 2))
	run := open(t, w.Dir())
	if _, err := Reopen(run); err == nil || !strings.Contains(err.Error(), "is being written by") {
		t.Fatalf("a second writer: %v", err)
	}
	w.Close()
	again, err := Reopen(run)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	write(t, again, step(2, "002"), made(4, 2))
}

// What a kill leaves of a run that had not begun can be begun anew.
func TestLeftoversOfAKillAreTaken(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".scenario.yaml.new"), []byte("ver"), 0o666); err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir, Manifest{}, []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := Create(dir, Manifest{}, nil); err == nil {
		t.Error("a run was begun over another")
	}
}

// A directory that could not be written whole is not there, and what a kill left beside its place is no hindrance.
func TestWholeOrNotAtAll(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "out")
	b := Bench{Model: "M/x y", Step: scenarios.Step{Loop: scenarios.Closed, Concurrency: 2, Rep: 1},
		Summary: &summary{Seconds: 2, Completed: 3}, Window: Window{End: 2 * time.Second}}
	if err := os.MkdirAll(filepath.Join(root, ".out.partial", "steps"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Import(dir, Manifest{}, []Bench{b}, func(string) error { return os.ErrInvalid }); err == nil {
		t.Fatal("an import whose judge failed went well")
	}
	if held, err := os.ReadDir(root); err != nil || len(held) != 0 {
		t.Fatalf("%v %v", held, err)
	}
	if err := Import(dir, Manifest{}, []Bench{b}, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if run := open(t, dir); len(run.Steps) != 1 || run.Steps[0].Meta.Step.Target != "x-y" {
		t.Errorf("%+v", run.Steps)
	}
}

// A manifest or step of any content is read or refused.
func FuzzManifestAndStep(f *testing.F) {
	w, err := Create(filepath.Join(f.TempDir(), "run"), Manifest{Tool: "x"}, []byte("version: 1\n"))
	if err != nil {
		f.Fatal(err)
	}
	w.Close()
	data, err := os.ReadFile(filepath.Join(w.Dir(), manifestFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":2,"files":{"records.parquet":"x"},"step":{"Target":"../a"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m Manifest
		if _, err := decodeJSON(data, "f", "it", &m); err == nil {
			_ = (&Run{Manifest: m}).namesAreNames()
		}
		var s StepMeta
		_, _ = decodeJSON(data, "f", "it", &s)
	})
}

// Missing steps are said, but for levels that the stop rule left out of a run that ended.
func TestMissingStepsAreSaid(t *testing.T) {
	w := create(t)
	write(t, w, step(1, "001"), made(4, 2))
	for _, c := range []struct {
		stop  bool
		ended time.Time
		want  string
	}{{true, time.Unix(9, 0), ""}, {false, time.Unix(9, 0), "1 of 2 planned steps are there"},
		{true, time.Time{}, "1 of 2 planned steps are there: the run did not end"}} {
		later := step(2, "002")
		later.StopWhenSaturated = c.stop
		if err := w.SetManifest(Manifest{Plan: scenarios.Plan{Steps: []scenarios.Step{step(1, "001"), later}},
			Ended: c.ended}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(open(t, w.Dir()).Warnings, "\n"); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
