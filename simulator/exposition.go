package simulator

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// A family is one metric of /metrics.
type family struct {
	name, kind, help string
	write            func(w *page, s *Server)
}

// A page is the text of /metrics while it is written.
type page struct {
	out  []byte
	name string // of the family
}

// exposition appends /metrics to out.
func (s *Server) exposition(out []byte) []byte {
	w := &page{out: out}
	s.engine.Do(func() {
		s.http.mu.Lock()
		defer s.http.mu.Unlock()
		for _, f := range families {
			if len(s.fronts) > 1 && strings.HasPrefix(f.name, "process_") {
				continue // Prometheus' multiprocess mode knows no process
			}
			w.name = f.name
			w.out = append(append(append(append(w.out, "# HELP "...), f.name...), ' '), f.help...)
			w.out = append(append(append(append(w.out, "\n# TYPE "...), f.name...), ' '), f.kind...)
			w.out = append(w.out, '\n')
			f.write(w, s)
		}
	})
	return w.out
}

// sample writes one line; pairs are label names and values in alphabetical order.
func (w *page) sample(suffix string, v float64, pairs ...string) {
	w.out = append(append(w.out, w.name...), suffix...)
	for i := 0; i < len(pairs); i += 2 {
		open := byte(',')
		if i == 0 {
			open = '{'
		}
		w.out = append(append(append(w.out, open), pairs[i]...), `="`...)
		w.out = append(append(w.out, escape(pairs[i+1])...), '"')
	}
	if len(pairs) > 0 {
		w.out = append(w.out, '}')
	}
	w.out = append(appendNumber(append(w.out, ' '), v), '\n')
}

func escape(s string) string {
	if !strings.ContainsAny(s, "\\\"\n") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
}

// appendNumber writes a float as Python does: with a point.
func appendNumber(out []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return append(strconv.AppendInt(out, int64(v), 10), ".0"...)
	}
	s := strconv.FormatFloat(v, 'g', 17, 64)
	if short := strconv.FormatFloat(v, 'f', -1, 64); len(short) <= len(s) {
		s = short
	}
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return append(out, s...)
}

// buckets writes a histogram; before and after are the labels left and right of le.
func (w *page) buckets(h *histogram, before, after []string) {
	n := uint64(0)
	labels := slices.Concat(before, []string{"le", ""}, after)
	for i, c := range h.counts {
		n += c
		labels[len(before)+1] = h.les[i]
		w.sample("_bucket", float64(n), labels...)
	}
	all := slices.Concat(before, after)
	w.sample("_count", float64(h.n), all...)
	w.sample("_sum", h.sum, all...)
}

// single is a family of one series.
func single(of func(s *Server) float64) func(*page, *Server) {
	return func(w *page, s *Server) { w.sample("", of(s), "engine", "0", "model_name", s.set.served) }
}

// zero is a family of things that do not happen here.
func zero(w *page, s *Server) { w.sample("", 0, "engine", "0", "model_name", s.set.served) }

// histo is a family of one histogram.
func histo(of func(m *metrics) *histogram) func(*page, *Server) {
	return func(w *page, s *Server) {
		w.buckets(of(&s.metrics), []string{"engine", "0"}, []string{"model_name", s.set.served})
	}
}

// labelled is a family with a series for each value of one label that comes after model_name.
func labelled(label string, values []string, of func(s *Server, i int) float64) func(*page, *Server) {
	return func(w *page, s *Server) {
		for i, v := range values {
			w.sample("", of(s, i), "engine", "0", "model_name", s.set.served, label, v)
		}
	}
}
