package results

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"loadgen/scenarios"
)

// A Run is a run directory, opened for reading.
type Run struct {
	Dir      string
	Manifest Manifest
	Steps    []*Step  // whole ones, in the order of playing
	Warnings []string // what a reader of the directory must know before anything of it is believed
}

// A Step is one whole step of a run. Its files are read when they are asked for.
type Step struct {
	Dir  string
	Meta StepMeta

	unsealed bool // step.json has no checksum of itself
}

// ErrNoRun is what Open says of what was never a run.
var ErrNoRun = errors.New("is not a run directory")

// Open reads a run's manifest and what its whole steps say of themselves. A newer format, a damaged file and what is no
// run (ErrNoRun) are errors.
func Open(dir string) (*Run, error) {
	run := &Run{Dir: dir}
	path := filepath.Join(dir, manifestFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s %w: it has no %s", dir, ErrNoRun, manifestFile)
	}
	if err != nil {
		if at, e := os.Stat(dir); e == nil && !at.IsDir() {
			return nil, fmt.Errorf("%s %w but a file", dir, ErrNoRun)
		}
		return nil, err
	}
	sealed, err := decodeJSON(data, path, "the run", &run.Manifest)
	if err != nil {
		return nil, err
	}
	run.Manifest.Sum = ""
	if run.Steps, err = openSteps(filepath.Join(dir, stepsDir)); err != nil {
		return nil, err
	}
	if err := run.namesAreNames(); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if !sealed || slices.ContainsFunc(run.Steps, func(s *Step) bool { return s.unsealed }) {
		run.Warnings = append(run.Warnings, "manifest.json or step.json are of an older loadgen and have no checksum: a "+
			"change in them would not be seen")
	}
	if sum, err := fileSum(filepath.Join(dir, scenarioFile)); err == nil && run.Manifest.ScenarioSHA != "" &&
		sum != run.Manifest.ScenarioSHA {
		run.Warnings = append(run.Warnings, "scenario.yaml was changed after the run began; the manifest holds what "+
			"was played")
	}
	if says := run.fewer(); says != "" {
		run.Warnings = append(run.Warnings, says)
	}
	return run, nil
}

// fewer says that planned steps are missing; levels that the stop rule may have left out of a run that ended are not.
func (r *Run) fewer() string {
	have := map[string]bool{}
	steps := 0
	for _, s := range r.Steps {
		have[s.Meta.Step.Name] = true
		if s.Meta.Step.Try == 0 {
			steps++
		}
	}
	missing := slices.ContainsFunc(r.Manifest.Plan.Steps, func(st scenarios.Step) bool {
		leftOut := (st.StopWhenSaturated || st.Stop != "" || st.Find != "") && !r.Manifest.Ended.IsZero()
		return !have[st.Name] && !leftOut
	})
	if !missing {
		return ""
	}
	says := fmt.Sprintf("%d of %d planned steps are there", steps, len(r.Manifest.Plan.Steps))
	if tries := len(r.Steps) - steps; tries > 0 {
		says += fmt.Sprintf(", and %d steps of a search", tries)
	}
	if r.Manifest.Ended.IsZero() {
		says += ": the run did not end"
	}
	return says
}

// namesAreNames checks names that become paths: a stranger's run directory may say anything.
func (r *Run) namesAreNames() error {
	var names []string
	if r.Manifest.Parsed != nil {
		for _, t := range r.Manifest.Parsed.Targets {
			names = append(names, t.Name)
		}
	}
	for _, st := range r.Manifest.Plan.Steps {
		names = append(names, st.Target)
	}
	for _, s := range r.Steps {
		names = append(names, s.Meta.Step.Target)
	}
	for _, name := range names {
		if name != "" && !scenarios.IsTargetName(name) {
			return fmt.Errorf("a target is called %q, which no scenario allows: lower-case letters, digits, dots and dashes",
				name)
		}
	}
	return nil
}

func fileSum(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func openSteps(dir string) ([]*Step, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var steps []*Step
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		s, err := OpenStep(filepath.Join(dir, e.Name()))
		if errors.Is(err, os.ErrNotExist) {
			continue // no step.json: not a step
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	slices.SortFunc(steps, func(a, b *Step) int {
		return cmp.Or(cmp.Compare(a.Meta.Step.Index, b.Meta.Step.Index), cmp.Compare(a.Dir, b.Dir))
	})
	return steps, nil
}

// StepDir is where a run has the step of a name.
func StepDir(run, name string) string { return filepath.Join(run, stepsDir, name) }

// OpenStep reads what a whole step says of itself.
func OpenStep(dir string) (*Step, error) {
	path := filepath.Join(dir, stepFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Step{Dir: dir}
	sealed, err := decodeJSON(data, path, "the step", &s.Meta)
	if err != nil {
		return nil, err
	}
	s.unsealed, s.Meta.Sum = !sealed, ""
	for name := range s.Meta.Files {
		if !stepFiles.MatchString(name) {
			return nil, fmt.Errorf("%s: it lists the file %q, which no step has", path, name)
		}
	}
	return s, nil
}

// stepFiles are the names that a step's files have.
var stepFiles = regexp.MustCompile(`^(records\.parquet|samples\.parquet|[a-z0-9_]{1,64}\.hlog)$`)

// Each yields the step's requests in the order in which they ended, until yield returns an error, and needs no more
// memory for many than for few. A record is lent until yield returns. The file must have the checksum of step.json.
func (s *Step) Each(yield func(*Record) error) error {
	f, err := s.OpenRecords()
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Each(yield)
}

// Records reads all of the step's requests into memory, in the order in which they ended.
func (s *Step) Records() ([]Record, error) { return s.records(func(*Record) bool { return true }) }

// Cohort reads the requests that were due in the measuring window (R2.8) into memory.
func (s *Step) Cohort() ([]Record, error) {
	return s.records(func(r *Record) bool { return r.Phase == Measure })
}

func (s *Step) records(wanted func(*Record) bool) (out []Record, err error) {
	out = make([]Record, 0, s.Meta.Counts.Room())
	err = s.Each(func(r *Record) error {
		if wanted(r) {
			kept := *r
			kept.Arrivals = append([]Arrival(nil), r.Arrivals...)
			out = append(out, kept)
		}
		return nil
	})
	return out, err
}

// Samples reads what was observed of server, GPUs, this process and the host beside the step.
func (s *Step) Samples() ([]Sample, error) {
	f, size, err := s.open(samplesFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	samples, err := readSamples(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return samples, nil
}

// Judge replaces the verdict that step.json carries; nothing else changes.
func (s *Step) Judge(v Verdict) error {
	meta := s.Meta
	meta.Verdict = v
	data, err := meta.encode()
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(s.Dir, stepFile), data); err != nil {
		return err
	}
	s.Meta, s.unsealed = meta, false
	return nil
}

// open opens one file of the step, of so many bytes, after comparing it with its checksum.
func (s *Step) open(name string) (f *os.File, size int64, err error) {
	path := filepath.Join(s.Dir, name)
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, 0, err
	}
	defer root.Close()
	if f, err = root.Open(name); err != nil { // neither a name nor a link leads out of the step
		return nil, 0, err
	}
	hash := sha256.New()
	if size, err = io.Copy(hash, f); err == nil {
		if sum, want := hex.EncodeToString(hash.Sum(nil)), s.Meta.Files[name]; sum != want {
			err = fmt.Errorf("%s was changed after the step was written: its SHA-256 is %s, step.json says %q", path, sum, want)
		}
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

// read returns the content of one small file of the step, after comparing it with its checksum.
func (s *Step) read(name string) ([]byte, error) {
	f, _, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
