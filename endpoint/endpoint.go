// Package endpoint answers how a server is reached: dialling, TLS, the key, time limits, small gets and posts, and the
// streams that the generator measures. Keys live here only; redirects are never followed, so that a key goes nowhere
// else.
package endpoint

import (
	"crypto/tls"
	"net"
	"sync"

	"github.com/valyala/fasthttp"

	"loadgen/clock"
	"loadgen/scenarios"
)

// A Dial connects to "host:port".
type Dial func(addr string) (net.Conn, error)

// Options are what a Target does not tell.
type Options struct {
	Dial    Dial        // nil: TCP
	Key     string      // sent as a bearer token; empty: none
	Headers []header    // of every request
	TLS     *tls.Config // of https; nil: the system's roots
}

// A header is one header of every request. Its value is kept as secret as a key.
type header struct{ Name, Value string }

// An Endpoint is one server, reached over one kind of time. It is safe for concurrent use.
type Endpoint struct {
	clk     clock.Clock
	target  scenarios.Target
	place   place
	key     string
	headers []header
	dial    dialFunc
	tls     *tls.Config
	http    *fasthttp.HostClient
	metrics []page

	mu   sync.Mutex
	idle []*link // the last one was used last
}

// New returns the endpoint of a target. No connection is made; the only error is an unusable URL.
func New(clk clock.Clock, t scenarios.Target, o Options) (*Endpoint, error) {
	where, err := parsePlace(t.URL)
	if err != nil {
		return nil, err
	}
	e := newEndpoint(clk, t, o, where)
	return e, e.openMetrics(clk, o)
}

func newEndpoint(clk clock.Clock, t scenarios.Target, o Options, where place) *Endpoint {
	e := &Endpoint{clk: clk, target: t, place: where, key: o.Key, headers: o.Headers, tls: o.TLS, dial: dialler(o.Dial)}
	e.http = &fasthttp.HostClient{
		Addr:                      where.addr,
		IsTLS:                     where.tls,
		Transport:                 transport{},
		StreamResponseBody:        true,
		MaxIdemponentCallAttempts: 1, // nothing is sent twice inside one measurement
		Name:                      "loadgen",
		DisablePathNormalizing:    true,
		SecureErrorLogMessage:     true,
	}
	return e
}

// Target is what the endpoint was made from.
func (e *Endpoint) Target() scenarios.Target { return e.target }

// Close closes the connections that no call uses.
func (e *Endpoint) Close() {
	for _, p := range e.metrics {
		if p.Endpoint != e {
			p.Endpoint.Close()
		}
	}
	e.mu.Lock()
	idle := e.idle
	e.idle = nil
	e.mu.Unlock()
	for _, l := range idle {
		_ = l.conn.Close()
	}
}
