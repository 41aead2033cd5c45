package machine

import (
	"testing"
	"time"

	"loadgen/vllm"
)

// BenchmarkReplay is one of the thousands of replays that advice looks at: some hundred requests of a closed loop, of
// few and of many in flight, or of an open one near its limit; and where prompts share tokens.
func BenchmarkReplay(b *testing.B) {
	for _, c := range []struct {
		name     string
		inFlight int // 0: an open loop
		shared   int
	}{{"closed16Shared", 16, 32}, {"closed4", 4, 0}, {"closed64", 64, 0}, {"closed200", 200, 0}, {"open", 0, 0}} {
		b.Run(c.name, func(b *testing.B) { benchmarkReplay(b, c.inFlight, c.shared) })
	}
}

func benchmarkReplay(b *testing.B, inFlight, shared int) {
	card, _ := vllm.FindCard("H100")
	shape, quant, _ := vllm.FindModel("Qwen/Qwen3-8B")
	m := Machine{Card: card, Model: shape, Quant: quant, TP: 1, Budget: 8192, MaxSeqs: 256, Profile: ProfileOf(card),
		APIServers: 1}
	var requests []Served
	tokens := 0
	n := 450 + 3*inFlight
	for i := range n {
		s := Served{Prompt: 300 + i*137%1900, Output: 20 + i*61%250, Shared: shared}
		if inFlight == 0 {
			s.Arrival = time.Duration(i*100+i*i*7919%100) * time.Millisecond
		} else if i < inFlight {
			s.Arrival = time.Duration(i) * 2 * time.Second / time.Duration(inFlight)
		}
		tokens += s.Output
		requests = append(requests, s)
	}
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if inFlight == 0 {
			_, err = m.Replay(20000, requests, 1)
		} else {
			_, err = m.ReplayLoop(20000, inFlight, n-inFlight, requests, 1)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tokens), "ns/token")
}
