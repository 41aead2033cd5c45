package sweep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"loadgen/analysis"
	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
)

const (
	firstToken = 300 * time.Millisecond
	tokenGap   = 10 * time.Millisecond
)

// scripted answers every completion with max_tokens tokens: the first after 300 ms, then one every 10 ms, whatever the
// load. Nothing else is known to it but /v1/models.
func scripted(clk clock.Clock) func(*memnet.Peer) { return scriptedWith(clk, "") }

// scriptedWith has a /metrics page too.
func scriptedWith(clk clock.Clock, metrics string) func(*memnet.Peer) {
	return func(p *memnet.Peer) {
		var in []byte
		p.OnData = func(b []byte) {
			in = append(in, b...)
			head := bytes.Index(in, []byte("\r\n\r\n"))
			if head < 0 || len(in) < head+4+contentLength(in[:head]) {
				return
			}
			request := string(in)
			in = nil
			switch {
			case strings.Contains(request, `"model":"other"`):
				whole(p, 404, "{\"error\":{\"message\":\"The model `other` does not exist.\",\"code\":404}}")
			case bytes.HasPrefix([]byte(request), []byte("POST /v1/")):
				stream(clk, p, words(request), maxTokens(request))
			case bytes.HasPrefix([]byte(request), []byte("GET /v1/models ")):
				whole(p, 200, `{"object":"list","data":[{"id":"m"}]}`)
			case metrics != "" && bytes.HasPrefix([]byte(request), []byte("GET /metrics ")):
				whole(p, 200, metrics)
			default:
				whole(p, 404, `{"detail":"Not Found"}`)
			}
		}
	}
}

func contentLength(head []byte) int {
	_, rest, ok := bytes.Cut(head, []byte("Content-Length: "))
	if !ok {
		return 0
	}
	n, _ := strconv.Atoi(string(bytes.SplitN(rest, []byte("\r"), 2)[0]))
	return n
}

// words is the length of the prompt, a token each.
func words(body string) int {
	_, content, _ := strings.Cut(body, `"content":"`)
	content, _, _ = strings.Cut(content, `"`)
	return len(strings.Fields(content))
}

func maxTokens(body string) int {
	_, rest, _ := bytes.Cut([]byte(body), []byte(`"max_tokens":`))
	n := 0
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func whole(p *memnet.Peer, status int, body string) {
	p.Write(fmt.Appendf(nil, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status,
		len(body), body))
}

func stream(clk clock.Clock, p *memnet.Peer, asked, tokens int) {
	chunk := func(data string) {
		data = "data: " + data + "\n\n"
		p.Write(fmt.Appendf(nil, "%x\r\n%s\r\n", len(data), data))
	}
	begin := clk.Now() + firstToken
	for i := range tokens {
		clk.AfterFunc(begin+time.Duration(i)*tokenGap, func() {
			if i == 0 {
				p.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"))
			}
			last := "null"
			if i == tokens-1 {
				last = `"length"`
			}
			chunk(`{"id":"c","choices":[{"index":0,"delta":{"content":" a"},"finish_reason":` + last + `}]}`)
			if i == tokens-1 {
				chunk(fmt.Sprintf(`{"id":"c","choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`,
					asked+5, tokens, tokens+asked+5))
				chunk("[DONE]")
				p.Write([]byte("0\r\n\r\n"))
			}
		})
	}
}

// play plays a scenario against the scripted server into a directory.
func play(t *testing.T, yaml string, change func(*sweep.Env)) (*results.Run, error) {
	t.Helper()
	sc, err := scenarios.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	network.Listen("mini:80", scripted(clk))
	env := &sweep.Env{Clock: clk, Simulated: true, Tool: "test", Dial: network.Dial}
	if change != nil {
		change(env)
	}
	dir := filepath.Join(t.TempDir(), "run")
	var played error
	if err := clk.Run("test", func() {
		played = sweep.NewPlayer(env, sc, sc.Plan("")).Play(context.Background(), dir, []byte(yaml), results.Manifest{})
	}); err != nil {
		t.Fatal(err)
	}
	run, err := results.Open(dir)
	if err != nil {
		return nil, played
	}
	return run, played
}

func scenario(load string) string {
	return `version: 1
targets: {mini: {url: http://mini, model: m}}
prompts: {chat: {input: {uniform: [10, 50]}, output: {uniform: [5, 40]}}}
load: {` + load + `}
`
}

// The round trip through the whole house in virtual time: sent, written, read back, analysed – and every number is
// exact.
func TestRoundTripIsExact(t *testing.T) {
	for _, load := range []string{"concurrency: [1, 16, 64], measure: 100s", "rate: [20], measure: 100s", "each: 50"} {
		run, err := play(t, scenario(load), nil)
		if err != nil {
			t.Fatal(load, err)
		}
		n, gaps := 0, 0
		for _, st := range run.Steps {
			records, err := st.Records()
			if err != nil {
				t.Fatal(err)
			}
			for i := range records {
				r := &records[i]
				n++
				if ttft, ok := r.TTFT(); !ok || ttft != firstToken || !r.OK() || int(r.OutputTokens) != len(r.Arrivals) ||
					r.OutputTokens != r.PlannedOutput {
					t.Fatalf("%s: %+v", load, r)
				}
				for _, a := range r.Arrivals[1:] {
					gaps++
					if a.Gap != tokenGap {
						t.Fatalf("%s: a gap of %v", load, a.Gap)
					}
				}
			}
		}
		s, err := analysis.Analyze(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range append(s.Targets[0].Points, s.Targets[0].Each...) {
			for metric, want := range map[string]float64{"ttft": 0.3, "itl": 0.01, "tpot": 0.01} {
				m := p.Metrics[metric]
				if m.Min != want || m.Max != want || p.Loop != scenarios.Each && m.At(0.5).Value != want {
					t.Errorf("%s %s %s: %v … %v, want %v", load, p.Label, metric, m.Min, m.Max, want)
				}
			}
		}
		t.Logf("%s: %d requests and %d gaps, none off", load, n, gaps)
	}
}

// measure given is obeyed exactly; the cohort is followed to its end under load, and the loop counts in full.
func TestWindowsAreAsAsked(t *testing.T) {
	run, err := play(t, scenario("concurrency: [8], measure: 17s"), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := run.Steps[0].Meta
	if w := m.Window; w.End-w.Start != 17*time.Second || !w.Settled || w.RampEnd > w.Start || w.Chased < w.End ||
		w.Drained < w.Chased {
		t.Errorf("window %+v", w)
	}
	if m.Evidence.MeanInFlight < 7.99 || m.Evidence.MeanInFlight > 8 {
		t.Errorf("%v of 8 in flight", m.Evidence.MeanInFlight)
	}
	records, _ := run.Steps[0].Records()
	for _, r := range records {
		if r.Phase == results.Measure && (!r.OK() || r.End > m.Window.Chased) {
			t.Fatalf("one of the cohort was not followed: %+v", r)
		}
	}
}

// Without measure a window carries its evidence: 60 s, 20 mean answers, and enough requests for a solid p99.
func TestWindowsCarryTheirEvidence(t *testing.T) {
	run, err := play(t, scenario("concurrency: [1, 64]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range run.Steps {
		if w := st.Meta.Window; st.Meta.Counts.Cohort < 1000 || w.End-w.Start < time.Minute {
			t.Errorf("%s: %d requests in %v", st.Meta.Step.Name, st.Meta.Counts.Cohort, w.End-w.Start)
		}
	}
}

func TestQuickFailureMeasuresNothing(t *testing.T) {
	run, err := play(t, `version: 1
targets: {mini: {url: http://mini, model: other}}
prompts: {chat: {input: {fixed: 4}, output: {fixed: 5}}}
load: {concurrency: [1], measure: 1s}
`, nil)
	q, ok := err.(*sweep.QuickError)
	if !ok || run != nil {
		t.Fatal(run, err)
	}
	if want := "mini: http://mini: generation: client: status 404: The model `other` does not exist. (the models listed " +
		"are m: write one of these as model)"; q.Error() != want {
		t.Errorf("got  %s\nwant %s", q, want)
	}
}

// A stop keeps what was measured: whole steps, and the present one as partial with its unfinished requests as
// cancelled.
func TestAStopKeepsWhatWasMeasured(t *testing.T) {
	sc, err := scenarios.Parse("test.yaml", []byte(scenario("concurrency: [2, 4], measure: 30s")))
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewVirtual()
	network := memnet.New(clk)
	network.Listen("mini:80", scripted(clk))
	ctx, cancel := context.WithCancel(context.Background())
	dir := filepath.Join(t.TempDir(), "run")
	var played error
	err = clk.Run("test", func() {
		clk.Go("ctrl-c", func() {
			_ = clk.SleepUntil(context.Background(), 50*time.Second)
			cancel()
		})
		played = sweep.NewPlayer(&sweep.Env{Clock: clk, Simulated: true, Dial: network.Dial}, sc, sc.Plan("")).Play(ctx, dir,
			[]byte("x"), results.Manifest{})
	})
	if err != nil || played == nil {
		t.Fatal(err, played)
	}
	run, err := results.Open(dir)
	if err != nil || len(run.Steps) != 2 {
		t.Fatal(len(run.Steps), err)
	}
	cut := run.Steps[1].Meta
	if cut.Partial == "" || cut.Counts.Faults[results.FaultCancelled] == 0 || cut.Counts.OK == 0 {
		t.Errorf("%+v", cut)
	}
	if cut.Counts.Sent != cut.Counts.OK+cut.Counts.Faults[results.FaultCancelled] {
		t.Errorf("sent ≠ ok + faults: %+v", cut.Counts)
	}
}

// A server that runs others' requests is not loaded without a yes.
func TestABusyServerIsAskedAbout(t *testing.T) {
	const page = "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} " +
		"3.0\nvllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 1.0\n"
	for _, yes := range []bool{false, true} {
		asked := 0
		_, err := play(t, scenario("each: 1"), func(e *sweep.Env) {
			network := memnet.New(e.Clock)
			network.Listen("mini:80", scriptedWith(e.Clock, page))
			e.Dial = network.Dial
			e.Busy = func(target string, running, waiting float64) bool {
				if asked++; target != "mini" || running != 3 || waiting != 1 {
					t.Errorf("%s: %v running, %v waiting", target, running, waiting)
				}
				return yes
			}
		})
		if asked != 1 || errors.Is(err, sweep.ErrBusy) == yes {
			t.Errorf("asked %d times, answered %v: %v", asked, yes, err)
		}
	}
}

// A declared cap delays sending, never the due time: latency counts the wait, and the step is called no open loop (V1).
func TestACapThatBindsIsNoOpenLoop(t *testing.T) {
	run, err := play(t, scenario("rate: [20], cap: 4, measure: 30s"), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := run.Steps[0].Meta
	if m.Evidence.CapHits == 0 || m.Verdict.State != results.Invalid || m.Verdict.Reasons[0].Check != "V1" {
		t.Errorf("%d cap hits: %+v", m.Evidence.CapHits, m.Verdict)
	}
	records, _ := run.Steps[0].Records()
	late := 0
	for _, r := range records {
		if ttft, ok := r.TTFT(); ok && r.Sent > r.Due {
			if late++; ttft != r.Sent-r.Due+firstToken {
				t.Fatalf("the wait for the cap is not in %v: %+v", ttft, r)
			}
		}
	}
	if late == 0 {
		t.Error("no request waited")
	}
}
