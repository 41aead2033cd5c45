package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loadgen/analysis"
	"loadgen/plots"
	"loadgen/simulator"
)

// truthLogs are the simulators' own logs of what really happened, beside the run and read by no analysis:
// RUN/truth/TARGET.jsonl. A resumed run appends, and its times
// begin anew.
type truthLogs struct {
	run   string
	files map[string]*lateFile
}

func newTruthLogs(run string) *truthLogs {
	return &truthLogs{run, map[string]*lateFile{}}
}

func (l *truthLogs) open(target string) io.Writer {
	f := &lateFile{run: l.run, path: filepath.Join(l.run, "truth", target+".jsonl")}
	l.files[target] = f
	return f
}

func (l *truthLogs) close(servers map[string]*simulator.Server) {
	for target, f := range l.files {
		if s := servers[target]; s != nil {
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

// drawTruth puts figures/truth-TARGET.png and .svg beside a run's other figures, where a simulator left its truth: for people to
// look at, read by no analysis and told in no report.
func drawTruth(s *analysis.Study) error {
	for _, target := range s.Targets {
		f, err := os.Open(filepath.Join(s.Run.Dir, "truth", target.Target.Name+".jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		p, err := plots.Truth(s, target, f)
		_ = f.Close()
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
