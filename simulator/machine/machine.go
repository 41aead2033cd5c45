// Package machine answers two questions about a model on cards: how much KV cache fits beside it, and how long one step
// takes. Shapes and data sheets come from vllm; the efficiencies here are fits, single reports or guesses, and each
// says which. Advice takes them for a beginning and turns them until they follow a run: it sees what a real server
// shows.
package machine

import (
	"strings"
	"time"

	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// A Machine is a model, quantised, on tp cards of one kind.
type Machine struct {
	Card    vllm.Card
	Model   vllm.Model
	Quant   vllm.Quant
	TP      int
	KVDtype string // as in --kv-cache-dtype
	Eager   bool   // no CUDA graphs
	Budget  int    // max_num_batched_tokens
	MaxSeqs int    // max_num_seqs
	Link    Link   // between the cards; Auto: what the card has
	Profile Profile

	APIServers int // processes that speak HTTP; 0 is 1

	// Extra is what a step takes beside what is modelled here; nil: nothing. Studies of advice make worlds with it that no
	// coefficient can follow.
	Extra func(*engine.Step) time.Duration
}

// A Link is the way from one card to the next.
type Link string

// The links known here.
const (
	Auto   Link = ""
	NVLink Link = "nvlink"
	PCIe   Link = "pcie" // peer to peer
	Host   Link = "host" // through the host's memory
)

func (m Machine) link() Link {
	switch {
	case m.Link != Auto:
		return m.Link
	case m.Card.NVLink > 0 && m.Card.Name != "RTX 3090": // a bridge that few own
		return NVLink
	}
	return PCIe
}

func (m Machine) hasFP8KV() bool { return strings.HasPrefix(m.KVDtype, "fp8") }
