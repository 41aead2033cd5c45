package rehearsal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"loadgen/analysis"
	"loadgen/plots"
	"loadgen/results"
	"loadgen/simulator"
)

// truthLogs are the simulators' own logs of what really happened, beside the run and read by no analysis:
// RUN/truth/TARGET.jsonl.gz. A resumed run appends, and its times
// begin anew.
type truthLogs struct {
	run   string
	files map[string]*lateFile
}

// NewTruthLogs keeps logs beside a run.
func NewTruthLogs(run string) *truthLogs {
	return &truthLogs{run, map[string]*lateFile{}}
}

// Open gives the log of a target; it is created once the run's directory exists.
func (l *truthLogs) Open(target string) io.Writer {
	f := &lateFile{run: l.run, path: filepath.Join(l.run, "truth", target+".jsonl.gz")}
	l.files[target] = f
	return f
}

// Close writes what the servers of rehearsals hold back, and ends the logs.
func (l *truthLogs) Close(all []*Rehearsal) {
	for _, r := range all {
		for _, s := range r.servers {
			_ = s.Flush() // a truth log that cannot be written costs nobody a measurement
		}
	}
	for _, f := range l.files {
		f.close()
	}
}

// A lateFile is created once the run's directory exists, which must not be before the run creates it: what the quick
// test makes the servers write is kept until then. It is compressed beside the rehearsal, which uses one core.
type lateFile struct {
	run, path string
	kept      []byte
	file      *os.File
	full      chan []byte // to be compressed
	empty     chan []byte // that were
	done      chan struct{}
}

// truthPiece is how much is compressed at a time, bytes.
const truthPiece = 1 << 20

func (l *lateFile) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p...)
	if l.file == nil {
		if _, err := os.Stat(l.run); err != nil {
			return len(p), nil
		}
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	if len(l.kept) >= truthPiece {
		l.full <- l.kept
		l.kept = <-l.empty
	}
	return len(p), nil
}

func (l *lateFile) open() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	l.file, l.full, l.empty, l.done = f, make(chan []byte, 2), make(chan []byte, 3), make(chan struct{})
	for range cap(l.empty) - 1 {
		l.empty <- nil
	}
	go func() {
		defer close(l.done)
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is one
		for piece := range l.full {
			_, _ = z.Write(piece) // a truth log that cannot be written costs nobody a measurement
			l.empty <- piece[:0]
		}
		_ = z.Close()
	}()
	return nil
}

func (l *lateFile) close() {
	if l.file == nil {
		return
	}
	l.full <- l.kept
	close(l.full)
	<-l.done
	_ = l.file.Close()
}

// DrawTruth puts figures/truth-TARGET.png and .svg beside a run's other figures, where a simulator left its truth: for
// people to look at, read by no analysis and told in no report.
func DrawTruth(s *analysis.Study) error {
	for _, target := range s.Targets {
		p, err := truthOf(s, target)
		if err != nil {
			return fmt.Errorf("truth of %s: %w", target.Target.Name, err)
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

// truthOf is the figure of one target; it has no name where the simulator left nothing.
func truthOf(s *analysis.Study, target *analysis.TargetStudy) (p plots.Picture, err error) {
	log, err := os.ReadFile(filepath.Join(s.Run.Dir, "truth", target.Target.Name+".jsonl.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	inputs := []any{s.Run.Inputs(), fmt.Sprintf("%x", sha256.Sum256(log))}
	return results.Through(s.Run.Kept(), "truth-"+target.Target.Name, inputs, func() (p plots.Picture, err error) {
		var told simulator.Truth
		z, err := gzip.NewReader(bytes.NewReader(log))
		if err == nil {
			told, err = simulator.ReadTruth(z)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrHeader) { // the rehearsal was killed
			return p, nil
		}
		if err != nil {
			return p, err
		}
		return plots.Truth(s, target, trueRequests(told))
	})
}

// trueRequests is what a figure needs of a truth log.
func trueRequests(told simulator.Truth) map[string]plots.TrueRequest {
	out := make(map[string]plots.TrueRequest, len(told.Requests))
	for id, q := range told.Requests {
		out[id] = plots.TrueRequest{Arrived: q.Arrived, Tokens: q.Tokens}
	}
	return out
}
