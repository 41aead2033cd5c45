package results

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// stepJSONMost bounds the step.json of another client: some kilobytes in truth.
const stepJSONMost = 4 << 20

// Pack writes a finished step for another machine: a tar of step.json and then of its files, each after it was compared
// with its checksum.
func (s *Step) Pack(w io.Writer) error {
	data, err := s.Seal()
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	put := func(name string, size int64, from io.Reader) error {
		if err := t.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o644}); err != nil {
			return err
		}
		_, err := io.Copy(t, from)
		return err
	}
	if err := put(stepFile, int64(len(data)), bytes.NewReader(data)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Meta.Files)) {
		f, size, err := s.open(name)
		if err != nil {
			return err
		}
		err = put(name, size, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return t.Close()
}

// Seal is step.json as it is now: equal seals are equal steps.
func (s *Step) Seal() ([]byte, error) { return os.ReadFile(filepath.Join(s.Dir, stepFile)) }

// Unpack makes a packed step exist in a run directory, once the disk has all of it. A step that is there already must
// be the same one. What is not a step's, and what does not have its checksum, is refused.
func Unpack(run string, r io.Reader) error {
	t := tar.NewReader(r)
	data, err := readStepJSON(t)
	if err != nil {
		return err
	}
	var meta StepMeta
	if _, err := decodeJSON(data, stepFile, "the step", &meta); err != nil {
		return err
	}
	w := &Writer{dir: run}
	if was, err := os.ReadFile(filepath.Join(StepDir(run, filepath.Base(meta.Step.Name)), stepFile)); err == nil {
		if bytes.Equal(was, data) {
			return nil
		}
		return fmt.Errorf("there is another step %s already", meta.Step.Name)
	}
	if err := os.MkdirAll(filepath.Join(run, stepsDir), 0o777); err != nil {
		return err
	}
	partial, final, err := w.place(meta.Step)
	if err != nil {
		return err
	}
	if err := unpackFiles(partial, meta.Files, t); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	return publish(partial, final, data)
}

func readStepJSON(t *tar.Reader) ([]byte, error) {
	h, err := t.Next()
	if err != nil {
		return nil, err
	}
	if h.Name != stepFile || h.Size > stepJSONMost {
		return nil, fmt.Errorf("a packed step begins with its step.json, and this with %q of %d bytes", h.Name, h.Size)
	}
	return io.ReadAll(io.LimitReader(t, stepJSONMost))
}

// unpackFiles writes exactly the files that a step lists.
func unpackFiles(dir string, files map[string]string, t *tar.Reader) error {
	left := maps.Clone(files)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		want, listed := left[h.Name]
		if !listed || !stepFiles.MatchString(h.Name) || h.Typeflag != tar.TypeReg {
			return fmt.Errorf("the file %q is not one of the step's", h.Name)
		}
		delete(left, h.Name)
		sum, err := writeFile(filepath.Join(dir, h.Name), func(w io.Writer) error { _, err := io.Copy(w, t); return err })
		if err != nil {
			return err
		}
		if sum != want {
			return fmt.Errorf("%s came damaged: its SHA-256 is %s, step.json says %s", h.Name, sum, want)
		}
	}
	for name := range left {
		return fmt.Errorf("the step's %s did not come", name)
	}
	return nil
}

// A Head is a run directory but for its steps.
type Head struct{ Manifest, Scenario []byte }

// ReadHead reads a run's.
func ReadHead(dir string) (h Head, err error) {
	if h.Manifest, err = os.ReadFile(filepath.Join(dir, manifestFile)); err == nil {
		h.Scenario, err = os.ReadFile(filepath.Join(dir, scenarioFile))
	}
	return h, err
}

// Write makes, or replaces, a run's. One that is the same, as on a volume that its client writes too, is left alone.
func (h Head) Write(dir string) error {
	if was, err := ReadHead(dir); err == nil && bytes.Equal(was.Manifest, h.Manifest) {
		return nil
	}
	var m Manifest
	if _, err := decodeJSON(h.Manifest, manifestFile, "the run", &m); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, stepsDir), 0o777); err != nil {
		return err
	}
	return errors.Join(replaceFile(filepath.Join(dir, scenarioFile), h.Scenario),
		replaceFile(filepath.Join(dir, manifestFile), h.Manifest))
}
