package scenarios

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
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
	if data, err = asUTF8(data); err != nil {
		return fmt.Errorf("%s: %w", t.File, err)
	}
	stamps, err := t.stamps(data)
	if err != nil {
		return err
	}
	if err := t.backwards(stamps); err != nil {
		return err
	}
	return t.learn(stamps)
}

// choose takes the unit that the scenario gives, else what the stamps tell: milliseconds of Mooncake's traces and of
// clocks since 1970, else seconds.
func (t *Trace) choose(data []byte, first string) {
	if t.Unit != "" {
		return
	}
	v, err := strconv.ParseFloat(first, 64)
	switch {
	case mooncake(data[:min(len(data), 1<<14)]):
		t.Unit, t.Says = "ms", append(t.Says, "its stamps are read as milliseconds, as in Mooncake's traces")
		return
	case err != nil || v < 1e11:
		t.Unit = "s"
		return
	case v < 1e14:
		t.Unit = "ms"
	case v < 1e17:
		t.Unit = "us"
	default:
		t.Unit = "ns"
	}
	t.Says = append(t.Says, "its stamps are read as "+map[string]string{"ms": "milliseconds", "us": "microseconds",
		"ns": "nanoseconds"}[t.Unit]+" since 1970")
}

// fraction is a stamp that is no whole number.
var fraction = regexp.MustCompile(`"timestamp": *[0-9]+\.[0-9]*[1-9]`)

// mooncake tells a trace of Mooncake's form, whose stamps are milliseconds. Others with hash_ids, such as Bailian's,
// which names chats and turns, have seconds with fractions.
func mooncake(head []byte) bool {
	return bytes.Contains(head, []byte(`"hash_ids"`)) && !bytes.Contains(head, []byte(`"chat_id"`)) &&
		!fraction.Match(head)
}

// suspect says where stamps that are read as seconds look like milliseconds: whole numbers, minutes apart on average.
func (t *Trace) suspect(p *stampParser) {
	n := len(p.out)
	if p.dates || p.fractions || n < 2 || t.Unit != "s" {
		return
	}
	if span := slices.Max(p.out) - slices.Min(p.out); span > time.Hour && span/time.Duration(n) > 100*time.Second {
		t.Says = append(t.Says, fmt.Sprintf("read as seconds its %d stamps last %v: milliseconds would be %v (unit: ms)", n,
			span.Round(time.Minute), (span/1000).Round(time.Second)))
	}
}

// stamps reads times from CSV or JSON lines. Errors name the line.
func (t *Trace) stamps(data []byte) ([]time.Duration, error) {
	given := t.Unit != ""
	p := stampParser{begin: func(first string) float64 {
		t.choose(data, first)
		return map[string]float64{"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}[t.Unit]
	}}
	read := t.csv
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		read = t.jsonl
	}
	line, err := read(data, &p)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", t.File, line, err)
	}
	if t.lines = p.lines; !given {
		t.Unit = cmp.Or(t.Unit, "s") // of dates
		t.suspect(&p)
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
			return line, plainJSON(err)
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
		if err := p.add(line, strings.Trim(string(row[keys[k]]), `"`)); err != nil {
			return line, err
		}
	}
	return line, nil
}

func (t *Trace) csv(data []byte, p *stampParser) (line int, err error) {
	in := table(data)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
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
		if err := p.add(line, row[column]); err != nil {
			return line, err
		}
	}
}

// find is the index of the stamps' name; -1: not there.
func (t *Trace) find(names []string) int {
	for _, want := range t.names() {
		if i := slices.IndexFunc(names, func(n string) bool {
			return strings.EqualFold(strings.TrimSpace(n), want)
		}); i >= 0 {
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
	begin     func(first string) float64 // the unit of the stamps, ns
	unit      float64
	out       []time.Duration
	lines     []int
	dates     bool
	fractions bool      // a number was not whole
	zero      time.Time // of dates
	base      float64   // of numbers
}

// add takes a number in the unit, or a date with its time; all of a file are of one kind.
func (p *stampParser) add(line int, text string) error {
	text = strings.TrimSpace(text)
	at, dated := date(text)
	v, err := strconv.ParseFloat(text, 64)
	first := len(p.out) == 0
	if first {
		if p.dates, p.zero, p.base = dated, at, v; !dated {
			p.unit = p.begin(text)
		}
	}
	p.fractions = p.fractions || v != math.Trunc(v)
	switch {
	case p.dates && dated:
		p.out = append(p.out, at.Sub(p.zero))
	case !p.dates && err == nil && math.Abs((v-p.base)*p.unit) < math.MaxInt64/4:
		p.out = append(p.out, time.Duration(math.Round((v-p.base)*p.unit)))
	default:
		return fmt.Errorf("given %q, expected a number or a date with its time, as in the lines before", clip(text))
	}
	p.lines = append(p.lines, line)
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
