package telemetry

import (
	"io"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"

	"loadgen/results"
)

// A runtimeReading is what Go's runtime and the kernel say of this process.
type runtimeReading struct {
	sched, pauses *metrics.Float64Histogram
	heap          uint64
	files, limit  int
}

func readRuntime() runtimeReading {
	asked := []metrics.Sample{{Name: "/sched/latencies:seconds"}, {Name: "/sched/pauses/total/gc:seconds"},
		{Name: "/gc/heap/live:bytes"}}
	metrics.Read(asked)
	r := runtimeReading{sched: asked[0].Value.Float64Histogram(), pauses: asked[1].Value.Float64Histogram(),
		heap: asked[2].Value.Uint64()}
	r.files, r.limit = openFiles(), FileLimit()
	return r
}

// ownFiles is the directory of this process's open files. It stays open: at the limit nothing could be opened to count
// them.
var ownFiles = struct {
	sync.Mutex
	open func() (*os.File, error)
}{open: sync.OnceValues(func() (*os.File, error) { return os.Open("/proc/self/fd") })}

// openFiles counts this process's open files; 0: the system does not tell.
func openFiles() int {
	ownFiles.Lock()
	defer ownFiles.Unlock()
	dir, err := ownFiles.open()
	if err != nil {
		return 0
	}
	if _, err := dir.Seek(0, io.SeekStart); err != nil {
		return 0
	}
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return 0
	}
	return len(names)
}

// since is what happened after an earlier reading; a file count of zero is not known.
func (r runtimeReading) since(before runtimeReading) []results.Sample {
	sample := func(name string, v float64) results.Sample {
		return results.Sample{Source: results.Self, Name: name, Value: v}
	}
	out := []results.Sample{
		sample(results.SelfSched, quantile(before.sched, r.sched, 0.99)),
		sample(results.SelfPause, quantile(before.pauses, r.pauses, 1)),
		sample(results.SelfHeap, float64(r.heap)),
		sample(results.SelfProcs, float64(runtime.GOMAXPROCS(0))),
	}
	if r.files > 0 && r.limit > 0 {
		out = append(out, sample(results.SelfFiles, float64(r.files)), sample(results.SelfFileMax, float64(r.limit)))
	}
	return out
}

// quantile is the upper bound of the bucket in which x_(⌈np⌉) of what came between two readings lies; 0 when nothing
// came.
func quantile(before, now *metrics.Float64Histogram, p float64) float64 {
	counts := slices.Clone(now.Counts)
	var n uint64
	for i := range counts {
		counts[i] -= before.Counts[i]
		n += counts[i]
	}
	rank := uint64(math.Ceil(float64(n) * p))
	for i, count := range counts {
		if count > 0 && rank <= count {
			return finite(now.Buckets[i], now.Buckets[i+1])
		}
		rank -= min(rank, count)
	}
	return 0
}

// finite is a bucket's upper bound, or its lower one where the upper is infinite.
func finite(lower, upper float64) float64 {
	if math.IsInf(upper, 1) {
		return lower
	}
	return upper
}
