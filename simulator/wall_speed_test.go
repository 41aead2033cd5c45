package simulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/simulator/machine"
)

// BenchmarkWall is streams over loopback at speed 1 on the wall clock, and how late the server's steps were. Clients
// run in the same process and take their share of the cores. "H100" is a real profile, whose API server bounds it;
// "100tok" takes 10 ms for every step.
func BenchmarkWall(b *testing.B) {
	even := machine.Profile{Card: "H100", Bandwidth: 1, Compute: 1, KVRead: 1, Attention: 1, Knee: 4,
		Step: 10 * time.Millisecond}
	for _, c := range []struct {
		name    string
		streams int
		profile *machine.Profile
		truth   io.Writer
	}{
		{"H100/300", 300, nil, nil},
		{"100tok/300", 300, &even, nil},
		{"100tok/1000", 1000, &even, nil},
		{"100tok/1000/truth", 1000, &even, io.Discard},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := Options{Model: "Qwen/Qwen3-1.7B-FP8", Profile: c.profile, Truth: c.truth,
				Flags: map[string]any{"max-model-len": 8192}}
			if c.profile == nil {
				o.Model = "Qwen/Qwen3-8B"
			}
			benchmarkWall(b, o, c.streams)
		})
	}
}

func benchmarkWall(b *testing.B, o Options, streams int) {
	s, err := New(clock.NewWall(), o)
	if err != nil {
		b.Fatal(err)
	}
	url := serving(b, s)
	var tokens atomic.Int64
	for b.Loop() {
		var all sync.WaitGroup
		for i := range streams {
			all.Go(func() {
				body := chat(o.Model, fmt.Sprint(i), `,"max_tokens":500,"ignore_eos":true,"stream":true`)
				resp, err := http.Post(url+"/v1/chat/completions", "application/json", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				defer resp.Body.Close()
				buf := make([]byte, 1<<13)
				for err == nil {
					var n int
					n, err = resp.Body.Read(buf)
					tokens.Add(int64(bytes.Count(buf[:n], []byte(`"content":" `))))
				}
			})
		}
		all.Wait()
	}
	l := s.Lateness()
	b.ReportMetric(float64(tokens.Load())/b.Elapsed().Seconds(), "tokens/s")
	for name, d := range map[string]time.Duration{"late-p50-ms": l.Quantile(.5), "late-p99-ms": l.Quantile(.99),
		"latest-ms": l.Most} {
		b.ReportMetric(d.Seconds()*1e3, name)
	}
}
