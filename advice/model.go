package advice

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/interp"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A model is a target as arithmetic: the scheduler and the step times of its machine, for the requests that were seen.
type model struct {
	machine machine.Machine
	blocks  int // of 16 tokens
	sc      *scenarios.Scenario
	loop    scenarios.Loop
	seen    []analysis.Observed    // to draw lengths from: of the scenario's laws, else whole answers of all levels
	life    interp.PiecewiseLinear // of an answer, s, by load
	seed    uint64                 // of the order in which lengths are drawn
	book    *orderBook             // shared by all models of the run; nil: every order is drawn anew
	most    float64                // the highest load that is asked about: 1.5 × what was played
}

// extrapolated is how far beyond what was played anything is predicted (V19).
const extrapolated = 1.5

// newModel builds a target's model; an error is why it cannot, in words for the reader.
func newModel(s *analysis.Study, t *analysis.TargetStudy, loop scenarios.Loop) (*model, error) {
	if e := t.Info.Engine; e != "" {
		return nil, fmt.Errorf("the server is %s: its settings are not vLLM's", e)
	}
	m := &model{sc: s.Scenario, loop: loop, book: newOrderBook()}
	points := pointsOf(t, loop)
	for _, p := range points {
		if p.Steps[0].Step.Sessions {
			return nil, fmt.Errorf("sessions of several turns are not modelled")
		}
		m.seen = append(m.seen, whole(p)...)
		m.most = math.Max(m.most, extrapolated*p.Level)
	}
	if len(m.seen) < 20 {
		return nil, fmt.Errorf("it needs 20 whole answers, has %d", len(m.seen))
	}
	m.lasts(points)
	if drawn := drawnLengths(s.Scenario, m.seen); drawn != nil {
		m.seen = drawn
	}
	if err := m.build(t); err != nil {
		return nil, err
	}
	return m, nil
}

// unknown is what nobody told of a target, and what would help.
type unknown struct{ what, lift string }

// Error is what is not known.
func (u unknown) Error() string { return u.what }

// build reads model, card and settings off the target, with vLLM's defaults where nobody told.
func (m *model) build(t *analysis.TargetStudy) error {
	if len(t.Parts) > 0 {
		return fmt.Errorf("replicas are judged each by itself")
	}
	shape, quant, ok := t.Shape()
	if !ok {
		return unknown{fmt.Sprintf("the shape of %s is not known here: model_config names its config.json", t.Target.Model),
			"name the model's config.json, so that its engine can be worked out"}
	}
	card, ok := t.Card()
	if !ok {
		return unknown{"nobody tells which card it runs on", "name the target's card, so that its engine can be worked out"}
	}
	profile := machine.ProfileOf(card)
	d := vllm.DefaultsFor(card)
	whole := func(flag string, otherwise int) int {
		if n, ok := t.Settings.Int(flag); ok {
			return n
		}
		return otherwise
	}
	dtype, _ := t.Settings.Text(vllm.KVCacheDtype)
	eager, _ := t.Settings["enforce-eager"].(bool)
	m.machine = machine.Machine{Card: card, Model: shape, Quant: quant, TP: t.TP(), KVDtype: dtype, Eager: eager,
		Budget: whole(vllm.MaxNumBatchedTokens, d.MaxNumBatchedTokens), MaxSeqs: whole(vllm.MaxNumSeqs, d.MaxNumSeqs),
		Profile: profile, APIServers: whole(vllm.APIServerCount, 1)}
	if why := m.machine.NotModelled(); why != "" {
		return fmt.Errorf("the steps of %s are not modelled here: %s", t.Target.Model, why)
	}
	m.machine.Budget = max(m.machine.Budget, m.machine.MaxSeqs)
	if window := whole(vllm.MaxModelLen, 0); window > 0 {
		m.machine.Model.MaxPosition = window
	}
	if pool, ok := t.Pool(); ok {
		m.blocks = int(pool/kvBlock) + 1
	} else {
		util, _ := t.Settings.Float(vllm.GPUMemoryUtilization)
		m.blocks = m.machine.Blocks(m.machine.Memory(cmp.Or(util, d.GPUMemoryUtilization), 0).KV, kvBlock)
	}
	if m.blocks*kvBlock < m.longest() {
		return fmt.Errorf("its KV pool is not known")
	}
	return nil
}

const kvBlock = 16 // tokens

// longest is the most tokens that one of the requests seen holds.
func (m *model) longest() int {
	most := 0
	for _, o := range m.seen {
		most = max(most, o.Prompt+o.Output)
	}
	return most
}

// splits reports whether a budget lets half of the prompts, which go into one step now, take several.
func (m *model) splits(by *model) bool {
	var prompts []int
	for _, o := range m.seen {
		prompts = append(prompts, o.Prompt)
	}
	slices.Sort(prompts)
	usual := prompts[len(prompts)/2]
	return usual <= m.machine.Budget && usual > by.machine.Budget
}

func pointsOf(t *analysis.TargetStudy, loop scenarios.Loop) []*analysis.Point {
	points := t.Closed()
	if loop == scenarios.Open {
		points = t.Open()
	}
	return slices.DeleteFunc(slices.Clone(points), func(p *analysis.Point) bool { return !p.Trusted() || p.Summarised })
}

// How many requests are judged of a replay, and how many rounds of a closed loop pass before.
const (
	matched  = 480  // for the statistics that a calibration matches
	searched = 400  // for a held load
	shared   = 4500 // for a share within the objective
	settling = 2
)

// load puts requests of the seen lengths at a level on a desk: a closed loop of so many in flight, or Poisson arrivals
// at a rate. from and to are those that are judged: the first rounds settle, and in the last the load falls off.
func (m *model) load(d *desk, level float64, seen []analysis.Observed, count int) (from, to int) {
	n := max(1, int(math.Round(level)))
	if m.loop == scenarios.Open {
		n = 60
	}
	count = max(count, 2*n)
	from, to = settling*n, settling*n+count
	total := to + n
	d.requests, d.classes = d.requests[:0], d.classes[:0]
	places, waits := m.book.first(total, drawnFrom{m.seed, len(seen), m.loop == scenarios.Open})
	groups := map[string]int{}
	at, life := time.Duration(0), 0.
	if m.loop != scenarios.Open {
		life = m.life.Predict(level)
	}
	for i, place := range places {
		o := &seen[place]
		r := asked(o, groups)
		switch {
		case m.loop == scenarios.Open:
			at += time.Duration(waits[i] / level * 1e9)
			r.Arrival = at
		case i < n:
			r.Arrival = time.Duration(float64(i) / float64(n) * life * 1e9)
		}
		d.requests, d.classes = append(d.requests, r), append(d.classes, o.Class)
	}
	if m.loop == scenarios.Open {
		asMany(d.requests, time.Duration(float64(total)/level*1e9))
	}
	return from, to
}

// asMany stretches arrivals to the time in which so many are due: that more or fewer came by chance is not to be seen.
func asMany(requests []machine.Served, due time.Duration) {
	by := float64(due) / float64(requests[len(requests)-1].Arrival)
	for i := range requests {
		requests[i].Arrival = time.Duration(by * float64(requests[i].Arrival))
	}
}

// asked is a request of an answer's lengths; what prompts share, they share within their class.
func asked(o *analysis.Observed, groups map[string]int) machine.Served {
	r := machine.Served{Prompt: max(1, o.Prompt), Output: o.Output, Shared: o.Cached}
	if o.Cached > 0 {
		group, known := groups[o.Class]
		if !known {
			group = len(groups)
			groups[o.Class] = group
		}
		r.Group = group
	}
	return r
}

// again replays a schedule, each request at its own time.
func (m *model) again(schedule []analysis.Observed) (out outcome) {
	d, giveBack := m.book.desk()
	defer giveBack()
	groups := map[string]int{}
	d.requests = d.requests[:0]
	for i := range schedule {
		r := asked(&schedule[i], groups)
		r.Arrival = time.Duration(schedule[i].Due * 1e9)
		d.requests = append(d.requests, r)
	}
	served, err := d.Replay(m.machine, m.blocks, d.requests, 1)
	if err != nil {
		return outcome{}
	}
	for i, s := range served {
		if schedule[i].Judged {
			out.answers = append(out.answers, m.judge(s, schedule[i].Class))
		}
	}
	out.met = within(out.answers)
	return out
}

// judge is an answer of a replay, held against its class's objective.
func (m *model) judge(s machine.Served, class string) judged {
	return judged{ttft: s.TTFT(), tpot: s.TPOT(), gap: s.Gap.Seconds(), e2e: s.E2E()}.by(m.sc.ObjectiveOf(class), s.Output)
}

// measuredOf is one that came, held against the same.
func (m *model) measuredOf(o analysis.Observed) judged {
	return judged{ttft: o.TTFT, tpot: o.TPOT, gap: o.Gap, e2e: o.E2E()}.by(m.sc.ObjectiveOf(o.Class), o.Output)
}

// by is an answer of so many tokens with what it uses of an objective.
func (a judged) by(o scenarios.Objective, output int) judged {
	a.worst, a.asked = a.ofLimits(o, output), !o.IsZero()
	return a
}

// asked are the answers that have an objective; all where none has.
func (o outcome) asked() []judged {
	if asked := slices.DeleteFunc(slices.Clone(o.answers), func(a judged) bool { return !a.asked }); len(asked) > 0 {
		return asked
	}
	return o.answers
}

// within is the share within the objective, of the answers that have one.
func within(answers []judged) float64 {
	asked, met := 0, 0
	for _, a := range answers {
		if !a.asked {
			continue
		}
		if asked++; a.worst <= 1 {
			met++
		}
	}
	return float64(met) / float64(max(1, asked))
}

// lasts fits how long an answer lasts on average, s, to the levels played: over it the first requests of a closed loop
// are spread. Spread over a longer time, what is judged would begin before the loop is full.
func (m *model) lasts(levels []*analysis.Point) {
	x, y := []float64{0}, []float64{0}
	for _, p := range levels {
		sum, seen := 0.0, whole(p)
		for _, o := range seen {
			sum += o.E2E()
		}
		if len(seen) > 0 && p.Level > x[len(x)-1] {
			x, y = append(x, p.Level), append(y, sum/float64(len(seen)))
		}
	}
	y[0] = y[min(1, len(y)-1)]
	if len(x) > 1 {
		_ = m.life.Fit(x, y) // it fails at no line through rising x
	}
}

// An outcome is what a model serves at one level.
type outcome struct {
	met      float64 // share within the objective, of those that have one
	requests float64 // per second
	output   float64 // tokens/s
	answers  []judged
}

// A judged is one request of a replay that counts, times in s.
type judged struct {
	ttft, tpot, gap, e2e float64
	worst                float64 // its largest share of a limit of the objective: beyond 1 it misses it
	asked                bool    // its class has one
}

// play replays one level with the lengths of all.
func (m *model) play(level float64) outcome { return m.playThese(level, m.seen, searched) }

// fully is play with as many requests as a share near 1 asks for.
func (m *model) fully(level float64) outcome { return m.playThese(level, m.seen, shared) }

func (m *model) playThese(level float64, seen []analysis.Observed, count int) outcome {
	d, giveBack := m.book.desk()
	defer giveBack()
	from, to := m.load(d, level, seen, count)
	inFlight := len(d.requests) // all come at their own times
	if m.loop != scenarios.Open {
		inFlight = max(1, int(math.Round(level)))
	}
	served, err := d.ReplayLoop(m.machine, m.blocks, inFlight, to, d.requests, 1)
	if err != nil {
		return outcome{}
	}
	out := outcome{answers: make([]judged, 0, to-from)}
	tokens := 0
	for i := from; i < to; i++ {
		s := served[i]
		out.answers = append(out.answers, m.judge(s, d.classes[i]))
		tokens += s.Output
	}
	n := float64(to - from)
	out.met = within(out.answers)
	// in a closed loop one is sent for each that ends
	out.requests = n / (served[to].Arrival - served[from].Arrival).Seconds()
	out.output = out.requests * float64(tokens) / n
	return out
}

func (a judged) ofLimits(o scenarios.Objective, output int) (worst float64) {
	add := func(limit time.Duration, v float64) {
		if limit > 0 {
			worst = math.Max(worst, v/limit.Seconds())
		}
	}
	add(o.TTFT, a.ttft)
	add(o.TTFO, a.ttft)
	add(o.ITL, a.gap)
	add(o.E2E, a.e2e)
	if output > 1 {
		add(o.TPOT, a.tpot)
	}
	return worst
}
