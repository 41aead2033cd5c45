package calibration

import (
	"context"
	"net"
	"net/http"
	"reflect"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

const ms = time.Millisecond

// Two requests of three tokens. The first takes half a ms to write, comes half a ms late and its last two tokens come
// in one read 2 ms late; the second is true. The server's clock began 500 ns behind the run.
func TestCompareNull(t *testing.T) {
	start := time.Unix(1000, 0)
	truth, err := readTruth([]byte("base 1000000000500\na 999500 19999500 29999500 39999500\nb 9999500 29999500 "+
		"39999500 50999500\n"), start)
	if err != nil {
		t.Fatal(err)
	}
	records := []*results.Record{
		{RequestID: "a", Written: ms / 2, FirstToken: 20*ms + ms/2,
			Arrivals: []results.Arrival{{Events: 1}, {Gap: 21*ms + ms/2, Events: 2}}},
		{RequestID: "b", Due: 10 * ms, Sent: 10 * ms, Written: 10 * ms, FirstToken: 30 * ms,
			Arrivals: []results.Arrival{{Events: 1}, {Gap: 10 * ms, Events: 1}, {Gap: 11 * ms, Events: 1}}},
		{RequestID: "unknown"},
		{RequestID: "a", Fault: results.FaultReset},
	}
	got := compareNull(2, 0, 42*ms, records, truth)
	// a is written at 20, 30, 40 and read at 21, 42, 42; b at 30, 40, 51. Before 42: 5 written, 3 read.
	span := (42 * ms).Seconds()
	want := results.Null{Streams: 2, Requests: 4, Failed: 2, Written: 5 / span, Read: 3 / span, TTFTp50: 0, TTFTp99: ms,
		ITLp50: 0, ITLp99: 3 * ms / 2, ServerLateP99: ms}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if shortfall(got) != "2 of 4 requests failed" {
		t.Error(shortfall(got))
	}
}

func TestShortfall(t *testing.T) {
	for _, c := range []struct {
		level results.Null
		want  string
	}{
		{results.Null{Written: 1000, Read: 995, ITLp99: ms}, ""},
		{results.Null{Written: 1000, Read: 980}, "980 of 1000 events/s were read in time"},
		{results.Null{Written: 1000, Read: 1000, ITLp99: 6 * ms}, "ITL p99 was 6ms too long"},
	} {
		if got := shortfall(c.level); got != c.want {
			t.Errorf("%+v: %q, want %q", c.level, got, c.want)
		}
	}
}

// What the null server was too late for is neither carried nor a bound: the ceiling stays that of the level before.
func TestClimb(t *testing.T) {
	lower := results.Null{Streams: 100, Written: 1000, Read: 1000}
	upper := results.Null{Streams: 500, Written: 5000, Read: 5000, ServerLateP99: 10 * ms}
	late, short := upper, upper
	late.ServerLateP99 = 10*ms + 1
	short.Read = 4000
	lateAndShort := late
	lateAndShort.Read = 4000
	for _, c := range []struct {
		name    string
		upper   results.Null
		streams int
		events  float64
		bound   bool
		more    bool
	}{
		{"carried", upper, 500, 5000, false, true},
		{"not carried", short, 100, 1000, true, false},
		{"server late", late, 100, 1000, false, false},
		{"server late, not carried", lateAndShort, 100, 1000, false, false},
	} {
		var got results.Calibration
		climb(&got, lower)
		more := climb(&got, c.upper)
		if got.Streams != c.streams || got.Events != c.events || got.Bound != c.bound || more != c.more ||
			(got.Why == "") != c.more {
			t.Errorf("%s: more %v, %+v", c.name, more, got)
		}
	}
}

func TestBrokenTruthIsRefused(t *testing.T) {
	for _, page := range []string{"a\n", "a 1\n", "a 1 x\n", "base\n"} {
		if _, err := readTruth([]byte(page), time.Time{}); err == nil {
			t.Errorf("%q was read", page)
		}
	}
}

func TestNullServerKnowsFewPaths(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- ServeNull(l, time.Hour, NullITL) }() // whoever is streamed to waits
	defer func() { _ = l.Close(); <-ended }()
	client := http.Client{Timeout: 10 * time.Second}
	for path, want := range map[string]int{"/v1/models": 200, "/truth": 200, "/metrics": 404, "/": 404,
		"/v1/chat/completions/": 404} {
		a, err := client.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != want {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

// Over a real socket: every request comes whole and is found again in the truth, whatever this machine is doing
// meanwhile.
func TestNullServerTellsTheTruth(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- ServeNull(l, NullTTFT, NullITL) }()
	clk := clock.NewWall()
	var c results.Calibration
	err = clk.Run("test", func() {
		c, _ = calibrate(context.Background(), clk, l.Addr().String(),
			NullLadder{Streams: []int{3}, Tokens: 4, Hold: 100 * ms})
	})
	_ = l.Close()
	<-ended
	if err != nil || len(c.Levels) != 1 {
		t.Fatal(err, c)
	}
	if n := c.Levels[0]; n.Failed != 0 || n.Requests < 3 || n.Written <= 0 {
		t.Errorf("%+v", n)
	}
}
