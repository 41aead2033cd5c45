package analysis

import (
	"math"
	"slices"
	"strings"
	"syscall"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

var checkClient = check{ID: "V3", Name: "the client kept up",
	Doc: "Lag of sends p99 above max(1 ms, 1 % of TTFT p50) warns, above max(5 ms, 5 %) is invalid. This process's CPU " +
		"above 70 % of its cores warns, and condemns nothing: what it made late is measured. So " +
		"scheduling latency p99, which is how late reads are, warns above 1 ms and is invalid above 5 ms, and so are " +
		"GC pauses above 2 and 10 ms, standing still (stopped, asleep, " +
		"starved) for 0.25 and 1 s, open files above 70 and 90 % of their limit; requests that found no file to connect " +
		"with are invalid; and of this host CPU " +
		"throttling above 0 and 1 % of its periods, steal above 1 and 5 %, TCP retransmits above 0.1 and 1 %, TCP ports " +
		"above 70 and 90 %, and a wall's clock that " +
		"goes 0.1 and 1 % faster or slower than the monotonic one. More than 5 % of the requests on new " +
		"connections warn: their TTFT holds the connecting. Not applicable in virtual time.",
	Remedy: "give the client cores of its own, or another machine; raise the limit of open files; let the server keep " +
		"connections alive",
	Judge: judgeClient,
}

// A strain is one reading of this process or host with its bounds (R7.3).
type strain struct {
	source        results.Source
	name          string
	of            func(series) float64
	per           string // another reading that it is a share of; empty: of nothing
	says          string
	warn, condemn float64
}

var strains = []strain{
	{results.Self, results.SelfCores, series.mean, results.SelfProcs, "this process used %.0f %% of its cores", 0.7,
		math.Inf(1)}, // a busy client is no late one,
	{results.Self, results.SelfSched, series.mean, "", "goroutines waited %.3g s for a core at p99", 0.001, 0.005},
	{results.Self, results.SelfPause, series.max, "", "a garbage collection paused %.3g s", 0.002, 0.010},
	{results.Self, results.SelfStill, series.max, "", "this process stood still for %.3g s", 0.25, 1},
	{results.Self, results.SelfFiles, series.max, results.SelfFileMax, "%.0f %% of the allowed files were open", 0.7, 0.9},
	{results.Host, results.HostThrottled, series.mean, "", "the CPU quota was used up in %.2g of its periods", 0, 0.01},
	{results.Host, results.HostSteal, series.mean, "", "a hypervisor took %.2g of the cores", 0.01, 0.05},
	{results.Host, results.HostRetransmit, series.mean, "", "%.2g of the TCP segments were retransmitted", 0.001, 0.01},
	{results.Host, results.HostPorts, series.max, "", "sockets took %.2g of the local TCP ports", 0.7, 0.9},
	{results.Host, results.HostClock, func(s series) float64 { return math.Abs(s.mean()) }, "",
		"the wall's clock was off by %.2g of the time", 0.001, 0.01},
}

func judgeClient(c check, d *StepData) []results.Reason {
	if d.Meta.Simulated {
		return nil // virtual time: the host cannot bend it
	}
	ttft, _ := results.FindMetric("ttft")
	values := d.cohort().valuesOf(ttft)
	slices.Sort(values)
	p50 := stat.Quantile(values, 0.5)
	lag := d.Meta.Evidence.LagP99.Seconds()
	out := c.grade(lag, math.Max(0.001, 0.01*p50), math.Max(0.005, 0.05*p50), "sends were %v late at p99",
		d.Meta.Evidence.LagP99)
	for _, s := range strains {
		out = append(out, s.judge(c, d)...)
	}
	return append(append(out, c.connections(d)...), c.files(d)...)
}

// files looks for requests that found no file to connect with: readings of the files that are open may then be missing
// too.
func (c check) files(d *StepData) []results.Reason {
	n := 0
	for _, r := range d.requests().all() {
		if r.Fault == results.FaultDial && strings.Contains(r.Detail, syscall.EMFILE.Error()) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return c.reason(results.Condemn, "%d requests could not connect: this process may open no more files (ulimit -n)", n)
}

func (s strain) judge(c check, d *StepData) []results.Reason {
	w := d.Meta.Window
	read := pick(d.Samples, s.source, s.name, "", w.Start, w.End)
	if len(read) == 0 {
		return nil // this system does not tell it
	}
	value, shown := s.of(read), s.of(read)
	if s.per != "" {
		whole := pick(d.Samples, s.source, s.per, "", w.Start, w.End)
		if len(whole) == 0 {
			return nil
		}
		value /= whole.mean()
		shown = 100 * value
	}
	return c.grade(value, s.warn, s.condemn, s.says, shown)
}

// connections looks at how many of the cohort's requests had to connect first.
func (c check) connections(d *StepData) []results.Reason {
	if d.Meta.Step.Loop == scenarios.Each {
		return nil
	}
	fresh, n := 0, 0
	for _, r := range d.requests().all() {
		if r.Phase == results.Measure && r.Status != 0 {
			n++
			if !r.Reused {
				fresh++
			}
		}
	}
	return c.grade(float64(fresh)/math.Max(1, float64(n)), 0.05, math.Inf(1), "%d of %d requests had to connect first",
		fresh, n)
}
