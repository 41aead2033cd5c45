package results

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A logBook fills a recorder per metric that has a log and class of the cohort.
type logBook map[string]map[string]*logged // by class, then by metric

// A logged is the times of one recorder: as they are while there are few, since a recorder takes 200 KB.
type logged struct {
	tag  string
	few  []time.Duration
	many *Recorder
}

// fewTimes take 32 KB.
const fewTimes = 4096

func (l *logged) add(d time.Duration) {
	if l.many == nil && len(l.few) < fewTimes {
		l.few = append(l.few, d)
		return
	}
	l.recorder().Add(d)
}

// recorder holds all that was added.
func (l *logged) recorder() *Recorder {
	if l.many == nil {
		l.many = NewRecorder(l.tag)
		for _, d := range l.few {
			l.many.Add(d)
		}
		l.few = nil
	}
	return l.many
}

func newLogBook() logBook { return logBook{} }

// add records a request's values, if it is of the cohort.
func (b logBook) add(r *Record) {
	if r.Phase != Measure {
		return
	}
	mine, known := b[r.Class]
	if !known {
		mine = map[string]*logged{}
		b[r.Class] = mine
	}
	for _, m := range Metrics {
		if !m.Log {
			continue
		}
		one := mine[m.Name]
		if one == nil {
			one = &logged{tag: m.Name + "/" + tag(r.Class)}
			mine[m.Name] = one
		}
		if m.Gaps {
			for _, a := range r.Arrivals[min(1, len(r.Arrivals)):] {
				one.add(a.Gap)
			}
		} else if s, ok := m.Of(r); ok {
			one.add(time.Duration(math.Round(s * 1e9)))
		}
	}
}

// finish returns, per metric, a recorder of the whole cohort and then one per class in the order of their names, and
// counts the values that fit none. Times in them count from the step's start.
func (b logBook) finish(window Window) (byMetric map[string][]*Recorder, dropped int) {
	byMetric = map[string][]*Recorder{}
	for _, m := range Metrics {
		if !m.Log {
			continue
		}
		whole := NewRecorder(m.Name)
		log := []*Recorder{whole}
		for _, class := range slices.Sorted(maps.Keys(b)) {
			one := b[class][m.Name].recorder()
			whole.Merge(one)
			log = append(log, one)
		}
		for _, r := range log {
			r.hist.SetStartTimeMs(window.Start.Milliseconds())
			r.hist.SetEndTimeMs(window.End.Milliseconds())
		}
		byMetric[m.Name] = log
		dropped += whole.dropped
	}
	return byMetric, dropped
}

// tag spells a class so that it can stand in a log: there commas, spaces and line breaks end a tag.
func tag(class string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(", \t\r\n/", r) {
			return '_'
		}
		return r
	}, class)
}

// Log reads a metric's HDR log: the whole cohort first, then each class in the order of their names.
func (s *Step) Log(metric string) ([]*Recorder, error) {
	name := metric + ".hlog"
	data, err := s.read(name)
	if err != nil {
		return nil, err
	}
	log, err := readLog(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(s.Dir, name), err)
	}
	return log, nil
}

func readLog(data []byte) (log []*Recorder, err error) {
	defer func() {
		if p := recover(); p != nil { // the reader panics on some broken logs
			err = fmt.Errorf("unreadable HDR log: %v", p)
		}
	}()
	in := hdr.NewHistogramLogReader(bytes.NewReader(data))
	for {
		h, err := in.NextIntervalHistogram()
		if h == nil || err != nil {
			return log, err
		}
		log = append(log, &Recorder{hist: h})
	}
}
