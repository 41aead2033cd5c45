package machine

import (
	"testing"
	"time"

	"loadgen/vllm"
)

// BenchmarkReplay is one of the thousands of replays that advice looks at: some hundred requests of a closed loop of
// 16, a part of their prompts shared.
func BenchmarkReplay(b *testing.B) {
	card, _ := vllm.FindCard("H100")
	shape, quant, _ := vllm.FindModel("Qwen/Qwen3-8B")
	m := Machine{Card: card, Model: shape, Quant: quant, TP: 1, Budget: 8192, MaxSeqs: 64, Profile: ProfileOf(card),
		APIServers: 1}
	var requests []Served
	tokens := 0
	for i := range 450 {
		s := Served{Prompt: 300 + i*137%1900, Output: 20 + i*61%100, Shared: 32}
		if i < 16 {
			s.Arrival = time.Duration(i) * 10 * time.Millisecond
		}
		tokens += s.Output
		requests = append(requests, s)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.ReplayLoop(20000, 16, 434, requests, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tokens), "ns/token")
}
