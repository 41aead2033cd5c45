package simulator

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/simulator/machine"
	"loadgen/simulator/prompt"
)

// BenchmarkStreams is tokens and chunks per second through HTTP bytes in virtual time: 256 clients that read every
// chunk, each with one token.
func BenchmarkStreams(b *testing.B) {
	clk := clock.NewVirtual()
	free, _ := machine.FindProfile("H100")
	free.Chunk, free.Token = 0, 0 // an API server that costs nothing never merges tokens
	s, err := New(clk, Options{Model: "Qwen/Qwen3-1.7B-FP8", Flags: map[string]any{"max-model-len": 8192}, Profile: &free})
	if err != nil {
		b.Fatal(err)
	}
	net := memnet.New(clk)
	net.Listen("sim:80", s.Accept)
	body := chat("Qwen/Qwen3-1.7B-FP8", words60(20), `,"max_tokens":200,"ignore_eos":true,"stream":true`)
	request := fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nContent-Length: %d\r\n\r\n%s",
		len(body), body)
	chunks := 0
	err = clk.Run("bench", func() {
		g := clock.NewGroup(clk, "clients")
		for i := range 256 {
			g.Go(fmt.Sprint("client ", i), func() {
				conn, err := net.Dial("sim:80")
				if err != nil {
					b.Error(err)
					return
				}
				buf := make([]byte, 8192)
				for chunks < b.N {
					_, _ = conn.Write(request)
					for {
						n, err := conn.Read(buf)
						if err == io.EOF {
							return
						}
						chunks += bytes.Count(buf[:n], []byte("data: "))
						if bytes.HasSuffix(buf[:n], []byte("\r\n0\r\n\r\n")) {
							break
						}
					}
				}
			})
		}
		_ = g.Wait(b.Context())
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(s.metrics.generated)/b.Elapsed().Seconds(), "tokens/s")
	b.ReportMetric(float64(chunks)/b.Elapsed().Seconds(), "chunks/s")
	b.ReportMetric(clk.Now().Seconds(), "virtual-s")
}

// BenchmarkLongPrompt is the cost of one prompt of 12,000 tokens in 84 kB.
func BenchmarkLongPrompt(b *testing.B) {
	body := []byte(chat(mini, words60(12000), `,"max_tokens":1`))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := prompt.Read(body, true, 16); err != nil {
			b.Fatal(err)
		}
	}
}
