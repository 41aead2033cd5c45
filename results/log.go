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

// recorder holds all that is added.
func (l *logged) recorder() *Recorder {
	if l.many == nil {
		l.many = l.in(NewRecorder(l.tag))
		l.few = nil
	}
	return l.many
}

// in is a recorder of all that was added: the one that is lent where there is none yet.
func (l *logged) in(lent *Recorder) *Recorder {
	if l.many != nil {
		return l.many
	}
	lent.clear(l.tag)
	for _, d := range l.few {
		lent.Add(d)
	}
	return lent
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

// finish hands over, metric by metric, a recorder of the whole cohort and then one per class in the order of their
// names, all for the time of the call, and counts the values that fit none. Times in them count from the step's start.
func (b logBook) finish(window Window, take func(metric string, log []*Recorder) error) (dropped int, err error) {
	classes := slices.Sorted(maps.Keys(b))
	lent := make([]*Recorder, 1+len(classes)) // for one metric after the other: each takes 200 KB
	for i := range lent {
		lent[i] = NewRecorder("")
	}
	for _, m := range Metrics {
		if !m.Log {
			continue
		}
		whole := lent[0]
		whole.clear(m.Name)
		log := []*Recorder{whole}
		for i, class := range classes {
			one := b[class][m.Name].in(lent[1+i])
			whole.Merge(one)
			log = append(log, one)
		}
		for _, r := range log {
			r.hist.SetStartTimeMs(window.Start.Milliseconds())
			r.hist.SetEndTimeMs(window.End.Milliseconds())
		}
		dropped += whole.dropped
		if err := take(m.Name, log); err != nil {
			return dropped, err
		}
	}
	return dropped, nil
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
