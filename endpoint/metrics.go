package endpoint

import "loadgen/clock"

// A page is where metrics of a target stand.
type page struct {
	Endpoint *Endpoint
	Path     string
}

// Metrics are the pages with the target's metrics: /metrics of the server itself, or those that the scenario names.
func (e *Endpoint) Metrics() []page {
	if len(e.metrics) == 0 {
		return []page{{e, "/metrics"}}
	}
	return e.metrics
}

// openMetrics makes endpoints of the pages that the scenario names. Subtle: key and headers go to the target's own host
// only.
func (e *Endpoint) openMetrics(clk clock.Clock, o Options) error {
	for _, raw := range e.target.Metrics {
		where, err := parsePlace(raw)
		if err != nil {
			return err
		}
		path := where.base
		if where.base = ""; path == "" {
			path = "/metrics"
		}
		own := o
		if where.addr != e.place.addr || where.tls != e.place.tls {
			own.Key, own.Headers = "", nil
		}
		t := e.target
		t.URL, t.Metrics = where.url(""), nil
		e.metrics = append(e.metrics, page{newEndpoint(clk, t, own, where), path})
	}
	return nil
}
