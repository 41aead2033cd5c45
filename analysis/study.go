package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// A Study is a run, analysed: what reports and figures are made of.
type Study struct {
	Run      *results.Run
	Scenario *scenarios.Scenario
	Targets  []*TargetStudy // in the scenario's order; only those that have steps
	Replicas []*TargetStudy // targets of one model that were loaded together, as one
	Verdict  results.Verdict
}

// A TargetStudy is one target's points and what they mean together.
type TargetStudy struct {
	Target   scenarios.Target
	Parts    []string           // of replicas: the targets that it is made of
	Info     results.ServerInfo // as told before the run
	Settings scenarios.Settings // the server's own word, else the scenario's
	Told     map[string]string  // flag → who told it
	Points   []*Point           // closed-loop levels rising, then open-loop ones
	Each     []*Point           // points of `each` phases
	Knee     Knee
	Modelled *HeldLoad // the held load as a step model calibrated to the run reads it (advice.Read); nil: not asked
}

// Closed are the points of the closed-loop sweep.
func (t *TargetStudy) Closed() []*Point { return t.ofLoop(scenarios.Closed) }

// Open are the points of the open-loop sweep.
func (t *TargetStudy) Open() []*Point { return t.ofLoop(scenarios.Open) }

func (t *TargetStudy) ofLoop(l scenarios.Loop) []*Point {
	var out []*Point
	for _, p := range t.Points {
		if p.Loop == l {
			out = append(out, p)
		}
	}
	return out
}

// Analyze reads every step of a run once and works out points, knee and findings.
func Analyze(run *results.Run) (*Study, error) { return analyze(run, nil) }

// AnalyzeKept is Analyze that takes the points that were kept with the run, where nothing of them changed since, and
// keeps the others.
func AnalyzeKept(run *results.Run) (*Study, error) { return analyze(run, run.Kept()) }

func analyze(run *results.Run, kept *results.Kept) (*Study, error) {
	s := &Study{Run: run, Scenario: run.Manifest.Parsed}
	var targets []*TargetStudy
	for _, t := range s.Scenario.Targets {
		ts := &TargetStudy{Target: t, Info: run.Manifest.Before[t.Name]}
		ts.Settings, ts.Told = ts.Info.SettingsOf(t)
		targets = append(targets, ts)
	}
	replicas := replicas(s)
	if err := s.read(slices.Concat(targets, replicas), kept); err != nil {
		return nil, err
	}
	for _, t := range targets {
		if len(t.Points)+len(t.Each) > 0 {
			s.Targets = append(s.Targets, t)
		}
	}
	for _, t := range replicas {
		if len(t.Points) > 0 {
			s.Replicas = append(s.Replicas, t)
		}
	}
	for _, t := range s.Targets {
		t.Knee = findKnee(t.Closed())
	}
	s.Verdict = RunVerdict(run)
	return s, nil
}

// Pool makes one point of one level's repetitions. Condemned ones do not count where a good one is left.
func Pool(sc *scenarios.Scenario, t scenarios.Target, steps []*StepData) *Point {
	steps = usable(steps)
	first := steps[0].Meta.Step
	p := &Point{Target: t.Name, Phase: first.Phase, Loop: first.Loop, Level: first.Level(), Label: first.Label(),
		Metrics: map[string]Spread{}, Classes: map[string]Class{}}
	var cohort requests
	var rates pooledRates
	var gaps []gapPool
	var servers []ServerFacts
	var gpus []GPUFacts
	for _, d := range steps {
		servers = append(servers, serverFacts(d.Samples, d.Meta.Window))
		gpus = append(gpus, gpuFacts(d.Samples, d.Meta.Window, deviceIDs(t)))
		p.Steps = append(p.Steps, d.Meta)
		p.Window += d.Meta.Window.End - d.Meta.Window.Start
		rates.join(d.arrivals().rates)
		gaps = append(gaps, d.arrivals().gaps)
		cohort = cohort.and(d.cohort())
	}
	p.Server, p.GPU = poolServer(servers), poolGPU(gpus)
	p.Engine = engineFactsOf(steps[0].Samples, steps[0].Meta.Window)
	p.Split = splitOf(cohort)
	p.Cohort = cohort.n
	p.fill(sc, cohort, rates, joinGaps(gaps))
	p.TokenTime = tokenTime(cohort)
	p.Observed, p.Schedule = observed(cohort), steps[0].schedule()
	p.withhold()
	if summarised(steps) {
		p.takeSummaries(steps)
	}
	return p
}

// repeat fills the point's repetitions, each by itself.
func (p *Point) repeat(sc *scenarios.Scenario, t scenarios.Target, steps []*StepData) {
	for i := 0; len(steps) > 1 && i < len(steps); i++ {
		p.Repetitions = append(p.Repetitions, Pool(sc, t, steps[i:i+1]))
	}
}

// tokenTime is Σ(last − first token) ÷ Σ(streamed tokens − 1) over whole answers, in seconds.
func tokenTime(records requests) float64 {
	var time, tokens float64
	for _, r := range records.all() {
		if r.OK() && r.Streamed() > 1 {
			time, tokens = time+(r.LastToken-r.FirstToken).Seconds(), tokens+float64(r.Streamed()-1)
		}
	}
	return time / tokens
}

// withhold hides what a step's verdict says cannot be shown.
func (p *Point) withhold() {
	for _, st := range p.Steps {
		for name := range withheld(st.Verdict) {
			hide(p.Metrics, name)
			for _, c := range p.Classes {
				hide(c.Metrics, name)
			}
		}
	}
}

func hide(metrics map[string]Spread, name string) {
	s, ok := metrics[name]
	if !ok {
		return
	}
	for q := range s.Quantiles {
		s.Quantiles[q] = hidden(s.N, "withheld (V16): tokens shared reads")
	}
	s.Mean = hidden(s.N, "withheld (V16): tokens shared reads")
	metrics[name] = s
}

func deviceIDs(t scenarios.Target) []string {
	var out []string
	for _, id := range t.GPUs {
		out = append(out, fmt.Sprint(id))
	}
	return out
}

func (p *Point) fill(sc *scenarios.Scenario, cohort requests, rates pooledRates, gaps gapPool) {
	p.OutputRate, p.PromptRate, p.RequestRate = rates.estimates()
	p.Relaxations = relaxations(p, cohort)
	withGaps := func(m results.Metric) bool { return m.Gaps }
	p.Metrics = spreads(slices.DeleteFunc(slices.Clone(results.Metrics), withGaps), cohort, p.support())
	for _, m := range results.Metrics {
		if m.Gaps {
			p.Metrics[m.Name] = gapSpread(m, gaps, p.support())
		}
	}
	p.Attainment, p.Goodput = attainment(sc, cohort, p.Window, p.near(sc))
	p.Missed = missed(sc, cohort)
	for _, c := range sc.Prompts {
		p.Classes[c.Name] = newClass(sc, c.Name, cohort, p)
	}
	p.soften()
	p.OutputMean, p.PromptMean, p.CachedShare = tokenMeans(cohort)
	if math.IsNaN(p.CachedShare) && p.Server.Known {
		p.CachedShare = p.Server.PrefixHit
	}
}

func (p *Point) support() support { return support{window: p.Window, answers: p.Relaxations} }

// soften marks rates and shares of a window that holds few mean answers. The sections that a rate's bounds come from
// are then shorter than half an answer, and tell of no more than as many as there are halves.
func (p *Point) soften() {
	w := p.support()
	if !w.few() {
		return
	}
	for _, e := range []*Estimate{&p.OutputRate, &p.PromptRate, &p.RequestRate, &p.Attainment, &p.Goodput} {
		if e.Show == Solid {
			e.Show, e.Why = Soft, fmt.Sprintf("the window lasted %.1f mean response times", w.answers)+
				w.wouldDo(stat.SolidBeyond)
		}
	}
	for _, e := range []*Estimate{&p.OutputRate, &p.PromptRate, &p.RequestRate} {
		e.Interval = e.Interval.OfFewer(2 * w.answers)
	}
}

// relaxations is M = T ÷ t_corr with t_corr = mean E2E, as in a closed loop (R2.6). In an open loop the true relaxation
// time is longer; without a step model the same M is used and called soft above half the knee.
func relaxations(p *Point, cohort requests) float64 {
	if p.Loop == scenarios.Each {
		return 0
	}
	return answers(p.Window, cohort)
}

// answers is a window's length in mean E2E of its requests.
func answers(window time.Duration, cohort requests) float64 {
	e2e, _ := results.FindMetric("e2e")
	return window.Seconds() / stat.Mean(cohort.valuesOf(e2e))
}

// classMetrics are what is shown, or reasoned about, per class of prompts.
var classMetrics = []string{"ttft", "tpot", "e2e", "prompt_tokens"}

func newClass(sc *scenarios.Scenario, name string, cohort requests, p *Point) Class {
	mine := cohort.ofClass(name)
	c := Class{Name: name, N: mine.n}
	own := []results.Metric{{Name: "rate", Unit: "tok/s", Of: requestRate},
		{Name: "output", Unit: "tokens", Of: func(r *results.Record) (float64, bool) {
			return float64(r.OutputTokens), r.OK()
		}}}
	if whole := mine.n == cohort.n; whole {
		c.Metrics, c.Attainment, c.Missed = map[string]Spread{}, p.Attainment, p.Missed
		for _, name := range classMetrics {
			c.Metrics[name] = p.Metrics[name].clone()
		}
	} else {
		var metrics []results.Metric
		for _, name := range classMetrics {
			m, _ := results.FindMetric(name)
			metrics = append(metrics, m)
		}
		c.Metrics = spreads(metrics, mine, p.support())
		c.Attainment, _ = attainment(sc, mine, p.Window, p.near(sc))
		c.Missed = missed(sc, mine)
	}
	of := spreads(own, mine, p.support())
	c.Rate, c.Output = of["rate"], of["output"]
	return c
}

func (s Spread) clone() Spread {
	s.Quantiles = maps.Clone(s.Quantiles)
	return s
}

// requestRate is output tokens ÷ E2E of one request.
func requestRate(r *results.Record) (float64, bool) {
	e, ok := r.E2E()
	return float64(r.OutputTokens) / e.Seconds(), ok && e > 0
}

// tokenMeans are the means of whole answers, and the share of prompt tokens that came from the prefix cache, of those
// whose usage tells both; NaN: not told.
func tokenMeans(cohort requests) (output, prompt, cached float64) {
	var n, prompts, out, in, hit, asked float64
	for _, r := range cohort.all() {
		if !r.OK() {
			continue
		}
		n, out = n+1, out+float64(r.OutputTokens)
		if r.PromptTokens > 0 {
			prompts, in = prompts+1, in+float64(r.PromptTokens)
		}
		if r.PromptTokens > 0 && r.CachedTold {
			hit, asked = hit+float64(r.CachedTokens), asked+float64(r.PromptTokens)
		}
	}
	return out / n, in / prompts, hit / asked
}
