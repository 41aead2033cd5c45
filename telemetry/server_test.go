package telemetry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/scenarios"
)

// A script answers paths after a delay; "" is no answer at all, and a path it does not hold is a 404.
type script struct {
	delay time.Duration
	body  func(path string) (string, bool)
}

// play runs f in virtual time against a scripted server and gives it an endpoint of it.
func play(t *testing.T, s script, target scenarios.Target, f func(clk clock.Clock, ep *endpoint.Endpoint)) {
	t.Helper()
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	network.Listen("server:80", func(p *memnet.Peer) {
		p.OnData = func(request []byte) {
			body, ok := s.body(strings.Fields(string(request))[1])
			status := "200 OK"
			if !ok {
				status = "404 Not Found"
			} else if body == "" {
				return
			}
			answer := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
			clk.AfterFunc(clk.Now()+s.delay, func() { p.Write([]byte(answer)) })
		}
	})
	err := clk.Run("main", func() {
		target.URL = "http://server"
		ep, err := endpoint.New(clk, target, endpoint.Options{Dial: network.Dial})
		if err != nil {
			t.Error(err)
			return
		}
		defer ep.Close()
		f(clk, ep)
	})
	if err != nil {
		t.Error(err)
	}
}
