package generator_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
)

// schedule is a Pacer of given due times: plain vegeta, driven by our schedule.
type schedule []time.Duration

func (s schedule) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if hits >= uint64(len(s)) {
		return 0, true
	}
	return max(0, s[hits]-elapsed), false
}

func (s schedule) Rate(time.Duration) float64 { return 0 }

// The same schedule against the same server, by plain vegeta and by ours: as many requests, and the same mean E2E to
// the nanosecond. Both run on the wall clock in a bubble.
func TestVegetaAgrees(t *testing.T) {
	due := poisson(50, 1000)
	play := func(send func(l *pipes) (n int, sum time.Duration)) (n int, sum time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
			srv := &http.Server{Handler: pace{30 * time.Millisecond, 2 * time.Millisecond}}
			go func() { _ = srv.Serve(l) }()
			n, sum = send(l)
			_ = srv.Close()
			time.Sleep(time.Second)
		})
		return n, sum
	}
	theirs, theirSum := play(func(l *pipes) (n int, sum time.Duration) {
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return l.Dial("")
		}, MaxIdleConnsPerHost: 1000}
		var k atomic.Int64
		targeter := func(to *vegeta.Target) error {
			to.Method, to.URL = "POST", "http://sim/v1/completions"
			to.Body = fmt.Appendf(nil, `{"max_tokens":%d}`, prompts(-1, int(k.Add(1)-1)).MaxTokens)
			return nil
		}
		for r := range vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: transport}),
			vegeta.Workers(1)).Attack(targeter, schedule(due), 0, "") {
			if r.Code != 200 || r.Error != "" {
				t.Error(r.Code, r.Error)
			}
			n++
			sum += r.Latency
		}
		transport.CloseIdleConnections()
		return n, sum
	})
	ours, ourSum := play(func(l *pipes) (n int, sum time.Duration) {
		clk := clock.NewWall()
		ep, err := endpoint.New(clk, scenarios.Target{URL: "http://sim"}, endpoint.Options{Dial: l.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer ep.Close()
		_ = clk.Run("main", func() {
			_ = generator.Start(context.Background(), clk, ep, generator.Load{Loop: scenarios.Open, Due: due, Prompt: prompts},
				func(r *results.Record) {
					e2e, ok := r.E2E()
					if !ok {
						t.Errorf("%+v", r)
					}
					n++
					sum += e2e
				}).Wait(context.Background())
		})
		return n, sum
	})
	if ours != theirs || ourSum != theirSum {
		t.Errorf("ours: %d requests, %v in all; vegeta: %d, %v", ours, ourSum, theirs, theirSum)
	}
}
