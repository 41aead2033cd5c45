package telemetry

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// A page takes 50 ms. The step starts at 10 s and is watched from 10.3 s every second, until it is stopped at 12.5 s:
// so readings are complete at 0.35, 1.05, 2.05 and 2.55 s of the step.
func TestAWatchReadsAtTheStartEveryPeriodAndAtTheEnd(t *testing.T) {
	reads := 0
	server := script{50 * time.Millisecond, func(string) (string, bool) {
		reads++
		return fmt.Sprintf("vllm:num_requests_running{engine=\"0\"} %d\n", reads), true
	}}
	var got []results.Sample
	play(t, server, scenarios.Target{}, func(clk clock.Clock, ep *endpoint.Endpoint) {
		ctx := context.Background()
		_ = clk.SleepUntil(ctx, 10300*time.Millisecond)
		w := Start(ctx, clk, ep, 10*time.Second, time.Second, func(s results.Sample) { got = append(got, s) })
		_ = clk.SleepUntil(ctx, 12500*time.Millisecond)
		w.Stop()
		if clk.Now() != 12550*time.Millisecond {
			t.Errorf("stopped at %v", clk.Now())
		}
	})
	var want []results.Sample
	for i, ms := range []time.Duration{350, 1050, 2050, 2550} {
		at := ms * time.Millisecond
		want = append(want, results.Sample{At: at, Source: results.Server, Name: scrape, Value: 0.05},
			results.Sample{At: at, Source: results.Server, Name: vllm.Running, Value: float64(i + 1)})
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// The server answers, then falls silent (its readings end after the period), then is a 404, then no text at all, and
// then comes back.
func TestAServerMayVanishAndComeBack(t *testing.T) {
	reads := 0
	page := "vllm:num_requests_running 1\n"
	server := script{0, func(string) (string, bool) {
		reads++
		switch reads {
		case 2:
			return "", true
		case 3:
			return "", false
		case 4:
			return "vllm:num_requests_running{ 1\n", true
		}
		return page, true
	}}
	var got []string
	play(t, server, scenarios.Target{}, func(clk clock.Clock, ep *endpoint.Endpoint) {
		w := Start(context.Background(), clk, ep, 0, time.Second, func(s results.Sample) {
			got = append(got, fmt.Sprintf("%v %s %v %s", s.At, s.Name, s.Missing, s.Label))
		})
		_ = clk.SleepUntil(context.Background(), 5500*time.Millisecond)
		w.Stop()
	})
	want := []string{
		"0s scrape false ", "0s vllm:num_requests_running false ",
		"2s scrape true timeout", // begun at 1 s
		"3s scrape true status 404", "4s scrape true malformed",
		"5s scrape false ", "5s vllm:num_requests_running false ", "5.5s scrape false ",
		"5.5s vllm:num_requests_running false ",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	play(t, script{0, func(string) (string, bool) { return "x 1\n", true }}, scenarios.Target{},
		func(clk clock.Clock, ep *endpoint.Endpoint) {
			ctx, cancel := context.WithCancel(context.Background())
			n := 0
			w := Start(ctx, clk, ep, 0, time.Second, func(results.Sample) { n++ })
			clk.AfterFunc(1500*time.Millisecond, cancel)
			_ = clk.SleepUntil(context.Background(), time.Minute)
			w.Stop()
			if n != 2 || clk.Now() != time.Minute {
				t.Errorf("%d readings until %v", n, clk.Now())
			}
		})
}
