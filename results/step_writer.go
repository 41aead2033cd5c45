package results

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"loadgen/scenarios"
)

const (
	recordsFile = "records.parquet"
	samplesFile = "samples.parquet"
)

// A StepWriter collects one step and writes it as a whole.
type StepWriter struct {
	step           scenarios.Step
	partial, final string

	mu      sync.Mutex
	records []*Record
	samples []Sample
}

// Add takes a finished request; the caller lets go of it. Records are written in the order of Add.
func (s *StepWriter) Add(r *Record) {
	s.mu.Lock()
	s.records = append(s.records, r)
	s.mu.Unlock()
}

// Sample takes a reading; it may be called beside Add.
func (s *StepWriter) Sample(x Sample) {
	s.mu.Lock()
	s.samples = append(s.samples, x)
	s.mu.Unlock()
}

// Finish labels each record with its phase, counts, writes every file and, last, makes the step exist by a rename. OK,
// Faults and Cohort are counted from the records; where meta says that more were sent than came here, the difference is
// added to Evidence.Dropped, as is every value that fits no HDR log.
func (s *StepWriter) Finish(meta StepMeta) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	meta.Version, meta.Step, meta.Files = Version, s.step, map[string]string{}
	for _, r := range s.records {
		r.Phase = meta.Window.Phase(r.Due)
	}
	meta.count(s.records)
	byMetric, dropped := logs(s.records, meta.Window)
	meta.Evidence.Dropped += dropped
	files := map[string]func(io.Writer) error{
		recordsFile: func(w io.Writer) error { return writeRecords(w, s.records) },
		samplesFile: func(w io.Writer) error { return writeSamples(w, s.samples) },
	}
	for name, log := range byMetric {
		files[name+".hlog"] = func(w io.Writer) error { return writeLog(w, log) }
	}
	for name, fill := range files {
		sum, err := writeFile(filepath.Join(s.partial, name), fill)
		if err != nil {
			return fmt.Errorf("step %s: %w", s.step.Name, err)
		}
		meta.Files[name] = sum
	}
	return s.appear(meta)
}

// appear writes step.json and renames the directory.
func (s *StepWriter) appear(meta StepMeta) error {
	data, err := encodeJSON(meta)
	if err != nil {
		return fmt.Errorf("step %s: %w", s.step.Name, err)
	}
	if err := replaceFile(filepath.Join(s.partial, stepFile), data); err != nil {
		return err
	}
	if err := os.Rename(s.partial, s.final); err != nil {
		return err
	}
	return syncDir(filepath.Dir(s.final))
}

// Abandon removes what was begun: the step never was.
func (s *StepWriter) Abandon() error { return os.RemoveAll(s.partial) }

// count accounts for every request.
func (m *StepMeta) count(records []*Record) {
	c := Counts{Sent: max(m.Counts.Sent, len(records)), Faults: map[Fault]int{}}
	for _, r := range records {
		if r.OK() {
			c.OK++
		} else {
			c.Faults[r.Fault]++
		}
		if r.Phase == Measure {
			c.Cohort++
		}
	}
	m.Counts = c
	m.Evidence.Dropped += c.Sent - len(records)
}
