package machine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loadgen/vllm"
)

func someMachine(t *testing.T) (Machine, int) {
	t.Helper()
	card, _ := vllm.FindCard("H100")
	shape, quant, ok := vllm.FindModel("Qwen/Qwen3-8B")
	if !ok {
		t.Fatal("no such model")
	}
	return Machine{Card: card, Model: shape, Quant: quant, TP: 1, Budget: 2048, MaxSeqs: 64, Profile: ProfileOf(card),
		APIServers: 1}, 4000
}

func somePoisson(rate float64, n int) []Served {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]Served, n)
	at := 0.0
	for i := range out {
		at += rng.ExpFloat64() / rate
		out[i] = Served{Arrival: time.Duration(at * 1e9), Prompt: 100 + rng.IntN(800), Output: 20 + rng.IntN(200)}
	}
	return out
}

// One server behind a balancer is that server.
func TestOneServerBehindABalancer(t *testing.T) {
	m, blocks := someMachine(t)
	requests := somePoisson(8, 200)
	alone, err := m.Replay(blocks, requests, 7)
	if err != nil {
		t.Fatal(err)
	}
	for name, route := range map[string]Route{"round robin": RoundRobin, "least requests": LeastRequests} {
		if behind, err := m.ReplayBehind(1, blocks, route, requests, 7); err != nil || !slices.Equal(alone, behind) {
			t.Errorf("%s: %v, and other times than without", name, err)
		}
	}
}

// Round robin over two servers is each server with every other request.
func TestRoundRobinSplits(t *testing.T) {
	m, blocks := someMachine(t)
	requests := somePoisson(16, 200)
	both, err := m.ReplayBehind(2, blocks, RoundRobin, requests, 7)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 2 {
		var own []Served
		for i := k; i < len(requests); i += 2 {
			own = append(own, requests[i])
		}
		alone, err := m.Replay(blocks, own, 7+uint64(k))
		if err != nil {
			t.Fatal(err)
		}
		for j, s := range alone {
			if both[k+2*j] != s {
				t.Fatalf("server %d, its request %d: %+v, alone %+v", k, j, both[k+2*j], s)
			}
		}
	}
}

// The fewest in flight are chosen, and equals take turns.
func TestLeastRequests(t *testing.T) {
	for i, c := range []struct {
		inFlight []int
		want     int
	}{{[]int{0, 0, 0}, 0}, {[]int{0, 0, 0}, 1}, {[]int{3, 1, 2}, 1}, {[]int{1, 2, 1}, 0}, {[]int{2, 1, 1}, 1}} {
		if got := LeastRequests(i, c.inFlight); got != c.want {
			t.Errorf("request %d at %v: server %d, expected %d", i, c.inFlight, got, c.want)
		}
	}
}
