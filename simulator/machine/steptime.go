package machine

import (
	"math"
	"time"

	"loadgen/simulator/engine"
)

// A timer holds the terms of one machine's step, in seconds. Legend of the formula (a smooth roofline):
//
//	linear   ((weights/bandwidth)^q + (2·params·T/peak)^q)^(1/q), T padded to the CUDA graph's size, and the format's floor per layer
//	head     the same for the lm_head and the S requests that sample
//	kv       context tokens × bytes per token / bandwidth, and an fp8 cache's floor per layer
//	attend   4·heads·dim·layers × query-key pairs / peak
//	reduce   2·layers all-reduces of T·hidden 16-bit numbers, when tp > 1
//	step     constant, and per request
type timer struct {
	p                  Profile
	linear, ragged     linear // for steps whose tokens are no multiple of 4
	headMem, headTok   float64
	kvTok, pair, floor float64
	layers, reduceTok  float64
	link               allReduce
	sizes              []int
	piece              float64
	launch             float64
	seed               uint64
	eager              bool
}

// StepTime returns the engine's step-time function for m. The same seed gives the same jitter.
func (m Machine) StepTime(seed uint64) func(*engine.Step) (gpu, host time.Duration) {
	t := m.timer(seed)
	return func(s *engine.Step) (gpu, host time.Duration) {
		seqs := time.Duration(s.Decodes + s.Prefills)
		work := t.seconds(s)
		gpu = time.Duration(work*1e9) + t.p.Step + seqs*t.p.StepSeq
		gpu = time.Duration(float64(gpu) * t.noise(s.Index))
		if m.Extra != nil {
			gpu += m.Extra(s)
		}
		// The GPU works on a step while its layers are launched, so only what launching takes longer delays its start.
		return gpu, t.p.Host + seqs*t.p.HostSeq + time.Duration(max(0, t.launching(s)-work)*1e9)
	}
}

// A linear is one kernel on the linear layers of a model, in seconds.
type linear struct{ mem, tok, q, floor float64 }

func (l linear) seconds(tokens float64) float64 { return l.floor + smooth(l.mem, l.tok*tokens, l.q) }

func (m Machine) linear(k Kernel, params, bandwidth, peak float64) linear {
	l := linear{mem: params * m.Quant.BytesPerParam() / (bandwidth * k.Bandwidth), tok: 2 * params / (peak * k.Compute), q: k.Knee}
	if l.q == 0 {
		l.q = m.Profile.Knee
	}
	l.floor = float64(m.Model.Layers) * k.Floor.Seconds()
	return l
}

func (m Machine) timer(seed uint64) *timer {
	p, tp, l := m.Profile, float64(m.TP), float64(m.Model.Layers)
	k := m.kernel()
	params, head := m.Model.LinearParams()/tp, float64(m.Model.Hidden)*float64(m.Model.Vocab)/tp
	bw, peak := m.Card.Bandwidth*p.Bandwidth, m.Card.BF16*p.Compute
	t := &timer{p: p, seed: seed, eager: m.Eager, layers: l, sizes: m.graphSizes()}
	t.linear = m.linear(k, params, bw, peak)
	if t.ragged = t.linear; k.Ragged != nil {
		t.ragged = m.linear(*k.Ragged, params, bw, peak)
	}
	t.headMem, t.headTok = 2*head/bw, 2*head/peak
	t.kvTok = m.KVBytesPerToken() / (m.Card.Bandwidth * p.KVRead)
	t.pair = 4 * float64(m.Model.Heads*m.Model.HeadDim) * l / tp / (m.Card.BF16 * p.Attention)
	if m.hasFP8KV() {
		kv := m.fp8KV()
		t.kvTok /= kv.Read
		t.pair /= kv.Pair
		t.floor = l * kv.Floor.Seconds()
	}
	t.launch, t.piece = l*p.Layer.Seconds(), l*p.Piece.Seconds()
	if m.TP > 1 {
		t.link = reduce(m.link())
		peak := m.Card.PCIe
		if m.link() == NVLink {
			peak = m.Card.NVLink
		}
		t.reduceTok = float64(m.Model.Hidden) * 2 * 2 * (tp - 1) / tp / (peak * t.link.efficiency)
	}
	return t
}

func (t *timer) seconds(s *engine.Step) float64 {
	tokens, graph := t.pad(s.Tokens)
	sum := t.floor
	if int(tokens)%4 == 0 {
		sum += t.linear.seconds(tokens)
	} else {
		sum += t.ragged.seconds(tokens)
	}
	if s.Sampled > 0 {
		sum += smooth(t.headMem, t.headTok*float64(s.Sampled), t.p.Knee)
	}
	sum += t.kvTok*float64(s.Context) + t.pair*s.Attended
	if t.reduceTok > 0 {
		latency := t.link.graph
		if !graph {
			latency = t.link.eager
		}
		sum += 2 * t.layers * (latency + t.reduceTok*tokens)
	}
	return sum
}

// launching is what the host takes to launch a step's layers one by one: all of them above the largest CUDA graph, pieces of a graph
// where there is prefill.
func (t *timer) launching(s *engine.Step) float64 {
	_, graph := t.pad(s.Tokens)
	switch {
	case !graph:
		return t.launch
	case s.Prefills > 0:
		return t.piece
	}
	return 0
}

// pad rounds a step up to the size of the CUDA graph that runs it; graph is false above the largest.
func (t *timer) pad(tokens int) (padded float64, graph bool) {
	if t.eager || len(t.sizes) == 0 || tokens > t.sizes[len(t.sizes)-1] {
		return float64(tokens), false
	}
	lo, hi := 0, len(t.sizes)-1
	for lo < hi {
		if mid := (lo + hi) / 2; t.sizes[mid] < tokens {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return float64(t.sizes[lo]), true
}

// graphSizes are vLLM's capture sizes: 1, 2, 4, then by 8 to 248, then by 16, up to min(2·max_num_seqs, 512) and the budget.
func (m Machine) graphSizes() []int {
	largest := min(2*m.MaxSeqs, 512, m.Budget)
	var sizes []int
	for _, n := range []int{1, 2, 4} {
		if n <= largest {
			sizes = append(sizes, n)
		}
	}
	for n := 8; n <= largest; {
		sizes = append(sizes, n)
		if n < 256 {
			n += 8
		} else {
			n += 16
		}
	}
	return sizes
}

// noise is 1 ± Jitter, drawn from the step's number.
func (t *timer) noise(index int) float64 {
	x := t.seed + uint64(index)*0x9e3779b97f4a7c15
	sum := 0.0
	for range 3 { // three uniform numbers make a bell of standard deviation 1/2
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
		sum += float64(x>>11)/(1<<53) - .5
		x += 0x9e3779b97f4a7c15
	}
	return 1 + 2*t.p.Jitter*sum
}

func smooth(a, b, q float64) float64 {
	return math.Pow(math.Pow(a, q)+math.Pow(b, q), 1/q)
}
