package results

// Names of the samples of this process and this host. Shares and rates are over the time since the reading before.
const (
	SelfCores = "cpu_cores"                 // cores that this process used
	SelfProcs = "gomaxprocs"                // cores that it may use
	SelfSched = "sched_latency_p99_seconds" // a goroutine's wait for a thread
	SelfPause = "gc_pause_max_seconds"      // upper bound
	SelfHeap  = "heap_live_bytes"
	// beyond a tenth of a second between two signs of life: stopped, asleep, or starved
	SelfStill   = "stood_still_max_seconds"
	SelfFiles   = "open_files"
	SelfFileMax = "open_files_limit"

	HostBusy       = "cpu_busy"        // share of all cores, 0–1
	HostSteal      = "cpu_steal"       // share of all cores that a hypervisor took, 0–1
	HostRetransmit = "tcp_retransmits" // share of all segments sent, 0–1; all of the host's connections
	// sockets in use or closing, of the local ports that may be, 0–1; all of the host's
	HostPorts = "tcp_ports"
	// how much faster the wall's clock went than the monotonic one, of the time; a set clock shows
	HostClock     = "clock_drift"
	HostThrottled = "cgroup_throttled" // share of scheduling periods in which our CPU quota was used up, 0–1
)
