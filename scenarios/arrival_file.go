package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// traceMost bounds a trace's file, bytes.
const traceMost = 256 << 20

// Names of the stamps in recordings of others, in the order of preference; any case.
var stampNames = []string{"timestamp", "arrived_at", "arrival", "arrival_time", "time", "start_time", "created_at"}

// load reads the file of stamps, which lies beside the scenario.
func (t *Trace) load(scenario string) error {
	path := t.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(scenario), path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > traceMost {
		return fmt.Errorf("%s: expected a file of at most %d MiB", t.File, traceMost>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	t.SHA = hex.EncodeToString(sum[:])
	stamps, err := t.stamps(data)
	if err != nil {
		return err
	}
	return t.learn(stamps)
}

// stamps reads times from CSV or JSON lines. Errors name the line.
func (t *Trace) stamps(data []byte) ([]time.Duration, error) {
	p := stampParser{unit: map[string]float64{"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}[t.Unit]}
	read := t.csv
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		read = t.jsonl
	}
	line, err := read(data, &p)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", t.File, line, err)
	}
	return p.out, nil
}

func (t *Trace) jsonl(data []byte, p *stampParser) (line int, err error) {
	for text := range bytes.Lines(data) {
		if line++; len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var row map[string]json.RawMessage
		if err := json.Unmarshal(text, &row); err != nil {
			return line, err
		}
		var keys []string
		for k := range row {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		k := t.find(keys)
		if k < 0 {
			return line, fmt.Errorf("no key %s", t.wanted())
		}
		if err := p.add(strings.Trim(string(row[keys[k]]), `"`)); err != nil {
			return line, err
		}
	}
	return line, nil
}

func (t *Trace) csv(data []byte, p *stampParser) (line int, err error) {
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord, in.ReuseRecord, in.TrimLeadingSpace = -1, true, true
	column := -1
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return line, nil
		}
		if err != nil {
			return line + 1, err
		}
		line, _ = in.FieldPos(0)
		if column < 0 { // the first line may be a head
			if column = t.find(row); column >= 0 {
				continue
			}
			if column = 0; t.Column != "" {
				return line, fmt.Errorf("no column %s", t.wanted())
			}
		}
		if column >= len(row) {
			return line, fmt.Errorf("expected %d columns at least, got %d", column+1, len(row))
		}
		if err := p.add(row[column]); err != nil {
			return line, err
		}
	}
}

// find is the index of the stamps' name; -1: not there.
func (t *Trace) find(names []string) int {
	for _, want := range t.names() {
		if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), want) }); i >= 0 {
			return i
		}
	}
	return -1
}

func (t *Trace) names() []string {
	if t.Column != "" {
		return []string{t.Column}
	}
	return stampNames
}

func (t *Trace) wanted() string { return strings.Join(t.names(), ", ") }

// A stampParser turns texts into times since the first.
type stampParser struct {
	unit  float64 // ns
	out   []time.Duration
	dates bool
	zero  time.Time // of dates
	base  float64   // of numbers
}

// add takes a number in the unit, or a date with its time; all of a file are of one kind.
func (p *stampParser) add(text string) error {
	text = strings.TrimSpace(text)
	at, dated := date(text)
	v, err := strconv.ParseFloat(text, 64)
	first := len(p.out) == 0
	if first {
		p.dates, p.zero, p.base = dated, at, v
	}
	switch {
	case p.dates && dated:
		p.out = append(p.out, at.Sub(p.zero))
	case !p.dates && err == nil && math.Abs((v-p.base)*p.unit) < math.MaxInt64/4:
		p.out = append(p.out, time.Duration(math.Round((v-p.base)*p.unit)))
	default:
		return fmt.Errorf("given %q, expected a number or a date with its time, as in the lines before", text)
	}
	return nil
}

func date(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04:05Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
