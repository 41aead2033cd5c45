package calibration

import (
	"runtime"
	"runtime/debug"
)

const (
	steadyFiles = 16 << 10 // open files that the kernel's table is made ready for, 128 KiB
	steadyHeap  = 16 << 20 // bytes that the heap counts as used from the start, never touched
)

// Steady does before a measurement what would otherwise interrupt it. The table of open files grows by doubling, and
// the kernel lets every thread wait some 10 ms for it each time; and on one core a young heap, which is collected at 4
// MB and so again and again in a ramp, lets every goroutine that allocates wait for the collector. Keep what it returns
// alive as long as the measurement. GOGC of the environment wins.
func (h host) Steady() (ballast []byte) {
	reserveFiles(steadyFiles)
	if h.GCSet {
		return nil
	}
	debug.SetGCPercent(200)
	ballast = make([]byte, steadyHeap)
	runtime.GC() // from here it counts
	return ballast
}

// easyPercent is how much garbage beside what is alive, Steady's ballast too, is let be under a load that has ramped
// up, %: a cycle each few seconds. Half as many cycles make sends of 2000 requests/s no more punctual.
const easyPercent = 30

// Ease has the collector hold less garbage, once a load has ramped up: a grown heap is collected seldom, and at
// Steady's rate it would hold twice what is alive.
func (h host) Ease() {
	if !h.GCSet {
		debug.SetGCPercent(easyPercent)
	}
}
