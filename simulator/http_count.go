package simulator

import (
	"slices"
	"sync"
	"time"
)

// httpCounts are the numbers of prometheus-fastapi-instrumentator. Rows stay in the order in which they were first
// seen.
type httpCounts struct {
	mu       sync.Mutex
	requests []httpRow // by handler, method and status
	sizes    []httpRow // by handler
	times    []httpRow // by handler and method
	all      histogram
}

type httpRow struct {
	labels   []string
	n        int
	in, out  int
	duration histogram
}

// uncounted handlers are those the instrumentator is told to leave out.
var uncounted = []string{"/metrics", "/health", "/load", "/ping", "/version", "/server_info"}

// Bounds of the two duration histograms, in seconds.
var (
	httpBounds     = []float64{.1, .5, 1}
	httpFineBounds = []float64{.01, .025, .05, .075, .1, .25, .5, .75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60}
)

func row(rows *[]httpRow, labels ...string) *httpRow {
	for i := range *rows {
		if slices.Equal((*rows)[i].labels, labels) {
			return &(*rows)[i]
		}
	}
	*rows = append(*rows, httpRow{labels: labels, duration: newHistogram(httpBounds...)})
	return &(*rows)[len(*rows)-1]
}

// A counted reply tells the counts when it ends.
type counted struct {
	reply
	s               *Server
	handler, method string
	in              int
	begun           time.Duration
}

func (c *counted) whole(status int, kind string, body []byte, headers ...string) {
	c.count(status, len(body))
	c.reply.whole(status, kind, body, headers...)
}

func (c *counted) end() {
	c.count(200, 0) // a stream has no content-length
	c.reply.end()
}

func (c *counted) count(status, out int) {
	if slices.Contains(uncounted, c.handler) {
		return
	}
	h := &c.s.http
	h.mu.Lock()
	defer h.mu.Unlock()
	row(&h.requests, "handler", c.handler, "method", c.method, "status", sprint("%dxx", status/100)).n++
	size := row(&h.sizes, "handler", c.handler)
	size.n, size.in, size.out = size.n+1, size.in+c.in, size.out+out
	took := (c.s.clk.Now() - c.begun).Seconds()
	row(&h.times, "handler", c.handler, "method", c.method).duration.observe(took)
	h.all.observe(took)
}

func httpRequests(w *page, s *Server) {
	for _, r := range s.http.requests {
		w.sample("", float64(r.n), r.labels...)
	}
}

func httpSizes(of func(httpRow) int) func(*page, *Server) {
	return func(w *page, s *Server) {
		for _, r := range s.http.sizes {
			w.sample("_count", float64(r.n), r.labels...)
			w.sample("_sum", float64(of(r)), r.labels...)
		}
	}
}

func httpFine(w *page, s *Server) { w.buckets(&s.http.all, nil, nil) }

func httpDurations(w *page, s *Server) {
	for _, r := range s.http.times {
		w.buckets(&r.duration, r.labels[:2], r.labels[2:])
	}
}
