package studies

import (
	"errors"
	"math"

	"loadgen/advice"
	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A verdict is one deployment: what was advised and what is true.
type verdict struct {
	deployment
	Advice   *advice.Advice
	Base     limit
	Best     float64 // gain of the best single change, as a ratio of requests/s (without an objective tokens/s)
	BestFlag map[string]any
	Gains    map[string]bool // flag and direction, such as "max-num-seqs up", of changes that truly gain 5 %
	Advised  float64         // true ratio of what was advised; 1 where nothing was
	Worth    bool            // an advised change of some flag goes where one truly gains
	Relief   map[string]float64
	Capped   bool // the objective is kept beyond what was played
}

// judge plays a deployment, asks for advice, and works out the truth.
func judge(d deployment, dir string) (v verdict, err error) {
	d = d.withSearch()
	s, err := d.played(dir)
	if err != nil {
		return v, err
	}
	if d.known, err = recall(dir); err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, d.known.keep(dir)) }()
	v = verdict{deployment: d, Advice: advice.Of(s)[0], Gains: map[string]bool{}, Best: 1, Advised: 1}
	most := 1
	for _, p := range s.Targets[0].Closed() {
		most = max(most, int(p.Level))
	}
	if !d.Scenario.Objective.IsZero() {
		most = most * 3 / 2
	}
	v.Base = d.limit(nil, most, true)
	if v.Capped = !d.Scenario.Objective.IsZero() && v.Base.load >= float64(most); v.Capped {
		return v, nil // nothing breaks where anything was played
	}
	for _, change := range d.singles() {
		if d.alike(change, v.Base) {
			continue
		}
		ratio := d.ratio(v.Base, d.limit(change, most, false))
		if ratio > v.Best && ratio >= worthLooking {
			ratio = d.ratio(v.Base, d.limit(change, most, true))
		}
		if ratio > v.Best {
			v.Best, v.BestFlag = ratio, change
		}
		if ratio >= 1.05 {
			for flag, to := range change {
				v.Gains[direction(flag, d.Flags[flag], to)] = true
			}
		}
	}
	v.follow(most)
	v.relieve(most)
	return v, nil
}

func (v *verdict) follow(most int) {
	if len(v.Advice.Changes) == 0 {
		return
	}
	all := map[string]any{}
	for _, c := range v.Advice.Changes {
		all[c.Flag] = c.To
		v.Worth = v.Worth || v.Gains[direction(c.Flag, v.Flags[c.Flag], c.To)]
	}
	v.Advised = v.ratio(v.Base, v.limit(all, most, true))
	if len(all) == 1 && v.Advised > v.Best { // others are looked at roughly first
		v.Best, v.BestFlag = v.Advised, all
	}
	v.Worth = v.Worth || v.Advised >= 1.05
}

// ratio is what a change brings: requests/s at the held load, or tokens/s where nothing is asked for.
func (d deployment) ratio(base, other limit) float64 {
	x, y := base.requests, other.requests
	if d.Scenario.Objective.IsZero() {
		x, y = base.output, other.output
	}
	switch {
	case x == 0 && y == 0:
		return 1
	case x == 0:
		return 100
	}
	return y / x
}

// limit is what a deployment holds with a change.
func (d deployment) limit(change map[string]any, most int, precisely bool) limit {
	return d.known.of(func() limit {
		m, blocks, err := d.options(change).Machine()
		if err != nil {
			return limit{}
		}
		t := newTruth(m, blocks, d.Scenario, judged)
		if precisely {
			t = t.precise()
		}
		return t.held(most)
	}, change, most, precisely)
}

// judged is how many requests of a level the truth looks at first.
const judged = 1000

// worthLooking is the ratio from which on the best change so far is looked at precisely.
const worthLooking = 1.02

// alike reports whether a change does nothing at all where the objective breaks: the engine serves the same to the last
// digit.
func (d deployment) alike(change map[string]any, base limit) bool {
	m, blocks, err := d.options(change).Machine()
	was, room, err2 := d.options(nil).Machine()
	if err != nil || err2 != nil || base.load == 0 {
		return false
	}
	for _, n := range []int{int(base.load), int(base.load*1.1) + 1} {
		x, y := newTruth(was, room, d.Scenario, 200).play(max(1, n)), newTruth(m, blocks, d.Scenario, 200).play(max(1, n))
		if x.met != y.met || x.output != y.output {
			return false
		}
	}
	return true
}

// singles are all changes of one flag that the advice could name.
func (d deployment) singles() (out []map[string]any) {
	add := func(flag string, to any) {
		if to == d.Flags[flag] {
			return
		}
		change := map[string]any{flag: to}
		if _, _, err := d.options(change).Machine(); err == nil {
			out = append(out, change)
		}
	}
	for _, b := range []int{256, 512, 1024, 2048, 4096, 8192, 16384, 32768} {
		add(vllm.MaxNumBatchedTokens, b)
	}
	for _, n := range []int{8, 16, 32, 64, 128, 256, 512} {
		add(vllm.MaxNumSeqs, n)
	}
	for _, u := range []float64{0.8, 0.9, 0.95} {
		add(vllm.GPUMemoryUtilization, u)
	}
	return out
}

func direction(flag string, from, to any) string {
	if number(to) > number(from) {
		return flag + " up"
	}
	return flag + " down"
}

func number(v any) float64 {
	switch x := v.(type) {
	case int:
		return float64(x)
	case float64:
		return x
	}
	return math.NaN()
}

// nearBest is how far below the best relief so far another may be the best in truth: both are looked at precisely.
const nearBest = 0.06

// relieve works out what a quarter more of each resource truly brings.
func (v *verdict) relieve(most int) {
	const by = 1.25
	v.Relief = map[string]float64{}
	precisely := map[string]func() limit{}
	with := func(name string, change map[string]any, f func(o *simulator.Options)) {
		o := v.options(change)
		p := *o.Profile
		o.Profile = &p
		if f != nil {
			f(&o)
		}
		m, blocks, err := o.Machine()
		if err != nil {
			return
		}
		if name == "kv-memory" {
			blocks = int(by * float64(blocks))
		}
		t := newTruth(m, blocks, v.Scenario, judged)
		held := v.known.of(func() limit { return t.held(most) }, "relief ", name, most)
		v.Relief[name] = v.ratio(v.Base, held)
		precisely[name] = func() limit {
			return v.known.of(func() limit { return t.precise().held(most) }, "relief ", name, most, " precisely")
		}
	}
	budget, seqs := v.Flags[vllm.MaxNumBatchedTokens].(int), v.Flags[vllm.MaxNumSeqs].(int)
	with("max-num-seqs", map[string]any{vllm.MaxNumSeqs: seqs * 5 / 4}, nil)
	with("kv-memory", nil, nil)
	with("token-budget", map[string]any{vllm.MaxNumBatchedTokens: budget * 5 / 4}, nil)
	with("prefill-interference", map[string]any{vllm.MaxNumBatchedTokens: max(seqs, budget*4/5)}, nil)
	turn := func(f func(p *machine.Profile)) func(*simulator.Options) {
		return func(o *simulator.Options) { f(o.Profile) }
	}
	with("front-end", nil, turn(func(p *machine.Profile) {
		p.Accept, p.AcceptToken, p.Chunk, p.Token = p.Accept*4/5, p.AcceptToken*4/5, p.Chunk*4/5, p.Token*4/5
	}))
	with("bandwidth", nil, turn(func(p *machine.Profile) { p.Bandwidth, p.KVRead = by*p.Bandwidth, by*p.KVRead }))
	with("compute", nil, turn(func(p *machine.Profile) { p.Compute, p.Attention = by*p.Compute, by*p.Attention }))
	best := v.mostRelief()
	for name, held := range precisely {
		if v.Relief[name] > best-nearBest {
			v.Relief[name] = v.ratio(v.Base, held())
		}
	}
}

// mostRelief is what the resource that holds the server back most would bring.
func (v verdict) mostRelief() (best float64) {
	for _, g := range v.Relief {
		best = math.Max(best, g)
	}
	return best
}

// bottleneckRight reports whether the named resource is within 2 % of the best, or none is worth naming. Prefill
// interference is the GPU's compute seen from the decodes that wait for it: it is right where compute is, if a lower
// budget truly helps.
func (v verdict) bottleneckRight() bool {
	best := v.mostRelief()
	if v.Advice.Bottleneck == "none" {
		return best < 1.04
	}
	named := v.Relief[v.Advice.Bottleneck]
	if v.Advice.Bottleneck == "prefill-interference" && v.Gains[vllm.MaxNumBatchedTokens+" down"] {
		named = math.Max(named, v.Relief["compute"])
	}
	return named >= best-0.02
}
