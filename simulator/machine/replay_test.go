package machine

import (
	"slices"
	"testing"
	"time"

	"loadgen/vllm"
)

// Where a prefix cache could find nothing a replay goes without, and serves the same to the nanosecond.
func TestRoomyReplaysAreTheSame(t *testing.T) {
	m, requests := roomyLoad(t)
	served := func(blocks int) []Served {
		out, err := m.ReplayLoop(blocks, 16, len(requests)-16, requests, 1)
		if err != nil {
			t.Fatal(err)
		}
		return out[:len(requests)-16]
	}
	const enough, few = 16 * 80, 16 * 70 // blocks of the longest 16, or somewhat less: they never all meet
	if !m.roomy(enough, 16, requests) || m.roomy(few, 16, requests) {
		t.Fatal("the pools are not on both sides of the threshold")
	}
	if !slices.Equal(served(enough), served(few)) {
		t.Error("a replay without a prefix cache differs")
	}
	requests[3].Shared = 32
	if m.roomy(enough, 16, requests) {
		t.Error("prompts that share tokens need the cache")
	}
}

func roomyLoad(t *testing.T) (Machine, []Served) {
	t.Helper()
	card, _ := vllm.FindCard("H100")
	shape, quant, ok := vllm.FindModel("Qwen/Qwen3-8B")
	if !ok {
		t.Fatal("no model")
	}
	m := Machine{Card: card, Model: shape, Quant: quant, TP: 1, Budget: 2048, MaxSeqs: 64, Profile: ProfileOf(card),
		APIServers: 1}
	var requests []Served
	for i := range 200 {
		s := Served{Prompt: 100 + i*137%900, Output: 20 + i*61%200}
		if i < 16 {
			s.Arrival = time.Duration(i) * 10 * time.Millisecond
		}
		requests = append(requests, s)
	}
	return m, requests
}
