package results

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"loadgen/scenarios"
)

// A Writer is a run directory while it is written.
type Writer struct{ dir string }

const (
	manifestFile = "manifest.json"
	scenarioFile = "scenario.yaml"
	stepFile     = "step.json"
	stepsDir     = "steps"
)

// Create begins a run directory with its manifest and the scenario as given. It refuses a directory that holds anything.
func Create(dir string, m Manifest, scenarioYAML []byte) (*Writer, error) {
	held, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if len(held) > 0 {
		return nil, fmt.Errorf("%s is not empty: a run needs a directory of its own", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, stepsDir), 0o777); err != nil {
		return nil, err
	}
	if err := replaceFile(filepath.Join(dir, scenarioFile), scenarioYAML); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir}
	return w, w.SetManifest(m)
}

// Reopen goes on writing a run that was begun before: its steps stay, others can be begun.
func Reopen(r *Run) *Writer { return &Writer{dir: r.Dir} }

// Dir is the run directory.
func (w *Writer) Dir() string { return w.dir }

// SetManifest replaces the manifest; a reader sees the old or the new one, never a part. The version is set here.
func (w *Writer) SetManifest(m Manifest) error {
	m.Version = Version
	data, err := encodeJSON(m)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return replaceFile(filepath.Join(w.dir, manifestFile), data)
}

// Begin opens a step. What a crash left of an earlier try is removed; a step that exists is refused. The writer must be ended
// by Finish or Abandon.
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
	final = filepath.Join(w.dir, stepsDir, s.Name)
	if _, err := os.Stat(final); err == nil {
		return "", "", fmt.Errorf("step %s exists already", final)
	}
	partial = filepath.Join(w.dir, stepsDir, "."+s.Name+".partial")
	if err := os.RemoveAll(partial); err != nil {
		return "", "", err
	}
	return partial, final, os.Mkdir(partial, 0o777)
}
