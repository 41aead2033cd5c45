package main

import (
	"io"
	"os"
	"path/filepath"

	"loadgen/simulator"
)

// truthLogs are the simulators' own logs of what really happened, beside the run and read by no analysis:
// RUN/truth/TARGET.jsonl.
type truthLogs struct {
	dir   string
	files map[string]*lateFile
}

func newTruthLogs(run string) *truthLogs {
	return &truthLogs{filepath.Join(run, "truth"), map[string]*lateFile{}}
}

func (l *truthLogs) open(target string) io.Writer {
	f := &lateFile{path: filepath.Join(l.dir, target+".jsonl")}
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

// A lateFile is created with its first byte: a run directory must not exist before the run creates it.
type lateFile struct {
	path string
	f    *os.File
}

func (l *lateFile) Write(p []byte) (int, error) {
	if l.f == nil {
		if err := os.MkdirAll(filepath.Dir(l.path), 0o777); err != nil {
			return 0, err
		}
		var err error
		if l.f, err = os.Create(l.path); err != nil {
			return 0, err
		}
	}
	return l.f.Write(p)
}

func (l *lateFile) close() {
	if l.f != nil {
		_ = l.f.Close()
	}
}
