package results

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"loadgen/scenarios"
)

// A Writer is a run directory while it is written. One at a time: the directory is locked until Close.
type Writer struct {
	dir      string
	scenario string // SHA-256 of scenario.yaml
	lock     *os.File
}

const (
	manifestFile = "manifest.json"
	scenarioFile = "scenario.yaml"
	stepFile     = "step.json"
	stepsDir     = "steps"
)

// Create begins a run directory with its manifest and the scenario as given. It refuses a directory that holds
// anything.
func Create(dir string, m Manifest, scenarioYAML []byte) (*Writer, error) {
	if err := Free(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, stepsDir), 0o777); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir}
	if err := w.hold(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(scenarioYAML)
	w.scenario = hex.EncodeToString(sum[:])
	if err := errors.Join(replaceFile(filepath.Join(dir, scenarioFile), scenarioYAML), w.SetManifest(m)); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// ErrTaken is of a directory that holds something else, or that another writer has.
var ErrTaken = errors.New("a run needs a directory of its own")

// Free reports whether a run can be made in a directory, which need not exist.
func Free(dir string) error {
	held, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if slices.ContainsFunc(held, func(e os.DirEntry) bool { return !leftover(e, dir) }) {
		return fmt.Errorf("%s is not empty: %w", dir, ErrTaken)
	}
	return nil
}

// leftover tells what a kill leaves of a run that had not begun: the scenario, or its unfinished file, and no step.
func leftover(e os.DirEntry, dir string) bool {
	if e.Name() == stepsDir {
		held, err := os.ReadDir(filepath.Join(dir, stepsDir))
		return err == nil && len(held) == 0
	}
	return e.Name() == scenarioFile || e.Name() == "."+scenarioFile+".new" || e.Name() == "."+manifestFile+".new"
}

// Reopen goes on writing a run that was begun before: its steps stay, others can be begun.
func Reopen(r *Run) (*Writer, error) {
	w := &Writer{dir: r.Dir, scenario: r.Manifest.ScenarioSHA}
	return w, w.hold()
}

// hold locks the directory against another writer.
func (w *Writer) hold() error {
	f, err := os.Open(filepath.Join(w.dir, stepsDir))
	if err != nil {
		return err
	}
	if holder, taken := lockFile(f); taken {
		f.Close()
		return fmt.Errorf("%s is being written by %s: wait until it has ended, or end it", w.dir, holder)
	}
	w.lock = f
	return nil
}

// Close lets another writer have the directory.
func (w *Writer) Close() {
	if w.lock != nil {
		_ = w.lock.Close()
		w.lock = nil
	}
}

// Dir is the run directory.
func (w *Writer) Dir() string { return w.dir }

// SetManifest replaces the manifest; a reader sees the old or the new one, never a part. The version is set here.
func (w *Writer) SetManifest(m Manifest) error {
	m.Version, m.Sum = Version, ""
	if w.scenario != "" {
		m.ScenarioSHA = w.scenario
	}
	data, err := sealedJSON(m)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return replaceFile(filepath.Join(w.dir, manifestFile), data)
}

// Begin opens a step. What a crash left of an earlier try is removed; a step that exists is refused. The writer must be
// ended by Finish or Abandon.
func (w *Writer) Begin(s scenarios.Step) (*StepWriter, error) {
	partial, final, err := w.place(s)
	if err != nil {
		return nil, err
	}
	return newStepWriter(s, partial, final), nil
}

// place makes an empty directory for a step to be written in, and tells where it will stand.
func (w *Writer) place(s scenarios.Step) (partial, final string, err error) {
	if s.Name == "" || strings.ContainsAny(s.Name, `/\`) || s.Name[0] == '.' {
		return "", "", fmt.Errorf("step name %q cannot be a directory's name", s.Name)
	}
	final = StepDir(w.dir, s.Name)
	if _, err := os.Stat(final); err == nil {
		return "", "", fmt.Errorf("step %s exists already", final)
	}
	partial = StepDir(w.dir, "."+s.Name+".partial")
	if err := os.RemoveAll(partial); err != nil {
		return "", "", err
	}
	return partial, final, os.Mkdir(partial, 0o777)
}
