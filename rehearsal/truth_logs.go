package rehearsal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loadgen/analysis"
	"loadgen/plots"
	"loadgen/simulator"
)

// TruthLogs are the simulators' own logs of what really happened, beside the run and read by no analysis:
// RUN/truth/TARGET.jsonl. A resumed run appends, and its times
// begin anew.
type TruthLogs struct {
	run   string
	files map[string]*lateFile
}

// NewTruthLogs keeps logs beside a run.
func NewTruthLogs(run string) *TruthLogs {
	return &TruthLogs{run, map[string]*lateFile{}}
}

// Open gives the log of a target; it is created once the run's directory exists.
func (l *TruthLogs) Open(target string) io.Writer {
	f := &lateFile{run: l.run, path: filepath.Join(l.run, "truth", target+".jsonl")}
	l.files[target] = f
	return f
}

// Close writes what the servers of a rehearsal hold back, and ends the logs.
func (l *TruthLogs) Close(r *Rehearsal) {
	for target, f := range l.files {
		if s := r.servers[target]; s != nil {
			_ = s.Flush() // a truth log that cannot be written costs nobody a measurement
		}
		f.close()
	}
}

// A lateFile is created once the run's directory exists, which must not be before the run creates it: what the quick test
// makes the servers write is kept until then.
type lateFile struct {
	run, path string
	kept      []byte
	f         *os.File
}

func (l *lateFile) Write(p []byte) (int, error) {
	if l.f != nil {
		return l.f.Write(p)
	}
	l.kept = append(l.kept, p...)
	if _, err := os.Stat(l.run); err != nil {
		return len(p), nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o777); err != nil {
		return 0, err
	}
	var err error
	if l.f, err = os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666); err != nil {
		return 0, err
	}
	_, err = l.f.Write(l.kept)
	l.kept = nil
	return len(p), err
}

func (l *lateFile) close() {
	if l.f != nil {
		_ = l.f.Close()
	}
}

// DrawTruth puts figures/truth-TARGET.png and .svg beside a run's other figures, where a simulator left its truth: for people to
// look at, read by no analysis and told in no report.
func DrawTruth(s *analysis.Study) error {
	for _, target := range s.Targets {
		f, err := os.Open(filepath.Join(s.Run.Dir, "truth", target.Target.Name+".jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		told, err := simulator.ReadTruth(f)
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("truth of %s: %w", target.Target.Name, err)
		}
		p, err := plots.Truth(s, target, trueRequests(told))
		if err != nil {
			return err
		}
		if p.Name == "" {
			continue
		}
		path := filepath.Join(s.Run.Dir, "figures", p.Name)
		if err := errors.Join(os.WriteFile(path+".png", p.PNG, 0o666), os.WriteFile(path+".svg", p.SVG, 0o666)); err != nil {
			return err
		}
	}
	return nil
}

// trueRequests is what a figure needs of a truth log.
func trueRequests(told simulator.Truth) map[string]plots.TrueRequest {
	out := make(map[string]plots.TrueRequest, len(told.Requests))
	for id, q := range told.Requests {
		out[id] = plots.TrueRequest{Arrived: q.Arrived, Tokens: q.Tokens}
	}
	return out
}
