package results

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/scenarios"
)

// Imported is what a run that another tool measured says of itself, wherever it is told.
const Imported = "imported: cannot be verified"

// A Bench is one result of `vllm bench serve`, as a step: with each request's values where it was saved with
// --save-detailed.
type Bench struct {
	Model   string
	Started time.Time // wall time of its end, which is all that the file tells; zero when it does not
	Step    scenarios.Step
	Window  Window // from the first sending to the last end: ramp and drain are in it
	Records []*Record
	Summary *summary // not nil: there are no records
	Engine  string   // what answered, where the file says that it was not vLLM
	Notes   []string // what a reader must know of it
}

// benchFile are the keys that are read. Times are seconds; start_times are on a clock of the sender's own.
type benchFile struct {
	Date           string      `json:"date"`
	Model          string      `json:"model_id"`
	NumPrompts     int         `json:"num_prompts"`
	RequestRate    any         `json:"request_rate"` // a number, or "inf"
	Burstiness     *float64    `json:"burstiness"`
	MaxConcurrency *float64    `json:"max_concurrency"`
	Backend        string      `json:"backend"`
	EndpointType   string      `json:"endpoint_type"` // or, in some versions, in place of backend
	Duration       *float64    `json:"duration"`
	RampUp         string      `json:"ramp_up_strategy"`
	InputLens      []int32     `json:"input_lens"`
	OutputLens     []int32     `json:"output_lens"`
	TTFTs          []float64   `json:"ttfts"`
	ITLs           [][]float64 `json:"itls"`
	Latencies      []float64   `json:"latencies"` // absent in older versions
	StartTimes     []float64   `json:"start_times"`
	Errors         []string    `json:"errors"`
	// not empty: loadgen's own export, whose duration is the measuring window
	Ours string `json:"loadgen_step"`
}

func (f *benchFile) bench() (Bench, error) {
	n := len(f.TTFTs)
	if len(f.InputLens) != n || len(f.OutputLens) != n || len(f.ITLs) != n || len(f.Errors) != n ||
		len(f.StartTimes) != n ||
		f.Latencies != nil && len(f.Latencies) != n {
		return Bench{}, fmt.Errorf("its lists differ in length: %d ttfts, %d itls, %d start_times, %d errors", n, len(f.ITLs),
			len(f.StartTimes), len(f.Errors))
	}
	b := Bench{Step: f.step(n)}
	first := slices.Min(f.StartTimes)
	for i := range n {
		r, err := f.record(i, first)
		if err != nil {
			return Bench{}, fmt.Errorf("request %d: %w", i, err)
		}
		b.Records = append(b.Records, r)
		b.Window.End = max(b.Window.End, r.End+1)
	}
	b.Window.Chased, b.Window.Drained = b.Window.End, b.Window.End
	if err := f.agrees(&b, n); err != nil {
		return Bench{}, err
	}
	slices.SortStableFunc(b.Records, func(a, b *Record) int { return int(a.End - b.End) })
	return b, nil
}

// agrees compares the stamps with the duration that the file tells.
func (f *benchFile) agrees(b *Bench, n int) error {
	if n != f.NumPrompts && f.NumPrompts > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("%d of its %d requests are listed", n, f.NumPrompts))
		return nil
	}
	if f.Duration == nil || f.Ours != "" {
		return nil
	}
	seen, told := b.Window.End.Seconds(), *f.Duration
	switch off := math.Abs(seen - told); {
	case off > max(told, seen)/2 && off > 0.1:
		return fmt.Errorf("its requests last %.4g s by their start times and latencies, and its duration is %.4g s: one of "+
			"them is wrong", seen, told)
	case off > max(told, seen)/100 && off > 0.1:
		b.Notes = append(b.Notes, fmt.Sprintf("its requests last %.4g s by their start times and latencies, and its "+
			"duration is %.4g s", seen, told))
	}
	return nil
}

// meta is what is known of the step.
func (b *Bench) meta(started time.Time) StepMeta {
	m := StepMeta{Window: b.Window, Began: b.Started.Sub(started), Summary: b.Summary,
		Evidence: Evidence{MeanInFlight: b.inFlight()}}
	if s := b.Summary; s != nil {
		m.Counts = Counts{Sent: s.Completed + s.Failed, OK: s.Completed}
		if s.Failed > 0 {
			m.Counts.Faults = map[Fault]int{FaultServer: s.Failed}
		}
	}
	return m
}

// inFlight is the mean number of requests in flight over the window.
func (b *Bench) inFlight() float64 {
	var sum time.Duration
	for _, r := range b.Records {
		sum += r.End - r.Due
	}
	return sum.Seconds() / b.Window.End.Seconds()
}

// step is the level: a rate where one was given, with the cap beside it, else the cap, else everything at once.
func (f *benchFile) step(n int) scenarios.Step {
	s := scenarios.Step{Loop: scenarios.Closed, Concurrency: n, Rep: 1}
	limit := 0
	if f.MaxConcurrency != nil {
		limit = int(*f.MaxConcurrency)
		s.Concurrency = limit
	}
	if rate, ok := f.rate(); ok {
		s = scenarios.Step{Loop: scenarios.Open, Rate: rate, Arrival: scenarios.Law{Name: "poisson"}, Cap: limit, Rep: 1}
		if f.Burstiness != nil && *f.Burstiness > 0 && *f.Burstiness != 1 {
			s.Arrival = scenarios.Law{Name: "gamma", CV: 1 / math.Sqrt(*f.Burstiness)}
		}
	}
	return s
}

// rate is the request rate; ok is false where all was sent at once, or as fast as the cap let.
func (f *benchFile) rate() (rate float64, ok bool) {
	switch x := f.RequestRate.(type) {
	case float64:
		rate = x
	case string:
		rate, _ = strconv.ParseFloat(x, 64)
	}
	return rate, rate > 0 && !math.IsInf(rate, 0)
}

func (f *benchFile) record(i int, first float64) (*Record, error) {
	var bad error
	d := func(s float64) time.Duration {
		if !(s >= 0 && s < 1e6) {
			bad = fmt.Errorf("%g s is no time", s)
		}
		return time.Duration(math.Round(s * 1e9))
	}
	due := d(f.StartTimes[i] - first)
	r := &Record{ID: int64(i), Class: benchClass, Slot: -1, Turn: int32(i), Due: due, Sent: due,
		PromptTokens: f.InputLens[i], OutputTokens: f.OutputLens[i],
		Counted: CountedUsage, Status: 200}
	if f.TTFTs[i] > 0 {
		r.FirstToken = due + d(f.TTFTs[i])
		r.FirstSeen, r.LastToken = r.FirstToken, r.FirstToken
		r.Arrivals = append(r.Arrivals, Arrival{Events: 1})
		for _, gap := range f.ITLs[i] {
			a := Arrival{Gap: d(gap), Events: 1}
			r.LastToken += a.Gap
			r.Arrivals = append(r.Arrivals, a)
		}
	}
	r.Events, r.End = int32(len(r.Arrivals)), max(r.LastToken, due)
	if f.Latencies != nil {
		r.End = max(r.End, due+d(f.Latencies[i]))
	}
	if says := f.Errors[i]; says != "" {
		r.Fault, r.Status, r.Detail = FaultServer, 0, "imported: "+Plain(strings.ToValidUTF8(says[:min(len(says), 200)], ""))
		if r.FirstToken > 0 {
			r.Fault = FaultTruncated
		}
	}
	return r, bad
}

// benchClass is the one class of an imported run.
const benchClass = "bench"

// Import writes results of one model as a run directory: a step each, and a scenario of which only names are known.
// judge gives the steps their verdicts before the directory has its name.
func Import(dir string, m Manifest, benches []Bench, judge func(dir string) error) error {
	name := scenarios.TargetNameOf(path.Base(benches[0].Model))
	sc := &scenarios.Scenario{Version: scenarios.Version, Name: "imported-" + name,
		Prompts: []scenarios.PromptClass{{Name: benchClass, Weight: 1}},
		Targets: []scenarios.Target{{Name: name, Model: benches[0].Model, API: "chat"}}}
	for i := range benches {
		b := &benches[i]
		if b.Model != benches[0].Model || b.Engine != benches[0].Engine {
			return fmt.Errorf("results of %s and of %s: import one model at a time", benches[0].Model, b.Model)
		}
		b.Step.Index, b.Step.Target, b.Step.Phase = i+1, name, benchClass
		b.Step.Name = fmt.Sprintf("%03d-%s-%s", i+1, name, strings.NewReplacer("/", "", " ", "-").Replace(b.Step.Label()))
		m.Plan.Steps = append(m.Plan.Steps, b.Step)
	}
	m.Scenario, m.Parsed, m.Notes = sc.Name, sc, append(m.Notes, Imported)
	for _, b := range benches {
		for _, n := range b.Notes {
			m.Notes = append(m.Notes, b.Step.Name+": "+n)
		}
		if b.Engine != "" {
			m.Before = map[string]ServerInfo{name: {Name: b.Engine, Engine: b.Engine}}
		}
	}
	m.Started, m.Ended = benches[0].Started, benches[0].Started
	return writeWhole(dir, func(beside string) error {
		w, err := Create(beside, m, []byte("# "+Imported+"; there is no scenario\n"))
		if err != nil {
			return err
		}
		defer w.Close()
		for _, b := range benches {
			s, err := w.Begin(b.Step)
			if err != nil {
				return err
			}
			for _, r := range b.Records {
				s.Add(r)
			}
			if _, err := s.Finish(b.meta(m.Started)); err != nil {
				return err
			}
		}
		return judge(beside)
	})
}
