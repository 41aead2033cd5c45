package analysis

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/vllm"
)

func TestChecksAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks {
		if seen[c.ID] || c.Name == "" || c.Doc == "" || c.Remedy == "" || c.Judge == nil {
			t.Errorf("%s: twice, or without name, doc, remedy or judge", c.ID)
		}
		seen[c.ID] = true
		if slices.Contains(Unchecked, c.ID) {
			t.Errorf("%s is both checked and not", c.ID)
		}
		for _, r := range c.Judge(c, &StepData{}) {
			if r.Check != c.ID || r.Says == "" {
				t.Errorf("%s on an empty step: %+v", c.ID, r)
			}
		}
	}
}

func TestASoundStepIsTrusted(t *testing.T) {
	d := lively(4, 20, 100*ms, 10*ms, 200*time.Second)
	if v := Judge(d); v.State != results.Trusted {
		t.Errorf("%+v", v)
	}
}

// Users that think are there, and are not in flight.
func TestThinkingUsersAreThere(t *testing.T) {
	d := lively(4, 20, 100*ms, 10*ms, 200*time.Second)
	d.Meta.Step.Sessions, d.Meta.Step.Concurrency, d.Meta.Evidence.MeanThinking = true, 8, 4
	if v := Judge(d); v.State != results.Trusted {
		t.Errorf("%+v", v)
	}
}

// Each condition is broken alone; the check that is meant, and only that one, must condemn, warn or withhold.
func TestChecksFindWhatTheyAreFor(t *testing.T) {
	for _, c := range []struct {
		name, check string
		level       results.Level
		spoil       func(*StepData)
	}{
		{"an open loop with a cap", "V1", results.Condemn,
			func(d *StepData) { d.Meta.Step.Loop = scenarios.Open; d.Meta.Evidence.CapHits = 3 }},
		{"fewer users than asked", "V2", results.Condemn, func(d *StepData) {
			d.Meta.Step.Sessions, d.Meta.Step.Concurrency, d.Meta.Evidence.MeanThinking = true, 8, 3.5
		}},
		{"fewer in flight than asked", "V2", results.Condemn,
			func(d *StepData) { d.Meta.Evidence.MeanInFlight = 3.7; d.Meta.Step.Concurrency = 4 }},
		{"Poisson arrivals that come in step", "V2", results.Condemn, func(d *StepData) {
			d.Meta.Step.Loop, d.Meta.Step.Arrival.Name = scenarios.Open, "poisson"
			for i := range d.Records {
				shift := d.Meta.Window.Start + time.Duration(i)*20*ms - d.Records[i].Due
				for _, at := range []*time.Duration{&d.Records[i].Due, &d.Records[i].Sent, &d.Records[i].Written,
					&d.Records[i].FirstByte, &d.Records[i].FirstToken, &d.Records[i].FirstSeen, &d.Records[i].LastToken,
					&d.Records[i].End} {
					*at += shift
				}
			}
		}},
		{"answers without usage", "V11", results.Warn,
			func(d *StepData) { each(d, func(r *results.Record) { r.Counted = results.CountedEstimated }) }},
		{"late sends", "V3", results.Condemn, func(d *StepData) { d.Meta.Evidence.LagP99 = 50 * ms }},
		{"a busy client", "V3", results.Warn, cpu(0.8)},
		{"a client at its cores' end that was never late", "V3", results.Warn, cpu(1)},
		{"reads a little late", "V3", results.Warn, host(results.Self, results.SelfSched, 0.004)},
		{"late reads", "V3", results.Condemn, host(results.Self, results.SelfSched, 0.006)},
		{"nearly no file left", "V3", results.Condemn, func(d *StepData) {
			d.Samples = append(d.Samples, results.Sample{At: d.Meta.Window.Start + 1, Source: results.Self,
				Name: results.SelfFiles, Value: 1000},
				results.Sample{At: d.Meta.Window.Start + 1, Source: results.Self, Name: results.SelfFileMax, Value: 1024})
		}},
		{"one long collection", "V3", results.Condemn, host(results.Self, results.SelfPause, 0, 0.011, 0)},
		{"a client that stood still", "V3", results.Condemn, host(results.Self, results.SelfStill, 0, 2.9, 0)},
		{"a client that hung a moment", "V3", results.Warn, host(results.Self, results.SelfStill, 0, 0.3, 0)},
		{"a throttled client", "V3", results.Warn, host(results.Host, results.HostThrottled, 0.005)},
		{"a stolen core", "V3", results.Condemn, host(results.Host, results.HostSteal, 0.06)},
		{"a lossy network", "V3", results.Warn, host(results.Host, results.HostRetransmit, 0.002)},
		{"no port left", "V3", results.Condemn, host(results.Host, results.HostPorts, 0.95)},
		{"a clock that was set back", "V3", results.Condemn, host(results.Host, results.HostClock, 0, -0.5, 0)},
		{"no connection lives on", "V3", results.Warn,
			func(d *StepData) { each(d, func(r *results.Record) { r.Reused = false }) }},
		{"near the host's ceiling", "V4", results.Warn,
			ceiling(results.Calibration{Events: 300, Bound: true, Levels: []results.Null{{}}})},
		{"beyond the host's ceiling", "V4", results.Condemn,
			ceiling(results.Calibration{Events: 200, Bound: true, Levels: []results.Null{{}}})},
		{"beyond what three seconds showed", "V4", results.Warn,
			ceiling(results.Calibration{Events: 200, Bound: true, Short: true, Levels: []results.Null{{}}})},
		{"beyond what was tried", "V4", results.Warn, ceiling(results.Calibration{Events: 200, Levels: []results.Null{{}}})},
		{"a host that carries nothing", "V4", results.Warn,
			ceiling(results.Calibration{Why: "x", Levels: []results.Null{{}}})},
		{"a host that adds", "V4", results.Warn,
			ceiling(results.Calibration{Events: 1e6, Levels: []results.Null{{TTFTp99: 2 * ms}}})},
		{"beyond what the null server could give", "V4", results.NotChecked,
			ceiling(results.Calibration{Events: 300, Levels: []results.Null{{}, {ServerLateP99: 10*ms + 1}}})},
		{"a null server in time", "V4", results.Warn,
			ceiling(results.Calibration{Events: 300, Levels: []results.Null{{}, {ServerLateP99: 10 * ms}}})},
		{"a null server that was late from the start", "V4", results.NotChecked,
			ceiling(results.Calibration{Why: "x", Levels: []results.Null{{TTFTp99: 2 * ms, ServerLateP99: 11 * ms}}})},
		{"one core", "V4", results.NotChecked, ceiling(results.Calibration{Problem: "one core"})},
		{"locked in phase", "V14", results.Withhold,
			func(d *StepData) { *d = *steady(4, 20, 100*ms, 10*ms, 200*time.Second) }},
		{"a few cut off", "V7", results.Warn, func(d *StepData) { fault(d, 150, results.FaultTimeout) }},
		{"a cache that was warm", "V8", results.Condemn, prefixHits(0.1)},
		{"a cache a little warm", "V8", results.Warn, prefixHits(0.015)},
		{"a prefix that is not found", "V8", results.Warn, func(d *StepData) {
			each(d, func(r *results.Record) { r.PlannedShared = 50 })
			prefixHits(0.4)(d) // 48 of 100 at least
		}},
		{"a warm cache while requests were preempted", "V8", results.Warn, func(d *StepData) {
			prefixHits(0.1)(d)
			d.gauge(vllm.Preemptions, "", func(s int) float64 { return float64(s) })
		}},
		{"a prompt sent twice", "V8", results.Condemn,
			func(d *StepData) { d.Records[5].PromptHash, d.Records[6].PromptHash = 7, 7 }},
		{"recorded prompts that were there before", "V8", results.Condemn, func(d *StepData) {
			each(d, func(r *results.Record) { r.PlannedPrompt = 0 })
			prefixHits(0.1)(d)
		}},
		{"recorded prompts that usage tells were there before", "V8", results.Condemn, func(d *StepData) {
			each(d, func(r *results.Record) { r.PlannedPrompt, r.CachedTokens, r.CachedTold = 0, 16, true })
		}},
		{"recorded prompts without a salt", "V8", results.Warn, func(d *StepData) {
			each(d, func(r *results.Record) { r.PlannedPrompt = 0 })
			prefixHits(0.1)(d)
			d.Meta.Unsalted = true
		}},
		{"recorded prompts", "V8", results.NotChecked,
			func(d *StepData) { each(d, func(r *results.Record) { r.PlannedPrompt = 0 }) }},
		{"answers too short", "V9", results.Condemn,
			func(d *StepData) { each(d, func(r *results.Record) { r.PlannedOutput = 30 }) }},
		{"words of two tokens", "V9", results.Warn, func(d *StepData) {
			n := int32(0)
			each(d, func(r *results.Record) { n = (n + 7) % 100; r.PlannedPrompt, r.PromptTokens = 100+n, (100+n)*14/10+30 })
		}},
		{"prompts of one length that are longer", "V9", results.Warn, func(d *StepData) {
			each(d, func(r *results.Record) { r.PlannedPrompt, r.PromptTokens = 1000, 1410 })
		}},
		{"prompts that were cut", "V9", results.Warn,
			func(d *StepData) { each(d, func(r *results.Record) { r.PlannedPrompt = 200 }) }},
		{"an endless answer", "V7", results.Warn, func(d *StepData) { fault(d, 150, results.FaultEndless) }},
		{"no file to connect with", "V3", results.Condemn, func(d *StepData) {
			d.Records[5].Fault, d.Records[5].Detail = results.FaultDial, "dial tcp 127.0.0.1:80: socket: too many open files"
		}},
		{"two per cent refused", "V10", results.Condemn, func(d *StepData) { fault(d, 50, results.FaultRejected) }},
		{"the server counted more", "V11", results.Condemn,
			func(d *StepData) { d.gauge(vllm.GenerationTokens, "", func(s int) float64 { return float64(s) * 400 }) }},
		{"a lost record", "V12", results.Condemn, func(d *StepData) { d.Meta.Evidence.Dropped = 1 }},
		{"a slow disk", "V12", results.Warn, func(d *StepData) { d.Meta.Evidence.DiskWaits = 1 }},
		{"time runs backwards", "V12", results.Condemn, func(d *StepData) { d.Records[9].End = d.Records[9].Sent - 1 }},
		{"too short for a p99", "V13", results.Withhold, func(d *StepData) {
			d.Meta.Window.End = d.Meta.Window.Start +
				20*time.Second
			relabel(d)
		}},
		{"whole answers in one read", "V16", results.Withhold, func(d *StepData) {
			each(d, func(r *results.Record) { r.Arrivals = []results.Arrival{{Events: r.Events}}; r.Coalesced = 1 })
		}},
		{"tokens in bundles, or hidden", "V16", results.Withhold, func(d *StepData) {
			each(d, func(r *results.Record) { r.Events, r.Arrivals = 16, r.Arrivals[:16] })
		}},
		{"tokens in bundles, as the server's ITL has it", "V16", results.Warn, func(d *StepData) {
			each(d, func(r *results.Record) { r.Events, r.Arrivals = 16, r.Arrivals[:16] })
			d.gauge(vllm.Running, "", constant(4))
			d.gauge(vllm.ITLSeconds, "sum", func(s int) float64 { return float64(s) })
			d.gauge(vllm.ITLSeconds, "count", func(s int) float64 { return 100 * float64(s) })
		}},
		{"reasoning in silence", "V16", results.Warn, func(d *StepData) {
			each(d, func(r *results.Record) { r.OutputTokens, r.PlannedOutput, r.Hidden = 25, 25, 5 })
		}},
		{"several servers behind one address", "V17", results.Condemn, func(d *StepData) {
			d.gauge(vllm.Running, "", constant(4))
			d.gauge(vllm.GenerationTokens, "", func(s int) float64 { return float64(s + s%2*400_000) })
		}},
		{"another client", "V17", results.Condemn, func(d *StepData) {
			d.gauge(vllm.Running, "", constant(8))
			d.gauge(vllm.RequestSuccess, "finished_reason=length", func(s int) float64 { return float64(s) * 30 })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := lively(4, 20, 100*ms, 10*ms, 200*time.Second)
			c.spoil(d)
			v := Judge(d)
			if !slices.ContainsFunc(v.Reasons, func(r results.Reason) bool { return r.Check == c.check && r.Level == c.level }) {
				t.Errorf("want %s %s, got %+v", c.check, c.level, v.Reasons)
			}
			if (c.level == results.Condemn) != (v.State == results.Invalid) {
				t.Errorf("state %s: %+v", v.State, v.Reasons)
			}
		})
	}
}

// Prompts that a chat template lengthens, and tokens whose text was empty, are as planned.
func TestWhatIsAsPlannedPasses(t *testing.T) {
	for name, spoil := range map[string]func(*results.Record){
		"a template": func(r *results.Record) { r.PromptTokens = 140 },
		"a template, other lengths": func(r *results.Record) {
			r.PlannedPrompt = 100 +
				50*(r.Turn%3)
			r.PromptTokens = r.PlannedPrompt + 40
		},
		"a tail without text": func(r *results.Record) { r.Events, r.Blank, r.Arrivals = 15, 5, r.Arrivals[:15] },
		"an end without text": func(r *results.Record) { r.Events, r.Arrivals = 19, r.Arrivals[:19] },
	} {
		d := lively(4, 20, 100*ms, 10*ms, 200*time.Second)
		each(d, spoil)
		if v := Judge(d); v.State != results.Trusted {
			t.Errorf("%s: %+v", name, v.Reasons)
		}
	}
}

// A drawn schedule that is kept is Poisson enough.
func TestPoissonArrivalsPass(t *testing.T) {
	warned := 0
	for seed := range uint64(50) {
		d := &StepData{}
		d.Meta.Step.Loop, d.Meta.Step.Arrival.Name, d.Meta.Window.End = scenarios.Open, "poisson", 100*time.Second
		for _, due := range d.Meta.Step.Arrival.Schedule(20, seed, 100*time.Second) {
			d.Records = append(d.Records, results.Record{Due: due, Sent: due})
		}
		for _, r := range checkRate.Judge(checkRate, d) {
			if warned++; r.Level != results.Warn {
				t.Errorf("seed %d: %+v", seed, r)
			}
		}
	}
	if warned > 2 { // three in a thousand are beyond three standard errors
		t.Error(warned, "of 50 warned")
	}
}

// ceiling gives the step, whose 4 streams make 20 events in 290 ms each, 276 events/s, a calibration.
func ceiling(c results.Calibration) func(*StepData) {
	return func(d *StepData) { d.Calibration = &c }
}

// prefixHits lets the server count hits of its prefix cache, 1000 queried tokens a second.
func prefixHits(share float64) func(*StepData) {
	return func(d *StepData) {
		d.gauge(vllm.Running, "", constant(4))
		d.gauge(vllm.PrefixQueries, "", func(s int) float64 { return 1000 * float64(s) })
		d.gauge(vllm.PrefixHits, "", func(s int) float64 { return share * 1000 * float64(s) })
	}
}

// cpu is a process that used so much of its two cores.
func cpu(share float64) func(*StepData) {
	return func(d *StepData) {
		host(results.Self, results.SelfCores, 2*share)(d)
		host(results.Self, results.SelfProcs, 2)(d)
	}
}

// host reads one quantity of this process or host, a second apart.
func host(source results.Source, name string, values ...float64) func(*StepData) {
	return func(d *StepData) {
		for i, v := range values {
			at := d.Meta.Window.Start + time.Duration(i+1)*time.Second
			d.Samples = append(d.Samples, results.Sample{At: at, Source: source, Name: name, Value: v})
		}
	}
}

func each(d *StepData, f func(*results.Record)) {
	for i := range d.Records {
		f(&d.Records[i])
	}
}

// fault spoils every nth request.
func fault(d *StepData, n int, f results.Fault) {
	for i := 0; i < len(d.Records); i += n {
		d.Records[i].Fault = f
	}
}

func relabel(d *StepData) {
	each(d, func(r *results.Record) { r.Phase = d.Meta.Window.Phase(r.Due) })
}

// In virtual time the host cannot bend a number: V3 does not apply.
func TestTheHostIsNotJudgedInVirtualTime(t *testing.T) {
	d := lively(4, 20, 100*ms, 10*ms, 200*time.Second)
	d.Meta.Simulated, d.Meta.Evidence.LagP99 = true, time.Second
	if v := Judge(d); v.State != results.Trusted {
		t.Errorf("%+v", v)
	}
}

// A missing source never condemns.
func TestAnyServerCanBeMeasured(t *testing.T) {
	v := Judge(lively(4, 20, 100*ms, 10*ms, 200*time.Second))
	var notChecked []string
	for _, r := range v.Reasons {
		if r.Level != results.NotChecked {
			t.Errorf("%+v", r)
		}
		notChecked = append(notChecked, r.Check)
	}
	if strings.Join(notChecked, " ") != "V4 V8 V11 V17" {
		t.Errorf("not checked without /metrics: %v", notChecked)
	}
}
