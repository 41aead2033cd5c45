package advice

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// point is a trusted level of a closed loop.
func point(n, tokps float64, of analysis.ServerFacts) *analysis.Point {
	p := &analysis.Point{Loop: scenarios.Closed, Level: n, Label: fmt.Sprintf("n%g", n), Server: of,
		Steps: []results.StepMeta{{Verdict: results.Verdict{State: results.Trusted}}}}
	p.OutputRate.Value = tokps
	return p
}

// The API server is at its limit from nine tenths of the cores that its processes can use, at the level that decides.
func TestBusyFrontEnd(t *testing.T) {
	for _, c := range []struct {
		cores   float64
		at      string
		servers any
		state   results.State
		want    bool
	}{
		{0.9, "n8", nil, results.Trusted, true}, {0.89, "n8", nil, results.Trusted, false},
		{0.9, "n16", nil, results.Trusted, false}, {0.9, "n8", nil, results.Invalid, false},
		{1.8, "n8", 2, results.Trusted, true}, {1.79, "n8", 2, results.Trusted, false},
	} {
		p := point(8, 100, analysis.ServerFacts{Known: true, FrontEnd: c.cores})
		p.Steps[0].Verdict.State = c.state
		a := &Advice{At: c.at, Target: &analysis.TargetStudy{Points: []*analysis.Point{p}, Settings: scenarios.Settings{}}}
		if c.servers != nil {
			a.Target.Settings[vllm.APIServerCount] = c.servers
		}
		if got := a.busyFrontEnd(); (got != "") != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// Compute is told as prefill interference only where a lower budget is advised.
func TestALowerBudgetIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		change Change
		want   bool
	}{
		"lower budget":    {Change{Flag: vllm.MaxNumBatchedTokens, lower: true}, true},
		"higher budget":   {Change{Flag: vllm.MaxNumBatchedTokens}, false},
		"fewer sequences": {Change{Flag: vllm.MaxNumSeqs, lower: true}, false},
	} {
		if a := (&Advice{Changes: []Change{c.change}}); a.lowersBudget() != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// The limit that a change moves is named by what waits for it.
func TestTheCliffThatAChangeMoves(t *testing.T) {
	at := func(waiting float64) *analysis.TargetStudy {
		return &analysis.TargetStudy{Points: []*analysis.Point{point(8, 500, analysis.ServerFacts{Known: true,
			Waiting: waiting})}}
	}
	for want, a := range map[string]*Advice{
		"kv-memory":            {Target: at(0), Changes: []Change{{Flag: vllm.GPUMemoryUtilization}}},
		"prefill-interference": {Target: at(0), Changes: []Change{{Flag: vllm.MaxNumBatchedTokens, lower: true}}},
		"max-num-seqs":         {Target: at(4), Changes: []Change{{Flag: vllm.MaxNumSeqs}}},
	} {
		if a.At = "n8"; a.cliff() != want {
			t.Errorf("%+v: %q, want %q", a.Changes, a.cliff(), want)
		}
	}
	for _, c := range []Change{{Flag: vllm.MaxNumBatchedTokens}, {Flag: vllm.MaxNumSeqs}} {
		if a := (&Advice{At: "n8", Target: at(0), Changes: []Change{c}}); a.cliff() != "" {
			t.Errorf("%+v: %q", c, a.cliff())
		}
	}
	a := &Advice{Changes: []Change{{Effect: &Effect{Ratio: 1.25}}}}
	if !a.beyond(1.22) || a.beyond(1.24) || (&Advice{}).beyond(0) {
		t.Error("a change is beyond a gain from 2 % more on")
	}
}

// The resource that would give most is named from 2 % on, of nearly equal ones the first; a busy API server and a cliff
// that the advised change moves go before it.
func TestWhatWouldGiveMostIsNamed(t *testing.T) {
	type gives map[string]float64
	tenth := 1.1
	idle, busy := analysis.ServerFacts{Known: true}, analysis.ServerFacts{Known: true, FrontEnd: 0.95}
	full := analysis.ServerFacts{Known: true, Waiting: 4}
	seqs := func(ratio float64) []Change {
		return []Change{{Flag: vllm.MaxNumSeqs, Effect: &Effect{Ratio: ratio}}}
	}
	lower := []Change{{Flag: vllm.MaxNumBatchedTokens, lower: true, Effect: &Effect{Ratio: 1.1}}}
	for name, c := range map[string]struct {
		gains   gives
		of      analysis.ServerFacts
		changes []Change
		aimless bool
		want    string
		says    string
	}{
		"2 %":                {gives{"bandwidth": 1.02}, idle, nil, false, "bandwidth", "would give +2 %"},
		"less":               {gives{"bandwidth": 1.0199}, idle, nil, false, "none", ""},
		"a tie":              {gives{"bandwidth": tenth, "compute": tenth + tie/2}, idle, nil, false, "bandwidth", "+10 %"},
		"no tie":             {gives{"bandwidth": tenth, "compute": tenth + tie/1.99}, idle, nil, false, "compute", "+11 %"},
		"the first":          {gives{"max-num-seqs": 1.1, "kv-memory": 1.1}, idle, nil, false, "max-num-seqs", "+10 %"},
		"the host":           {gives{hostOverhead: 1.5}, idle, nil, false, "none", ""},
		"a busy API server":  {gives{"compute": 1.5}, busy, nil, false, "front-end", "used 0.95"},
		"a lower budget":     {gives{"compute": 1.1}, idle, lower, false, "prefill-interference", "compute would give"},
		"bandwidth instead":  {gives{"bandwidth": 1.1}, idle, lower, false, "bandwidth", "bandwidth would give"},
		"several times":      {gives{"compute": 1.2}, full, seqs(3.03), false, "max-num-seqs", "brings more than"},
		"as much":            {gives{"max-num-seqs": 1.1, "compute": 1.12}, full, seqs(1.3), false, "max-num-seqs", "+10 %"},
		"less than as much":  {gives{"max-num-seqs": 1.1, "compute": 1.125}, full, seqs(1.3), false, "compute", "+12 %"},
		"less than that":     {gives{"compute": 1.2}, full, seqs(3.01), false, "compute", "would give +20 %"},
		"beyond, no cliff":   {gives{"compute": 1.2}, idle, seqs(3.03), false, "compute", "brings more than"},
		"more load lacks":    {gives{"compute": 1.2}, idle, nil, true, "none", "throughput still rose"},
		"as much is reached": {gives{"compute": 1.2}, full, nil, true, "compute", "would give +20 %"},
	} {
		a := &Advice{At: "n8", Bottleneck: "none", Changes: c.changes, Target: &analysis.TargetStudy{
			Settings: scenarios.Settings{}, Points: []*analysis.Point{point(4, 250, idle), point(8, 500, c.of)}}}
		gains := make([]float64, len(resources))
		for i, r := range resources {
			gains[i] = max(1, c.gains[r.binding])
		}
		a.attribute(gains, c.aimless)
		if a.Bottleneck != c.want || c.says != "" && !has(a.Because, c.says) || c.says == "" && len(a.Because) > 0 {
			t.Errorf("%s: %s, want %s: %v", name, a.Bottleneck, c.want, a.Because)
		}
		for _, r := range resources { // what is evidence, or named, is never called no bottleneck
			if known := r.binding == c.want || has(a.Because, r.says+" would give"); known == has(a.Examined, r.says) {
				t.Errorf("%s: %s: evidence %v, examined %v", name, r.binding, a.Because, a.Examined)
			}
		}
	}
}

// Of resources that come near the best one the models that the run leaves open have a word too.
func TestRivalsAreWeighed(t *testing.T) {
	study := with(chat(), scenarios.Objective{TTFT: 300 * ms, TPOT: 30 * ms, Attainment: 0.9}).study(t)
	m, err := newModel(study, study.Targets[0], scenarios.Closed)
	if err != nil {
		t.Fatal(err)
	}
	c := m.calibrate(begin(study, study.Targets[0]))
	y := yardstick{goal: 0.9, highest: c.highest, guess: study.Targets[0].Held(study.Scenario).Value}
	const kv, front, compute = 1, 4, 6
	lucky := func(frontEnd float64) []float64 {
		gains := []float64{1, 1.5, 1, 1, frontEnd, 1, 1.2, 1}
		y.weigh(c, gains)
		return gains
	}
	if got := lucky(1.48); got[kv] > 1.1 || got[front] > 1.15 || got[compute] != 1.2 {
		t.Errorf("two that replays of the central model alone put high: %v", got)
	}
	if got := lucky(1.43); got[kv] != 1.5 || got[front] != 1.43 {
		t.Errorf("one that nothing comes near: %v", got)
	}
}

// Throughput still rises where the last level is the first of the plateau, and nobody waits there.
func TestThroughputStillRises(t *testing.T) {
	idle, queued := analysis.ServerFacts{Known: true}, analysis.ServerFacts{Known: true, Waiting: 4}
	for name, c := range map[string]struct {
		points []*analysis.Point
		want   bool
	}{
		"one level":          {[]*analysis.Point{point(8, 500, idle)}, false},
		"it grew":            {[]*analysis.Point{point(8, 500, idle), point(16, 900, idle)}, true},
		"it grew and queues": {[]*analysis.Point{point(8, 500, idle), point(16, 900, queued)}, false},
		"a plateau":          {[]*analysis.Point{point(8, 500, idle), point(16, 520, idle)}, false},
	} {
		if got := (&Advice{Target: &analysis.TargetStudy{Points: c.points}}).rising(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Every state of a held load is said in its own words, at its own level.
func TestWhereTheObjectiveBreaksIsSaid(t *testing.T) {
	below, above := point(8, 500, analysis.ServerFacts{}), point(16, 900, analysis.ServerFacts{Known: true, Running: 12,
		Waiting: 4, KVKnown: true, KV: 0.5, KVMax: 0.75})
	above.Attainment.Value = 0.4
	above.Missed = []analysis.Miss{{Clause: "TTFT", Share: 0.6}}
	c := &calibration{levels: []*analysis.Point{below, above}}
	c.posterior.Spread = 1.5
	for _, x := range []struct {
		held analysis.HeldLoad
		none bool
		at   string
		says string
		not  string
	}{
		{analysis.HeldLoad{}, false, "given", "no objective is given: settings are judged by tokens/s at given", "%"},
		{analysis.HeldLoad{State: analysis.HeldNone, Goal: 0.9, Above: above}, true, "n16",
			"the objective cannot be met: at n16, the lowest load played, 40 % of the requests keep it and 90 % are asked for",
			"lies below"},
		{analysis.HeldLoad{State: analysis.HeldNone, Goal: 0.9, Above: above}, false, "n16",
			"the load that could be held lies below", "between"},
		{analysis.HeldLoad{State: analysis.HeldAtLeast, Below: below}, false, "given",
			"the objective is met up to n8, the highest load played", "TTFT"},
		{analysis.HeldLoad{State: analysis.Held, Value: 8, Below: below, Above: above}, false, "n16",
			"the objective breaks between n8 and n16: at n16 TTFT is too long in 60 % of the requests", "around"},
		{analysis.HeldLoad{State: analysis.Held, Value: 16, Below: below, Above: above}, false, "n16", "between", "around"},
		{analysis.HeldLoad{State: analysis.Held, Value: 16.5, Below: below, Above: above}, false, "n16",
			"the objective breaks around 16.5, by the line through all steps; n16 is the first", "between"},
		{analysis.HeldLoad{State: analysis.Held, Value: 7.5, Below: below, Above: above}, false, "n16", "around 7.50",
			"between"},
	} {
		a := &Advice{Held: x.held, At: "given"}
		a.describe(c, capacity{none: x.none})
		if a.At != x.at || !strings.Contains(a.Says, x.says) || strings.Contains(a.Says, x.not) {
			t.Errorf("%s %v: at %s: %s", x.held.State, x.held.Value, a.At, a.Says)
		}
		gauges := has(a.Because, "at n16: 12.0 running, 4.00 waiting on average, KV pool 50.0 % used, 75.0 % at most")
		if gauges != (x.at == "n16") || !has(a.Because, "2 levels, is off by 1.5 times") {
			t.Errorf("%s: %q", x.held.State, a.Because)
		}
	}
}

// A better grade is for a run that the model follows, on levels to both sides; what lacks is named, the first of it.
func TestWhatAGradeLacks(t *testing.T) {
	for _, x := range []struct {
		levels int
		spread float64
		held   analysis.HeldState
		above  float64
		want   analysis.Grade
		lift   string
	}{
		{3, misfit, analysis.Held, 16, analysis.GradeB, "grade A"},
		{3, misfit + 0.01, analysis.Held, 16, analysis.GradeC, "does not follow this run"},
		{2, 1, analysis.Held, 16, analysis.GradeC, "three levels of load"},
		{3, 1, analysis.HeldAtLeast, 16, analysis.GradeC, "levels on both sides"},
		{3, 1, analysis.HeldNone, 2.1, analysis.GradeC, "levels on both sides"},
		{1, misfit + 1, analysis.HeldNone, 2, analysis.GradeC, "one request alone"}, // none kept it
		{3, 1, analysis.HeldNone, 1, analysis.GradeC, "one request alone"},
		{3, 1, analysis.HeldNot, 16, analysis.GradeB, "grade A"},
	} {
		m := &model{machine: machine.Machine{Quant: vllm.BF16}}
		m.machine.Card, _ = vllm.FindCard("H100")
		m.machine.Profile, _ = machine.FindProfile("H100")
		c := &calibration{model: m, levels: make([]*analysis.Point, x.levels)}
		c.posterior.Spread = x.spread
		a := &Advice{Held: analysis.HeldLoad{State: x.held, Loop: scenarios.Closed, Above: point(x.above, 1,
			analysis.ServerFacts{})}}
		a.Held.Above.Attainment.Value = x.above - 2
		if got := c.grade(a); got != x.want || !strings.Contains(a.Lift, x.lift) {
			t.Errorf("%+v: %v, %s", x, got, a.Lift)
		}
	}
}

// Without arithmetic the server's own gauges speak, as far as they tell.
func TestGaugesSpeakForThemselves(t *testing.T) {
	facts := func(kv, waiting, running float64) analysis.ServerFacts {
		return analysis.ServerFacts{Known: true, KVKnown: true, KVMax: kv, Waiting: waiting, RunningMax: running}
	}
	seqs := scenarios.Settings{vllm.MaxNumSeqs: 8}
	for name, c := range map[string]struct {
		of       analysis.ServerFacts
		settings scenarios.Settings
		want     string
		says     string
	}{
		"no page":       {analysis.ServerFacts{}, seqs, "", "shows no /metrics"},
		"a full pool":   {facts(0.95, 4, 8), seqs, "kv-memory", "while the KV pool is full"},
		"nearly full":   {facts(0.94, 4, 8), seqs, "max-num-seqs", "while max-num-seqs 8 run"},
		"fewer run":     {facts(0.94, 4, 7), seqs, "", "its gauges do not say why"},
		"nobody told":   {facts(0.94, 4, 8), nil, "", "its gauges do not say why"},
		"nobody waits":  {facts(0.99, 0, 8), seqs, "none", "no requests queued before the server up to n16"},
		"one may queue": {facts(0.99, 0.79, 8), seqs, "none", "no requests queued"},
	} {
		a := &Advice{Target: &analysis.TargetStudy{Settings: c.settings}}
		a.notModelled([]*analysis.Point{point(16, 900, c.of)}, errors.New("nothing"))
		if a.Bottleneck != c.want || !strings.Contains(a.Says, c.says) || a.Grade != analysis.GradeD ||
			!has(a.Unexamined, "effects of settings: nothing") {
			t.Errorf("%s: %q, %s", name, a.Bottleneck, a.Says)
		}
	}
}

// The loop that is judged is that of the held load, else the closed one where there is one.
func TestTheLoopThatIsJudged(t *testing.T) {
	open := &analysis.Point{Loop: scenarios.Open}
	closed := point(8, 1, analysis.ServerFacts{})
	for want, a := range map[scenarios.Loop]Advice{
		scenarios.Open:   {Target: &analysis.TargetStudy{Points: []*analysis.Point{open}}},
		scenarios.Closed: {Target: &analysis.TargetStudy{Points: []*analysis.Point{open, closed}}},
		"of the load": {Held: analysis.HeldLoad{State: analysis.Held, Loop: "of the load"},
			Target: &analysis.TargetStudy{Points: []*analysis.Point{closed}}},
	} {
		if got := a.loop(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A command line has what changes, and none where nothing does.
func TestCommandOfAnAdvice(t *testing.T) {
	a := &Advice{Target: &analysis.TargetStudy{Target: scenarios.Target{Model: "m"}, Settings: scenarios.Settings{
		vllm.MaxNumSeqs: 256.}}}
	if a.Command() != "" {
		t.Error(a.Command())
	}
	a.Changes = []Change{{Flag: vllm.MaxNumSeqs, To: 512.}, {Flag: vllm.GPUMemoryUtilization, To: 0.92}}
	if got := a.Command(); got != "vllm serve m \\\n    --max-num-seqs 512 \\\n    --gpu-memory-utilization 0.92" {
		t.Error(got)
	}
	for _, s := range a.Settings() {
		if (s.Change != nil) != (s.Flag == vllm.MaxNumSeqs || s.Flag == vllm.GPUMemoryUtilization) ||
			s.Flag == vllm.MaxNumSeqs && s.From != 256. {
			t.Errorf("%+v", s)
		}
	}
}

// More of a resource takes nothing away; another value of a setting may.
func TestLessThanNothingIsChance(t *testing.T) {
	for _, r := range resources {
		want := "nothing"
		switch r.binding {
		case "max-num-seqs", "token-budget", "prefill-interference":
			want = "-4 %"
		}
		if got := r.gives(0.96); got != want || r.gives(1.04) != "+4 %" {
			t.Errorf("%s: %s, want %s", r.binding, got, want)
		}
	}
}
