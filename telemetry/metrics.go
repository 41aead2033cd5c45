// Package telemetry is what server and host felt: a server's /metrics and what it tells of itself, GPUs, this process
// and this machine. Any source may fail, lag or vanish: the samples say so, and the run goes on.
package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loadgen/results"
	"loadgen/vllm"
)

// A parser reads the /metrics pages of one server. It remembers what each series' name and labels mean, because they
// are the same every second: a page costs a twentieth of what parsing it anew does.
type parser struct {
	known map[string]series
	model string
}

// A series is what the text in front of a value means.
type series struct {
	signal int    // index in vllm.Signals
	rank   int    // 0: today's name; 1, …: an alias
	label  string // of the sample
	model  string // of vLLM's label model_name
}

// newParser returns a parser that knows nothing yet. Of a page that tells of several models it reads this one's series.
func newParser(model string) *parser { return &parser{known: map[string]series{}, model: model} }

// errOtherModels is a page of several models, none of which is the one that is asked for.
var errOtherModels = errors.New("it tells of several other models")

// parse returns the series of vllm.Signals, in their order, by today's names, all read at at. Where a signal stands
// under several names, the newest one is taken. Series that differ only in the engine are added up; of KV usage, which
// is a ratio, the fullest engine's is taken. A page of another kind has no such series, and is no error.
func (p *parser) parse(body []byte, at time.Duration) ([]results.Sample, error) {
	type reading struct {
		series
		value float64
	}
	var all []reading
	var models []string
	for line := range bytes.Lines(body) {
		name, value := split(line)
		if !wanted(name) {
			continue
		}
		s, err := p.series(name)
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(string(value), 64)
		if err != nil {
			return nil, fmt.Errorf("not Prometheus text: %s has the value %q", name, value)
		}
		if all = append(all, reading{s, v}); s.model != "" && !slices.Contains(models, s.model) {
			models = append(models, s.model)
		}
	}
	if len(models) > 1 && p.model != "" && !slices.Contains(models, p.model) {
		return nil, errOtherModels
	}
	found := make([]signal, len(vllm.Signals))
	for _, r := range all {
		if len(models) < 2 || p.model == "" || r.model == "" || r.model == p.model {
			found[r.signal].add(r.series, r.value)
		}
	}
	var out []results.Sample
	for i := range found {
		for _, x := range found[i].samples {
			x.At = at
			out = append(out, x)
		}
	}
	return out, nil
}

// split cuts a line into the series, labels included, and its value; a time behind the value is left out.
func split(line []byte) (name, value []byte) {
	end := bytes.LastIndexByte(line, '}') + 1
	if end == 0 {
		end = max(0, bytes.IndexByte(line, ' '))
	}
	value, _, _ = bytes.Cut(bytes.TrimSpace(line[end:]), []byte(" "))
	return line[:end], value
}

// wanted reports whether a series belongs to a signal.
func wanted(name []byte) bool {
	if end := bytes.IndexByte(name, '{'); end >= 0 {
		name = name[:end]
	}
	_, ok := names[string(name)]
	return ok
}

// series looks up what a name with labels means, or finds it out.
func (p *parser) series(name []byte) (series, error) {
	if s, ok := p.known[string(name)]; ok {
		return s, nil
	}
	text := expfmt.NewTextParser(model.UTF8Validation)
	families, err := text.TextToMetricFamilies(strings.NewReader(string(name) + " 0\n"))
	if err != nil {
		return series{}, fmt.Errorf("not Prometheus text: %w", err)
	}
	var s series
	for name, family := range families {
		s = names[name]
		for _, l := range family.Metric[0].Label {
			s.label += label(l.GetName(), l.GetValue())
			if l.GetName() == "model_name" {
				s.model = l.GetValue()
			}
		}
	}
	p.known[string(name)] = s
	return s, nil
}

// label keeps what tells series of one name apart, engine and model aside.
func label(name, value string) string {
	switch name {
	case "le":
		if bound, err := strconv.ParseFloat(value, 64); err == nil {
			value = strconv.FormatFloat(bound, 'g', -1, 64)
		}
	case "reason", "finished_reason":
	default:
		return ""
	}
	return name + "=" + value
}

// names are the first words of the lines that are read. Buckets are read of three histograms only: those of the others
// begin at 0.3 s, or do not mean what they seem to.
var names = seriesNames()

func seriesNames() map[string]series {
	out := map[string]series{}
	for i, signal := range vllm.Signals {
		if signal.Name == vllm.CacheConfig {
			continue // labels, not numbers: Inspect reads them
		}
		for rank, name := range append([]string{signal.Name}, signal.Aliases...) {
			out[name] = series{signal: i, rank: rank}
			out[name+"_sum"], out[name+"_count"] = series{signal: i, rank: rank, label: "sum"},
				series{signal: i, rank: rank, label: "count"}
			if slices.Contains([]string{vllm.TTFTSeconds, vllm.ITLSeconds, vllm.E2ESeconds}, signal.Name) {
				out[name+"_bucket"] = series{signal: i, rank: rank}
			}
		}
	}
	return out
}

// A signal is one quantity while its page is read: a sample for each label, in the order in which they came.
type signal struct {
	rank    int
	samples []results.Sample
}

func (g *signal) add(s series, v float64) {
	if len(g.samples) == 0 || s.rank < g.rank {
		g.rank, g.samples = s.rank, g.samples[:0]
	}
	if s.rank > g.rank {
		return
	}
	name := vllm.Signals[s.signal].Name
	i := slices.IndexFunc(g.samples, func(x results.Sample) bool { return x.Label == s.label })
	switch {
	case i < 0:
		g.samples = append(g.samples, results.Sample{Source: results.Server, Name: name, Label: s.label, Value: v})
	case name == vllm.KVUsage:
		g.samples[i].Value = max(g.samples[i].Value, v)
	default:
		g.samples[i].Value += v
	}
}
