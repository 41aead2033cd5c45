package analysis

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// A recorded run says what its own records say when they are counted by hand.
func TestAStudyIsItsRecords(t *testing.T) {
	run, err := results.Open("../testdata/gpu/mixed-512")
	if err != nil {
		t.Fatal(err)
	}
	s := analysed(t, run)
	if len(s.Targets) != 1 || len(s.Targets[0].Closed()) != 2 || len(s.Targets[0].Open()) != 0 || len(s.Arms()) != 1 {
		t.Fatalf("%+v", s.Targets)
	}
	for i, p := range s.Targets[0].Points {
		cohort, err := run.Steps[i].Cohort()
		if err != nil {
			t.Fatal(err)
		}
		var ttft, e2e []float64
		prompts := 0
		for _, r := range cohort {
			ttft, e2e = append(ttft, (r.FirstToken-r.Due).Seconds()), append(e2e, (r.LastToken-r.Due).Seconds())
			prompts += int(r.PromptTokens)
		}
		slices.Sort(ttft)
		if got, want := p.Metrics["ttft"].At(0.5).Value, ttft[(len(ttft)+1)/2-1]; got != want || p.Cohort != len(cohort) {
			t.Errorf("%s: TTFT p50 %v of %d, want %v of %d", p.Label, got, p.Cohort, want, len(cohort))
		}
		if want := p.Window.Seconds() / stat.Mean(e2e); math.Abs(p.Relaxations/want-1) > 0.01 {
			t.Errorf("%s: the window lasted %v mean answers, want %v", p.Label, p.Relaxations, want)
		}
		if want := float64(prompts) / float64(len(cohort)); math.Abs(p.PromptMean/want-1) > 1e-9 {
			t.Errorf("%s: mean prompt %v, want %v", p.Label, p.PromptMean, want)
		}
		if want := outputRate(t, run.Steps[i]); math.Abs(p.OutputRate.Value/want-1) > 1e-9 {
			t.Errorf("%s: %v tok/s, want %v", p.Label, p.OutputRate.Value, want)
		}
	}
	rows := s.Targets[0].PercentileRows(s)
	if len(rows) != 2*(4+3*len(s.Scenario.Prompts)) || rows[0].Metric != title("ttft") {
		t.Errorf("%d rows of percentiles, the first %+v", len(rows), rows[0])
	}
}

// outputRate is tokens that came in the window ÷ its length, counted event by event.
func outputRate(t *testing.T, st *results.Step) float64 {
	t.Helper()
	records, err := st.Records()
	if err != nil {
		t.Fatal(err)
	}
	w, tokens := st.Meta.Window, 0.
	for _, r := range records {
		events, in, at := 0, 0, r.FirstToken
		for _, a := range r.Arrivals {
			at += a.Gap
			events += int(a.Events)
			if at >= w.Start && at < w.End {
				in += int(a.Events)
			}
		}
		if events > 0 {
			tokens += float64(r.Streamed()) * float64(in) / float64(events)
		}
	}
	return tokens / (w.End - w.Start).Seconds()
}

// made writes steps as one run of a scenario with the targets mini and maxi, judged.
func made(t *testing.T, change func(*results.Manifest), steps ...*StepData) *Study {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(`version: 1
targets: {mini: {url: "http://mini:80", model: m, gpus: [0]}, maxi: {url: "http://maxi:80", model: m, gpus: [1]}}
prompts: {chat: {input: {fixed: 100}, output: {fixed: 50}}}
load: {concurrency: [8]}
`))
	if err != nil {
		t.Fatal(err)
	}
	m := results.Manifest{Parsed: sc, Ended: time.Unix(1, 0)}
	if change != nil {
		change(&m)
	}
	w, err := results.Create(filepath.Join(t.TempDir(), "run"), m, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range steps {
		st := &d.Meta.Step
		st.Index, st.Rep = i+1, max(1, st.Rep)
		st.Name = st.Directory()
		sw, err := w.Begin(*st)
		if err != nil {
			t.Fatal(err)
		}
		for k := range d.Records {
			sw.Add(&d.Records[k])
		}
		for _, s := range d.Samples {
			sw.Sample(s)
		}
		if _, err := sw.Finish(d.Meta); err != nil {
			t.Fatal(err)
		}
	}
	run, err := results.Open(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return analysed(t, run)
}

func analysed(t *testing.T, run *results.Run) *Study {
	t.Helper()
	s, err := Analyze(run)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shard is what one client of two has of a step of eight: every other slot.
func shard(index int, began time.Duration) *StepData {
	whole := lively(8, 50, 100*ms, 10*ms, 60*time.Second)
	out := *whole
	out.Records = nil
	for _, r := range whole.Records {
		if int(r.Slot)%2 == index-1 {
			for _, at := range []*time.Duration{&r.Due, &r.Sent, &r.Written, &r.FirstByte, &r.FirstToken, &r.FirstSeen,
				&r.LastToken, &r.End} {
				*at -= began // by this client's clock
			}
			out.Records = append(out.Records, r)
		}
	}
	out.Meta.Step.Shard = scenarios.Shard{Index: index, Of: 2, Concurrency: 8}
	out.Meta.Step.Concurrency, out.Meta.Evidence.MeanInFlight = 4, 4
	out.Meta.Began = began
	w := &out.Meta.Window
	for _, at := range []*time.Duration{&w.RampEnd, &w.Start, &w.End, &w.Chased, &w.Drained} {
		*at -= began
	}
	return &out
}

// Two clients' parts are the level that they make; one part alone is said to be one; parts that were not played at the
// same time are left out.
func TestShardsAreOneLevel(t *testing.T) {
	alone := made(t, nil, lively(8, 50, 100*ms, 10*ms, 60*time.Second)).Targets[0].Points
	both := made(t, nil, shard(1, 0), shard(2, 30*ms))
	two := both.Targets[0].Points
	if len(alone) != 1 || len(two) != 1 || two[0].Label != "n8" || two[0].Cohort != alone[0].Cohort {
		t.Fatalf("%+v and %+v", alone, two)
	}
	a, b := alone[0], two[0]
	if a.OutputRate.Value != b.OutputRate.Value || a.Metrics["ttft"].At(0.9).Value != b.Metrics["ttft"].At(0.9).Value {
		t.Errorf("%v and %v tok/s, TTFT %v and %v", a.OutputRate.Value, b.OutputRate.Value, a.Metrics["ttft"].At(0.9),
			b.Metrics["ttft"].At(0.9))
	}
	for says, parts := range map[string][]*StepData{
		"this is a part of a load that 2 clients shared, shards [2]": {shard(2, 0)},
		"mini n8 r1 is left out: the windows of its 2 shards share":  {shard(1, 0), late(shard(2, 0))},
	} {
		v := made(t, nil, parts...).Verdict
		if !slices.ContainsFunc(v.Reasons, func(r results.Reason) bool { return strings.Contains(r.Says, says) }) {
			t.Errorf("%q is not among %+v", says, v.Reasons)
		}
	}
	if left := made(t, nil, shard(1, 0), late(shard(2, 0))); len(left.Targets) != 0 {
		t.Errorf("parts of different times make %+v", left.Targets[0].Points)
	}
}

// late is the same part, begun when two thirds of the window were over.
func late(d *StepData) *StepData {
	d.Meta.Began += 40 * time.Second
	return d
}

// The table of clients adds up what each sent on all its starts, and has the worst of what its own checks found.
func TestClientsAreToldApart(t *testing.T) {
	worker := func(index int, host string) results.Worker {
		return results.Worker{Index: index, Of: 2, Host: results.HostInfo{Name: host, Cores: 2 * index}}
	}
	a, b := shard(1, 0), shard(2, 0)
	a.Meta.Evidence.LagP99 = 3 * ms
	b.Meta.Verdict.Reasons = []results.Reason{{Check: checkClient.ID, Level: results.Warn, Says: "slow"},
		{Check: checkClient.ID, Level: results.Condemn, Says: "too slow"},
		{Check: checkCeiling.ID, Level: results.NotChecked},
		{Check: "V2", Level: results.Condemn, Says: "the level's"}}
	b.Meta.Partial = "client 1 of 2 (one) is lost" // what ended with it did not fail
	b.Records[0].Fault, b.Records[1].Fault = results.FaultCancelled, results.FaultTimeout
	s := made(t, func(m *results.Manifest) {
		m.Workers = []results.Worker{worker(1, "one"), worker(2, "two"), worker(2, "three"), worker(2, "two")}
	}, a, b)
	all := s.Workers()
	if len(all) != 2 || all[0].Sent != len(a.Records) || all[1].Sent != len(b.Records) || all[0].Steps != 1 ||
		all[0].Lag != 3*ms || all[1].Failed != 1 || fmt.Sprint(all[1].Hosts) != "[two three]" || all[1].Cores != 4 {
		t.Fatalf("%+v", all)
	}
	if all[0].Bound() || !all[1].Bound() || len(all[1].Strains) != 1 || all[1].Strains[0].Says != "too slow" {
		t.Errorf("%+v", all)
	}
	if alone := made(t, nil, shard(1, 0)).Workers(); len(alone) != 0 {
		t.Errorf("a run of one client has a table of clients: %+v", alone)
	}
}

// Targets that were loaded together are one arm, with the tokens/s and GPUs of both; repetitions are pooled, and each
// is there by itself.
func TestReplicasAreOneArm(t *testing.T) {
	part := func(target, beside string, rep int) *StepData {
		d := lively(4, 50, 100*ms, 10*ms, 60*time.Second)
		d.Meta.Step.Target, d.Meta.Step.Beside, d.Meta.Step.Rep = target, []string{beside}, rep
		return d
	}
	s := made(t, nil, part("mini", "maxi", 1), part("maxi", "mini", 1), part("mini", "maxi", 2), part("maxi", "mini", 2))
	if len(s.Targets) != 2 || len(s.Replicas) != 1 || len(s.Arms()) != 1 {
		t.Fatalf("%d targets, %d replicas, %d arms", len(s.Targets), len(s.Replicas), len(s.Arms()))
	}
	arm, one := s.Arms()[0], s.Targets[0].Points[0]
	p := arm.Points[0]
	if arm.Target.Name != "maxi+mini" || arm.GPUs() != 2 || p.Label != "n8" || len(p.Repetitions) != 2 ||
		p.Cohort != 2*one.Cohort || math.Abs(p.OutputRate.Value/one.OutputRate.Value-2) > 0.01 {
		t.Errorf("%s on %d GPUs: %s, %d repetitions, %d requests, %v tok/s beside %v", arm.Target.Name, arm.GPUs(), p.Label,
			len(p.Repetitions), p.Cohort, p.OutputRate.Value, one.OutputRate.Value)
	}
	cut := made(t, nil, part("mini", "maxi", 1), late(part("maxi", "mini", 1)))
	if len(cut.Replicas) != 0 || len(cut.Targets) != 2 {
		t.Errorf("parts of different times are %d sets of replicas of %d targets", len(cut.Replicas), len(cut.Targets))
	}
}

// Two of three signs make a level saturated: no growth, a TTFT that a queue explains, a queue.
func TestSaturationNeedsTwoSigns(t *testing.T) {
	grown := func(tokps, ttft, waiting, preemptions float64) *Point {
		p := level(16, tokps, 0.01, 16, waiting)
		p.Metrics["ttft"] = Spread{Mean: Estimate{Interval: stat.Interval{Value: ttft}, N: 9}}
		p.Server.Preemptions = preemptions
		return p
	}
	before := level(8, 1000, 0.01, 8, 0) // 10 requests/s, TTFT 0.1 s
	for _, c := range []struct {
		now  *Point
		want bool
	}{
		{grown(1049, 0.1, 0, 0), false},         // one sign
		{grown(1049, 0.1, 0.8, 0), true},        // and a queue of 5 % of 16
		{grown(1049, 0.1, 0.79, 0), false},      // not quite
		{grown(1049, 0.1, 0, 1), true},          // a preemption is a queue
		{grown(1051, 0.1, 0.8, 0), false},       // it grows by 5 % of twice the load
		{grown(1049, 0.1+0.382, 0, 0), true},    // a queue of 8 at 10.49/s explains 0.7626 s: half of it
		{grown(1049, 0.1+0.381, 0, 0), false},   // less
		{grown(1600, 0.1+0.26, 0.8, 0), true},   // it grows, and queues: half of 8 at 16/s is 0.25 s
		{grown(1600, 0.1+0.24, 0.8, 0), false},  // hardly
		{grown(1600, 0.1+0.26, 0.75, 0), false}, // less than 5 %
	} {
		if got, why := Saturated(before, c.now); got != c.want {
			t.Errorf("%v tok/s, TTFT %v, %v waiting: %v, %q", c.now.OutputRate.Value, c.now.Metrics["ttft"].Mean.Value,
				c.now.Server.Waiting, got, why)
		}
	}
	open := grown(1049, 9, 9, 9)
	open.Loop = scenarios.Open
	for name, got := range map[string]bool{"the first level": first(Saturated(nil, grown(1049, 9, 9, 9))),
		"a rate":         first(Saturated(before, open)),
		"nothing before": first(Saturated(level(8, 0, 1, 8, 0), grown(1049, 9, 9, 9)))} {
		if got {
			t.Errorf("%s is saturated", name)
		}
	}
}

func first(is bool, _ string) bool { return is }

// The plateau begins within 5 % of the best trusted level; what lies behind it shows what binds.
func TestPlateauBeginsNearTheBest(t *testing.T) {
	points := []*Point{level(8, 900, 0.01, 8, 0), level(16, 1000, 0.01, 16, 0), level(32, 1050, 0.01, 32, 0),
		level(64, 2000, 0.01, 64, 9)}
	points[3].Steps[0].Verdict.State = results.Invalid
	pl := findPlateau(points)
	if pl.Best != 1050 || pl.First != points[1] || pl.Beyond != points[2] || PlateauStart(points) != points[1] {
		t.Errorf("%+v", pl)
	}
	points[1].OutputRate.Value = 997 // 0.95 × 1050 is 997.5
	if pl := findPlateau(points); pl.First != points[2] || pl.Beyond != nil {
		t.Errorf("%+v", pl)
	}
	points[2].Server.Waiting = 2
	if pl := findPlateau(points); pl.Beyond != points[2] {
		t.Errorf("a queue already stands at the last level: %+v", pl)
	}
}

// Without a step nothing can be trusted; with one good step the bad ones are warned of.
func TestARunNeedsOneGoodStep(t *testing.T) {
	step := func(state results.State, reasons ...results.Reason) *results.Step {
		return &results.Step{Meta: results.StepMeta{Verdict: results.Verdict{State: state, Reasons: reasons}}}
	}
	bad := step(results.Invalid, results.Reason{Check: "V2", Level: results.Condemn})
	silent := step(results.Trusted, results.Reason{Check: "V8", Level: results.NotChecked})
	for name, c := range map[string]struct {
		steps []*results.Step
		want  results.State
		says  string
	}{
		"none":     {nil, results.Invalid, "no step was measured"},
		"all bad":  {[]*results.Step{bad, bad}, results.Invalid, "in 2 of 2 steps"},
		"one good": {[]*results.Step{bad, silent}, results.Warnings, "in 1 of 2 steps"},
		"good":     {[]*results.Step{silent}, results.Trusted, ""},
	} {
		run := &results.Run{Steps: c.steps, Manifest: results.Manifest{Parsed: &scenarios.Scenario{}, Ended: time.Unix(1, 0)}}
		v := RunVerdict(run)
		said := slices.ContainsFunc(v.Reasons, func(r results.Reason) bool { return r.Says == c.says })
		if v.State != c.want || said != (c.says != "") || c.want == results.Trusted && len(v.Reasons) > 0 {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
