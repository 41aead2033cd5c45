package machine

import (
	"math"
	"time"

	"loadgen/simulator/engine"
	"loadgen/vllm"
)

// A terms holds those of one machine's step, in seconds. Legend of the formula (a smooth roofline):
//
//	linear ((weights/bandwidth)^q + (2·params·T/peak)^q)^(1/q), T padded to the CUDA graph's size, and the format's floor
//	per layer;
//	with experts weights are those that every token runs through and E·(1 − (1 − k/E)ⁿ) of E routed ones, n the tokens
//	without padding, and
//	         params those of k experts; what a format leaves in 16 bit is one more such term
//	head     the same for the lm_head and the S requests that sample
//	kv context tokens × bytes per token / bandwidth, and an fp8 cache's floor per layer; in layers that see a window no
//	more tokens than that
//	attend   2·heads·(dim + value's dim)·layers × query-key pairs / peak, in layers that see a window the pairs within it
//	reduce   2·layers all-reduces of T·hidden 16-bit numbers, when tp > 1
//	step     constant, and per request
type terms struct {
	p                  Profile
	linear, ragged     linear // for steps whose tokens are no multiple of 4
	plain              linear // what a format leaves in 16 bit
	experts            vllm.Experts
	headMem, headTok   float64
	kvTok, pair, floor float64
	kvNear, pairNear   float64 // in layers that see a window
	layers, reduceTok  float64
	link               allReduce
	graphs             int // the largest CUDA graph
	piece              float64
	launch             float64
	seed               uint64
	eager              bool
}

// A timer is terms with what they were worked out to.
type timer struct {
	terms
	sizes            []int     // of CUDA graphs
	layersOf, headOf []float64 // seconds of steps of few tokens and samples, once worked out
}

func newTimer(t terms) *timer {
	return &timer{terms: t, sizes: graphSizes(t.graphs), layersOf: make([]float64, often), headOf: make([]float64, often)}
}

// StepTime returns the engine's step-time function for m. The same seed gives the same jitter.
func (m Machine) StepTime(seed uint64) func(*engine.Step) engine.Timing {
	return newTimer(m.terms(seed)).timing(m)
}

// timing is the step-time function of a machine whose terms they are.
func (t *timer) timing(m Machine) func(*engine.Step) engine.Timing {
	return func(s *engine.Step) engine.Timing {
		seqs := time.Duration(s.Decodes + s.Prefills)
		work, launch := t.seconds(s), t.launching(s)
		gpu := time.Duration(work*1e9) + t.p.Step + seqs*t.p.StepSeq
		gpu = time.Duration(float64(gpu) * t.noise(s.Index))
		if m.Extra != nil {
			gpu += m.Extra(s)
		}
		host := t.p.Host + seqs*t.p.HostSeq
		hold := host
		if m.TP == 1 { // the engine's own thread launches (UniProcExecutor); several GPUs have processes that do
			hold += time.Duration(launch * 1e9)
		}
		// The GPU works on a step while its layers are launched, so only what launching takes longer delays its start.
		return engine.Timing{GPU: gpu, Host: host + time.Duration(max(0, launch-work)*1e9), Hold: hold}
	}
}

// A linear is one kernel on the linear layers of a model, in seconds.
type linear struct {
	mem    float64 // reading what every token runs through
	routed float64 // reading all routed experts
	tok    float64 // a token's work
	q      float64
	floor  float64
	wide   float64 // beside the floor, above narrow tokens
}

// narrow is up to how many tokens the kernels of small steps run.
const narrow = 32

// seconds are those of a step of so many tokens, padded, that reads a share of the routed experts.
func (l linear) seconds(tokens, share float64) float64 {
	sum := l.floor + smooth(l.mem+l.routed*share, l.tok*tokens, l.q)
	if tokens > narrow {
		sum += l.wide
	}
	return sum
}

// A matrices is parameters of linear layers: those that every token runs through, all routed experts, and those that
// one token runs through in all.
type matrices struct{ common, routed, active float64 }

func (m Machine) linear(k kernel, p matrices, width, bandwidth, peak float64) linear {
	read := bandwidth * k.Bandwidth / width
	l := linear{mem: p.common / read, routed: p.routed / read, tok: 2 * p.active / (peak * k.Compute), q: k.Knee}
	if l.q == 0 {
		l.q = m.Profile.Knee
	}
	l.floor, l.wide = float64(m.Model.Layers)*k.Floor.Seconds(), float64(m.Model.Layers)*k.Wide.Seconds()
	return l
}

// matrices are the parameters on one GPU: those that the format has, and those that it leaves in 16 bit.
func (m Machine) matrices() (quantised, plain matrices) {
	s, tp := m.Model, float64(m.TP)
	put := func(left bool, params float64) {
		to := &quantised
		if left && m.Quant != vllm.BF16 {
			to = &plain
		}
		to.common += params / tp
		to.active += params / tp
	}
	put(s.Plain.Attention, s.AttentionParams())
	put(s.Plain.Dense, s.DenseParams())
	put(s.Plain.Shared, s.SharedParams())
	if s.Experts != nil {
		put(true, s.RouterParams())
		to := &quantised
		if s.Plain.Experts && m.Quant != vllm.BF16 {
			to = &plain
		}
		all := s.ExpertParams() / tp
		to.routed += all
		to.active += all * float64(s.Experts.Active) / float64(s.Experts.Count)
	}
	return quantised, plain
}

func (m Machine) terms(seed uint64) terms {
	p, tp, l := m.Profile, float64(m.TP), float64(m.Model.Layers)
	k := m.kernel()
	head := float64(m.Model.Hidden) * float64(m.Model.Vocab) / tp
	bw, peak := m.Card.Bandwidth*p.Bandwidth, m.Card.BF16*p.Compute
	t := terms{p: p, seed: seed, eager: m.Eager, layers: l, graphs: min(2*m.MaxSeqs, 512, m.Budget)}
	params, plain := m.matrices()
	width := m.Model.ByteOf(m.Quant)
	t.linear = m.linear(k, params, width, bw, peak)
	if t.ragged = t.linear; k.Ragged != nil {
		t.ragged = m.linear(*k.Ragged, params, width, bw, peak)
	}
	if plain != (matrices{}) {
		t.plain = m.linear(*hopper.BF16, plain, 2, bw, peak)
	}
	if m.Model.Experts != nil {
		t.experts = *m.Model.Experts
	}
	t.headMem, t.headTok = 2*head/bw, 2*head/peak
	all, near := m.Model.KVBytes(m.KVDtype, m.TP)
	t.kvTok, t.kvNear = float64(all)/(m.Card.Bandwidth*p.KVRead), float64(near)/(m.Card.Bandwidth*p.KVRead)
	pair, pairNear := m.Model.PairFLOP()
	t.pair, t.pairNear = pair/tp/(m.Card.BF16*p.Attention), pairNear/tp/(m.Card.BF16*p.Attention)
	if m.hasFP8KV() {
		kv := m.fp8KV()
		t.kvTok, t.kvNear = t.kvTok/kv.Read, t.kvNear/kv.Read
		t.pair, t.pairNear = t.pair/kv.Pair, t.pairNear/kv.Pair
		t.floor = l * kv.Floor.Seconds()
	}
	t.launch, t.piece = l*p.Layer.Seconds(), l*p.Piece.Seconds()
	if m.TP > 1 {
		t.launch, t.piece = t.launch+l*launchReduces.Seconds(), t.piece+l*launchReduces.Seconds()
		t.link = reduce(m.link())
		peak := m.Card.PCIe
		if m.link() == NVLink {
			peak = m.Card.NVLink
		}
		t.reduceTok = float64(m.Model.Hidden) * 2 * 2 * (tp - 1) / tp / (peak * t.link.efficiency)
	}
	return t
}

// often is below how many tokens a step's powers are worked out once.
const often = 1024

// once is f(n), which a table keeps for small n.
func once(table []float64, n int, f func(n int) float64) float64 {
	if n >= often {
		return f(n)
	}
	if table[n] == 0 {
		table[n] = f(n)
	}
	return table[n]
}

// linears are the linear layers of a step of so many tokens.
func (t *timer) linears(n int) float64 {
	tokens, _ := t.pad(n)
	share := 0.
	if t.experts.Count > 0 {
		share = t.experts.ReadExperts(float64(n))
	}
	sum := t.floor
	if int(tokens)%4 == 0 {
		sum += t.linear.seconds(tokens, share)
	} else {
		sum += t.ragged.seconds(tokens, share)
	}
	if t.plain.q > 0 {
		sum += t.plain.seconds(tokens, share)
	}
	return sum
}

func (t *timer) head(sampled int) float64 {
	return smooth(t.headMem, t.headTok*float64(sampled), t.p.Knee)
}

func (t *timer) seconds(s *engine.Step) float64 {
	sum := once(t.layersOf, s.Tokens, t.linears)
	if s.Sampled > 0 {
		sum += once(t.headOf, s.Sampled, t.head)
	}
	sum += t.kvTok*float64(s.Context) + t.kvNear*float64(s.Windowed) + t.pair*s.Attended + t.pairNear*s.Near
	if t.reduceTok > 0 {
		tokens, graph := t.pad(s.Tokens)
		latency := t.link.graph
		if !graph {
			latency = t.link.eager
		}
		sum += 2 * t.layers * (latency + t.reduceTok*tokens)
	}
	return sum
}

// launching is what the host takes to launch a step's layers one by one: all of them above the largest CUDA graph,
// pieces of a graph where there is prefill.
func (t *timer) launching(s *engine.Step) float64 {
	switch {
	case !t.graphed(s.Tokens):
		return t.launch
	case s.Prefills > 0:
		return t.piece
	}
	return 0
}

// pad rounds a step up to the size of the CUDA graph that runs it; graph is false above the largest.
func (t *timer) pad(tokens int) (padded float64, graph bool) {
	if !t.graphed(tokens) {
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

func (t *timer) graphed(tokens int) bool {
	return !t.eager && len(t.sizes) > 0 && tokens <= t.sizes[len(t.sizes)-1]
}

// graphSizes are vLLM's capture sizes: 1, 2, 4, then by 8 to 248, then by 16, up to the largest: min(2·max_num_seqs,
// 512) and the budget.
func graphSizes(largest int) []int {
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
