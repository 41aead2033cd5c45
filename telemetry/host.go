package telemetry

import (
	"context"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// StartHost watches this process and this machine; see Start. It is of use on the wall clock only: virtual time takes
// none.
func StartHost(ctx context.Context, clk clock.Clock, start, every time.Duration, sink func(results.Sample)) *watch {
	w := newWatch(clk, start, every, sink)
	var last *hostReading // nil before the first, which has nothing to be compared with
	alive := pulse{last: clk.Now()}
	w.tick = func() { alive.beat(clk.Now()) }
	w.read = func(context.Context) {
		alive.beat(clk.Now())
		now := &hostReading{readRuntime(), readCounters(os.DirFS("/"), clk.Now())}
		samples := now.since(last)
		if last != nil {
			samples = append(samples, results.Sample{Source: results.Self, Name: results.SelfStill,
				Value: alive.longest.Seconds()})
		}
		alive.longest = 0
		for _, s := range samples {
			s.At = clk.Now() - start
			sink(s)
		}
		last = now
	}
	w.begin(ctx, "telemetry of this host")
	return w
}

// A pulse finds out for how long this process did not run: a goroutine that wants to be woken at short notice was not.
type pulse struct{ last, longest time.Duration }

func (p *pulse) beat(now time.Duration) {
	p.longest = max(p.longest, now-p.last-tickPeriod)
	p.last = now
}

// A hostReading is one reading of this process and this machine.
type hostReading struct {
	runtime runtimeReading
	system  counters
}

func (r *hostReading) since(last *hostReading) []results.Sample {
	if last == nil {
		return nil
	}
	return append(r.runtime.since(last.runtime), rates(last.system, r.system)...)
}

// Host describes this machine; the clock is the caller's to add.
func Host() results.HostInfo {
	name, _ := os.Hostname()
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // empty elsewhere than on Linux
	return results.HostInfo{
		Name: name, OS: runtime.GOOS + "/" + runtime.GOARCH, Kernel: strings.TrimSpace(string(kernel)),
		Cores: hostCores(), GOMAXPROCS: runtime.GOMAXPROCS(0),
	}
}

// hostCores counts the machine's cores, those that this process is kept from among them.
func hostCores() int {
	n := 0
	stat, _ := os.ReadFile("/proc/stat") // elsewhere than on Linux there is none
	for line := range strings.Lines(string(stat)) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "cpu") && name != "cpu" {
			n++
		}
	}
	return max(n, runtime.NumCPU())
}

// counters are totals since some start, by name, and sockets and their ports now; what the system does not tell is not
// in them.
type counters map[string]float64

// shares are the samples that are one counter's growth over another's.
var shares = []struct {
	source      results.Source
	name        string
	part, whole string
}{
	{results.Self, results.SelfCores, "process seconds", "seconds"},
	{results.Host, results.HostBusy, "busy ticks", "ticks"},
	{results.Host, results.HostSteal, "stolen ticks", "ticks"},
	{results.Host, results.HostClock, "wall seconds ahead", "seconds"},
	{results.Host, results.HostRetransmit, "retransmitted segments", "segments"},
	{results.Host, results.HostThrottled, "throttled periods", "periods"},
}

// rates are the shares between two readings. One whose whole has not grown has no value, and no sample.
func rates(before, now counters) []results.Sample {
	var out []results.Sample
	for _, s := range shares {
		_, told := now[s.part]
		if whole := now[s.whole] - before[s.whole]; told && whole > 0 {
			out = append(out, results.Sample{Source: s.source, Name: s.name, Value: (now[s.part] - before[s.part]) / whole})
		}
	}
	if ports := now["local ports"]; ports > 0 {
		out = append(out, results.Sample{Source: results.Host, Name: results.HostPorts, Value: now["sockets"] / ports})
	}
	return out
}

// readCounters reads what Linux tells under root.
func readCounters(root fs.FS, now time.Duration) counters {
	c := counters{"seconds": now.Seconds(),
		"wall seconds ahead": time.Duration(time.Now().UnixNano() - int64(now)).Seconds()}
	if used, told := processTime(); told {
		c["process seconds"] = used.Seconds()
	}
	c.stat(text(root, "proc/stat"))
	c.snmp(text(root, "proc/net/snmp"))
	c.ports(text(root, "proc/net/sockstat"), text(root, "proc/sys/net/ipv4/ip_local_port_range"))
	c.cgroup(text(root, cgroupDir(text(root, "proc/self/cgroup"))+"/cpu.stat"))
	return c
}

func text(root fs.FS, path string) string {
	b, _ := fs.ReadFile(root, path) // a file that is not there tells nothing
	return string(b)
}

// stat reads "cpu user nice system idle iowait irq softirq steal …", in ticks of all cores.
func (c counters) stat(text string) {
	line, _, _ := strings.Cut(text, "\n")
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return
	}
	for i, field := range f[1:9] {
		v, _ := strconv.ParseFloat(field, 64)
		c["ticks"] += v
		switch i {
		case 3, 4: // idle, iowait
		case 7:
			c["stolen ticks"] = v
		default:
			c["busy ticks"] += v
		}
	}
}

// snmp reads the two Tcp lines, names and values.
func (c counters) snmp(text string) {
	var names []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "Tcp:" {
			continue
		}
		for i, name := range names[:min(len(names), len(f))] {
			v, _ := strconv.ParseFloat(f[i], 64)
			switch name {
			case "RetransSegs":
				c["retransmitted segments"] = v
			case "OutSegs":
				c["segments"] = v
			}
		}
		names = f
	}
}

// ports reads "TCP: inuse 5 orphan 0 tw 2 …", and the first and last port that a connection may leave from.
func (c counters) ports(sockets, span string) {
	for line := range strings.Lines(sockets) {
		f := strings.Fields(line)
		if len(f) < 7 || f[0] != "TCP:" {
			continue
		}
		used, _ := strconv.ParseFloat(f[2], 64)
		closing, _ := strconv.ParseFloat(f[6], 64)
		c["sockets"] = used + closing
	}
	if f := strings.Fields(span); len(f) == 2 {
		first, _ := strconv.ParseFloat(f[0], 64)
		last, _ := strconv.ParseFloat(f[1], 64)
		c["local ports"] = last - first + 1
	}
}

// cgroupDir is where the unified hierarchy keeps our group's files.
func cgroupDir(text string) string {
	for line := range strings.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return "sys/fs/cgroup" + strings.TrimSuffix(path, "/")
		}
	}
	return "sys/fs/cgroup"
}

// cgroup reads cpu.stat, which has periods only where there is a quota.
func (c counters) cgroup(text string) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		v, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "nr_periods":
			c["periods"] = v
		case "nr_throttled":
			c["throttled periods"] = v
		}
	}
}
