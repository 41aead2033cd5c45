package telemetry

import (
	"os"
	"reflect"
	"runtime/metrics"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

func system(stat, snmp, group, cpu string) fstest.MapFS {
	return fstest.MapFS{
		"proc/stat":                            {Data: []byte(stat)},
		"proc/net/snmp":                        {Data: []byte(snmp)},
		"proc/self/cgroup":                     {Data: []byte(group)},
		"sys/fs/cgroup/user.slice/ab/cpu.stat": {Data: []byte(cpu)},
		"proc/net/sockstat": {
			Data: []byte("sockets: used 9\nTCP: inuse 300 orphan 0 tw 200 alloc 7 mem 1\n")},
		"proc/sys/net/ipv4/ip_local_port_range": {Data: []byte("1001\t2000\n")},
	}
}

// Between the readings: 2000 ticks, of which 1000 idle, 200 waiting for disks, 100 stolen, 700 busy; 5 of 1000 segments
// sent again; 3 of 20 periods throttled.
func TestHostSharesAreOfTheTimeBetween(t *testing.T) {
	const ip = "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
	before := readCounters(system("cpu  100 0 50 800 20 1 2 10 7 0\ncpu0 1 1 1 1\n",
		ip+"Tcp: RtoAlgorithm OutSegs RetransSegs\nTcp: 1 5000 9\n",
		"0::/user.slice/ab\n", "usage_usec 5\nnr_periods 100\nnr_throttled 1\n"), 0)
	now := readCounters(system("cpu  600 100 100 1800 220 21 32 110 9 0\ncpu0 1 1 1 1\n",
		ip+"Tcp: RtoAlgorithm OutSegs RetransSegs\nTcp: 1 6000 14\n",
		"0::/user.slice/ab\n", "usage_usec 9\nnr_periods 120\nnr_throttled 4\n"), time.Second)
	before["wall seconds ahead"], now["wall seconds ahead"] = 1000, 1000.25
	// not this process's own: 0.5 more than any time is not exact
	before["process seconds"], now["process seconds"] = 8, 8.5
	want := []results.Sample{
		{Source: results.Self, Name: results.SelfCores, Value: 0.5},
		{Source: results.Host, Name: results.HostBusy, Value: 0.35},
		{Source: results.Host, Name: results.HostSteal, Value: 0.05},
		{Source: results.Host, Name: results.HostClock, Value: 0.25},
		{Source: results.Host, Name: results.HostRetransmit, Value: 0.005},
		{Source: results.Host, Name: results.HostThrottled, Value: 0.15},
		{Source: results.Host, Name: results.HostPorts, Value: 0.5},
	}
	if got := rates(before, now); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestWhatASystemDoesNotTellHasNoSample(t *testing.T) {
	for _, root := range []fstest.MapFS{{}, system("cpu\n", "Tcp: OutSegs RetransSegs\nTcp: 5\n", "1:cpu:/x\n", ""),
		system("intr 1", "Tcp:", "", "x")} {
		got := rates(readCounters(root, 0), readCounters(root, time.Second))
		// its files are in all but the first
		got = slices.DeleteFunc(got, func(s results.Sample) bool { return s.Name == results.HostPorts })
		if len(got) != 2 || got[0].Name != results.SelfCores || got[1].Name != results.HostClock {
			t.Errorf("got %v", got)
		}
	}
}

func TestQuantileOfWhatCameBetween(t *testing.T) {
	before := &metrics.Float64Histogram{Counts: []uint64{100, 5, 0, 0}, Buckets: []float64{0, 1, 2, 3, 4}}
	now := &metrics.Float64Histogram{Counts: []uint64{100, 103, 1, 1}, Buckets: []float64{0, 1, 2, 3, 4}}
	// 98 in (1, 2], one in (2, 3], one in (3, 4]
	for p, want := range map[float64]float64{0.5: 2, 0.98: 2, 0.99: 3, 1: 4} {
		if got := quantile(before, now, p); got != want {
			t.Errorf("p%v is %v, want %v", p*100, got, want)
		}
	}
	if got := quantile(now, now, 0.99); got != 0 {
		t.Errorf("nothing came, and its p99 is %v", got)
	}
}

func TestThisHostIsWatched(t *testing.T) {
	names := map[string]bool{}
	clk := clock.NewWall()
	err := clk.Run("main", func() {
		w := StartHost(t.Context(), clk, clk.Now(), time.Hour, func(s results.Sample) { names[s.Name] = true })
		w.Stop()
	})
	if err != nil || !names[results.SelfSched] || !names[results.SelfHeap] {
		t.Errorf("read %v, %v", names, err)
	}
	if h := Host(); h.Cores < 1 || h.GOMAXPROCS < 1 || h.OS == "" {
		t.Errorf("got %+v", h)
	}
}

// A process that was stopped for 3 s has no sign of life for so long.
func TestAPulseMisses(t *testing.T) {
	p := pulse{last: time.Second}
	for _, now := range []time.Duration{1100, 1200, 4300, 4350, 4450} {
		p.beat(now * time.Millisecond)
	}
	if p.longest != 3*time.Second {
		t.Error(p.longest)
	}
}

// Files are counted again and again by one open file.
func TestOpenFilesAreCounted(t *testing.T) {
	before := openFiles()
	if before == 0 {
		t.Skip("this system does not tell")
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if now := openFiles(); now != before+1 {
		t.Errorf("%d files, before one more was opened %d", now, before)
	}
}
