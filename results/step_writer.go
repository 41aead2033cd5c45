package results

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"loadgen/scenarios"
)

const (
	recordsFile = "records.parquet"
	samplesFile = "samples.parquet"
)

// A StepWriter writes one step while it is played: requests and readings go to their files as they come, and memory
// does not grow with the step. One of Finish and Abandon ends it.
type StepWriter struct {
	step           scenarios.Step
	partial, final string
	records        *spool[*Record]
	samples        *spool[Sample]
	count          *stepCount
}

func newStepWriter(step scenarios.Step, partial, final string) *StepWriter {
	count := newStepCount()
	counted := func(w io.Writer) (add func(*Record) error, end func() error) {
		write, end := encodeRecords(w)
		return func(r *Record) error {
			count.add(r)
			return write(r)
		}, end
	}
	return &StepWriter{step: step, partial: partial, final: final, count: count,
		records: startSpool(filepath.Join(partial, recordsFile), counted),
		samples: startSpool(filepath.Join(partial, samplesFile), encodeSamples)}
}

// Opened tells that the measuring window begins at an offset, Closed that it ends there. Who tells both when they are
// known saves Finish from reading the records back; what Finish is told counts.
func (s *StepWriter) Opened(at time.Duration) { s.count.start.Store(int64(at)) }

// Closed tells where the window that Opened began has ended.
func (s *StepWriter) Closed(at time.Duration) { s.count.end.Store(int64(at)) }

// Add takes a finished request, which nobody may change any more. Records are written in the order of Add. It waits
// only when thousands of records wait for the disk.
func (s *StepWriter) Add(r *Record) { s.records.put(r) }

// Sample takes a reading; it may be called beside Add.
func (s *StepWriter) Sample(x Sample) { s.samples.put(x) }

// Finish ends the files and, last, makes the step exist by a rename. OK, Faults and Cohort are counted from the
// records, and so are the HDR logs filled: while they came, where Opened and Closed had told the window of meta, else
// by reading them back. Where meta says that more were sent than came here, the difference is added to
// Evidence.Dropped, as is every value that fits no HDR log.
// The step is returned as OpenStep reads it.
func (s *StepWriter) Finish(meta StepMeta) (*Step, error) {
	meta.Version, meta.Step = Version, s.step
	for _, do := range []func(*StepMeta) error{s.close, s.sumUp, s.appear} {
		if err := do(&meta); err != nil {
			return nil, fmt.Errorf("step %s: %w", s.step.Name, err)
		}
	}
	return &Step{Dir: s.final, Meta: meta}, nil
}

// close ends both files. In virtual time, which stands still meanwhile, who waited for the disk is no news.
func (s *StepWriter) close(meta *StepMeta) error {
	records, err1 := s.records.finish()
	samples, err2 := s.samples.finish()
	if err1 != nil {
		return err1
	}
	meta.Files = map[string]string{recordsFile: records, samplesFile: samples}
	if !meta.Simulated {
		meta.Evidence.DiskWaits = int(s.records.waited.Load() + s.samples.waited.Load())
	}
	return err2
}

// sumUp takes the counts of the records and writes the logs.
func (s *StepWriter) sumUp(meta *StepMeta) error {
	count := s.count
	if !count.holds(meta.Window) {
		var err error
		if count, err = (&Step{Dir: s.partial, Meta: *meta}).counted(); err != nil {
			return err
		}
	}
	s.count = nil // who holds the writer need not hold the logs
	seen := count.seen
	if meta.Summary != nil { // there are no records to count
		seen = meta.Counts
	}
	lost := max(0, meta.Counts.Sent-seen.Sent)
	seen.Sent += lost
	meta.Counts = seen
	misfits, err := count.logs.finish(meta.Window, func(metric string, log []*Recorder) (err error) {
		file := metric + ".hlog"
		meta.Files[file], err = writeFile(filepath.Join(s.partial, file), func(w io.Writer) error { return writeLog(w, log) })
		return err
	})
	meta.Evidence.Dropped += lost + misfits
	return err
}

// counted counts a step's records anew.
func (s *Step) counted() (*stepCount, error) {
	c := newStepCount()
	c.start.Store(int64(s.Meta.Window.Start))
	c.end.Store(int64(s.Meta.Window.End))
	return c, s.Each(func(r *Record) error { c.add(r); return nil })
}

// appear writes step.json and renames the directory.
func (s *StepWriter) appear(meta *StepMeta) error {
	data, err := meta.encode()
	if err != nil {
		return err
	}
	return publish(s.partial, s.final, data)
}

// encode is step.json in today's format.
func (m StepMeta) encode() ([]byte, error) {
	m.Version, m.Sum = Version, ""
	return sealedJSON(m)
}

// publish makes a step exist: its step.json, then its name.
func publish(partial, final string, stepJSON []byte) error {
	if err := replaceFile(filepath.Join(partial, stepFile), stepJSON); err != nil {
		return err
	}
	if err := os.Rename(partial, final); err != nil {
		return err
	}
	return syncDir(filepath.Dir(final))
}

// Abandon removes what was begun: the step never was.
func (s *StepWriter) Abandon() error {
	_, _ = s.records.finish()
	_, _ = s.samples.finish()
	return os.RemoveAll(s.partial)
}
