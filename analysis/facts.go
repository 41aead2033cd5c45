package analysis

import (
	"maps"
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/vllm"
)

// ServerFacts are what the server's own gauges and counters said inside the measuring window.
type ServerFacts struct {
	Known       bool
	N           int     // readings
	Running     float64 // mean
	RunningMax  float64
	Waiting     float64 // mean
	WaitingAny  float64 // share of readings with a queue
	KVKnown     bool
	KV          float64 // mean share of the pool pinned by live requests
	KVMax       float64
	KVFull      float64 // share of readings at or above 0.95
	Preemptions float64 // in the window
	Finished    float64 // requests, in the window
	Generated   float64 // output tokens, in the window
	PrefixHit   float64 // hit ÷ queried tokens; NaN when nothing was queried
	TTFT        float64 // server's own mean, s; NaN when none
	ITL         float64 // server's own mean, s
	FrontEnd    float64 // cores that the process behind /metrics used; NaN when not told
	Queue       float64 // mean queue time of finished requests, s
	Start       float64 // of the server's process, s of the Unix epoch; 0 when not told
}

// GPUFacts are what nvidia-smi said inside the window, over the target's GPUs.
type GPUFacts struct {
	Known     bool
	TotalMiB  float64
	MeanMiB   float64
	PeakMiB   float64
	MeanUtil  float64 // percent
	PeakPower float64 // W
	MeanPower float64 // W, of all together; NaN when it was not told
	Each      []GPUUse
}

// A GPUUse is one GPU's memory inside the window.
type GPUUse struct {
	ID                         string
	TotalMiB, MeanMiB, PeakMiB float64
}

// A series is the readings of one quantity in time order.
type series []results.Sample

func pick(samples []results.Sample, source results.Source, name, label string, from, to time.Duration) series {
	var out series
	for _, s := range samples {
		if s.Source == source && s.Name == name && s.Label == label && !s.Missing && s.At >= from && s.At <= to {
			out = append(out, s)
		}
	}
	return out
}

func (s series) mean() float64 {
	sum := 0.0
	for _, x := range s {
		sum += x.Value
	}
	return sum / float64(len(s))
}

func (s series) max() float64 {
	m := math.NaN()
	for _, x := range s {
		if !(x.Value <= m) {
			m = x.Value
		}
	}
	return m
}

func (s series) share(at func(float64) bool) float64 {
	n := 0
	for _, x := range s {
		if at(x.Value) {
			n++
		}
	}
	return float64(n) / float64(len(s))
}

// increase sums the rises of a counter; a fall is a restart, after which it counts from zero.
func (s series) increase() float64 {
	sum := 0.0
	for i := 1; i < len(s); i++ {
		if d := s[i].Value - s[i-1].Value; d >= 0 {
			sum += d
		} else {
			sum += s[i].Value
		}
	}
	return sum
}

// falls is how often a counter went down: once is a restart, again and again are several servers behind one address.
func (s series) falls() (n int) {
	for i := 1; i < len(s); i++ {
		if s[i].Value < s[i-1].Value {
			n++
		}
	}
	return n
}

// perSecond is a counter's increase over the time between its first and last reading.
func (s series) perSecond() float64 {
	if len(s) < 2 {
		return math.NaN()
	}
	return s.increase() / (s[len(s)-1].At - s[0].At).Seconds()
}

// span is the time between the first and the last reading.
func (s series) span() time.Duration { return s[len(s)-1].At - s[0].At }

// covering is how much of a window its readings must cover for a histogram's mean to be the window's: those of a short
// one lie in a part of it, where a queue may be longer than in the rest.
const covering = 0.8

func serverFacts(samples []results.Sample, w results.Window) ServerFacts {
	get := func(name, label string) series { return pick(samples, results.Server, name, label, w.Start, w.End) }
	running := get(vllm.Running, "")
	if len(running) == 0 {
		return ServerFacts{Start: lastStart(samples, w)}
	}
	waiting, kv := get(vllm.Waiting, ""), get(vllm.KVUsage, "")
	f := ServerFacts{Known: true, N: len(running), Running: running.mean(), RunningMax: running.max(),
		Preemptions: get(vllm.Preemptions, "").increase(), Generated: get(vllm.GenerationTokens, "").increase(),
		Finished: sumLabels(samples, vllm.RequestSuccess, w)}
	if len(waiting) > 0 {
		f.Waiting, f.WaitingAny = waiting.mean(), waiting.share(func(v float64) bool { return v > 0 })
	}
	if len(kv) > 0 {
		f.KVKnown = true
		f.KV, f.KVMax, f.KVFull = kv.mean(), kv.max(), kv.share(func(v float64) bool { return v >= 0.95 })
	}
	f.PrefixHit = get(vllm.PrefixHits, "").increase() / get(vllm.PrefixQueries, "").increase()
	f.TTFT, f.ITL, f.Queue = math.NaN(), math.NaN(), math.NaN()
	if running.span().Seconds() >= covering*(w.End-w.Start).Seconds() {
		f.TTFT, f.ITL = histogramMean(get, vllm.TTFTSeconds), histogramMean(get, vllm.ITLSeconds)
		f.Queue = histogramMean(get, vllm.QueueSeconds)
	}
	f.FrontEnd = get(vllm.ProcessCPU, "").perSecond()
	f.Start = lastStart(samples, w)
	return f
}

// lastStart is the start of the server's process as it told last; of several replicas the sum, which another start of
// any changes.
func lastStart(samples []results.Sample, w results.Window) (sum float64) {
	last := map[string]float64{}
	for _, s := range samples {
		if s.Source == results.Server && s.Name == vllm.ProcessStart && !s.Missing && s.At >= w.Start && s.At <= w.End {
			last[s.Label] = s.Value
		}
	}
	for _, label := range slices.Sorted(maps.Keys(last)) {
		sum += last[label]
	}
	return sum
}

func histogramMean(get func(name, label string) series, name string) float64 {
	return get(name, "sum").increase() / get(name, "count").increase()
}

func sumLabels(samples []results.Sample, name string, w results.Window) float64 {
	byLabel := map[string]series{}
	var labels []string
	for _, s := range samples {
		if s.Source == results.Server && s.Name == name && !s.Missing && s.At >= w.Start && s.At <= w.End {
			if byLabel[s.Label] == nil {
				labels = append(labels, s.Label)
			}
			byLabel[s.Label] = append(byLabel[s.Label], s)
		}
	}
	sum := 0.0
	for _, l := range labels {
		sum += byLabel[l].increase()
	}
	return sum
}

// gpuFacts reads the target's devices; ids empty means every device that was seen.
func gpuFacts(samples []results.Sample, w results.Window, ids []string) GPUFacts {
	var f GPUFacts
	var seen []string
	for _, s := range samples {
		if s.Source == results.GPU && !slices.Contains(seen, s.Label) && (len(ids) == 0 || slices.Contains(ids, s.Label)) {
			seen = append(seen, s.Label)
		}
	}
	for _, id := range seen {
		get := func(name string) series { return pick(samples, results.GPU, name, id, w.Start, w.End) }
		used := get("memory.used")
		if len(used) == 0 {
			continue
		}
		f.Known = true
		one := GPUUse{id, get("memory.total").max(), used.mean(), used.max()}
		f.Each = append(f.Each, one)
		f.TotalMiB += one.TotalMiB
		f.MeanMiB += one.MeanMiB
		f.PeakMiB += one.PeakMiB
		f.MeanUtil = math.Max(f.MeanUtil, get("utilization.gpu").mean())
		f.MeanPower += get("power.draw").mean()
		f.PeakPower = math.Max(f.PeakPower, get("power.draw").max())
	}
	return f
}
