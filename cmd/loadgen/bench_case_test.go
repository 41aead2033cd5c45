package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"loadgen/calibration"
	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/stat"
)

// A benchCase is one measurement in a process of its own.
type benchCase struct {
	Client  string // ours or vegeta
	Address string
	Streams int     // closed loop
	Rate    float64 // open loop, constant
	Tokens  int
	TTFT    time.Duration
	ITL     time.Duration
	For     time.Duration // until sending stops
}

func (c benchCase) answer() time.Duration { return c.TTFT + time.Duration(c.Tokens-1)*c.ITL }

// A benchResult is what one measurement saw; times in ms.
type benchResult struct {
	Requests, Failed          int
	Chunks                    int
	AddedP50, AddedP99        float64 // TTFT, every record
	CohortAddedP50, CohortP99 float64 // TTFT, those due after the first answer's time
	ITLp99, ServerITLp99      float64
	PerSecond, IdealPerSecond float64 // completions once all streams run; open loop: sends
	LagP99                    float64
	Load                      float64 // average before it, by the parent
	CPU, RSS                  float64 // s and peak MB, before anything is evaluated
}

// TestBenchCase is not a test: it is the process that TestBenchmarks starts.
func TestBenchCase(t *testing.T) {
	text := os.Getenv("BENCH_CASE")
	if text == "" {
		t.Skip("started by TestBenchmarks")
	}
	var c benchCase
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	defer runtime.KeepAlive(calibration.ThisHost().Steady()) // as a run has it
	calibration.Favour()
	play := playOurs
	if c.Client == "vegeta" {
		play = playVegeta
	}
	r, err := play(c)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(r)
	if err := os.WriteFile(os.Getenv("BENCH_RESULT"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func playOurs(c benchCase) (benchResult, error) {
	clk := clock.NewWall()
	ep, err := endpoint.New(clk, scenarios.Target{Name: "null", URL: "http://" + c.Address, Model: "null", API: "chat"},
		endpoint.Options{})
	if err != nil {
		return benchResult{}, err
	}
	defer ep.Close()
	load := generator.Load{Loop: scenarios.Closed, Concurrency: c.Streams, Ramp: c.answer(),
		Prompt: func(slot, turn int) scenarios.Prompt {
			return scenarios.Prompt{Text: fmt.Sprint("tell me of the sea ", slot, " and of the land ", turn),
				MaxTokens: c.Tokens}
		}}
	if c.Rate > 0 {
		load.Loop, load.Due = scenarios.Open, scenarios.Law{Name: "constant"}.Schedule(c.Rate, 1, c.For)
	}
	var records []*results.Record
	var page endpoint.Answer
	var start time.Time
	out := benchResult{}
	ended := clk.Run("bench", func() {
		run := generator.Start(context.Background(), clk, ep, load, func(r *results.Record) { records = append(records, r) })
		start = time.Now().Add(run.Start() - clk.Now())
		at := slices.Clone(load.Due)
		for i := range at {
			at[i] += run.Start()
		}
		defer clk.Chime(at)()
		_ = clk.SleepUntil(context.Background(), run.Start()+c.For)
		run.StopSending()
		_ = run.Wait(context.Background())
		out.spent()
		page, err = ep.Get(context.Background(), "/truth", time.Minute)
	})
	if ended != nil || err != nil {
		return out, fmt.Errorf("%w %w", ended, err)
	}
	out.compare(c, start, records, page.Body)
	return out, nil
}

// compare joins records with the null server's truth.
func (out *benchResult) compare(c benchCase, start time.Time, records []*results.Record, page []byte) {
	truth := map[string][]int64{}
	for line := range strings.Lines(string(page)) {
		f := strings.Fields(line)
		at := make([]int64, len(f)-1)
		for i := range at {
			at[i], _ = strconv.ParseInt(f[i+1], 10, 64)
		}
		truth[f[0]] = at
	}
	shift := truth["base"][0] - start.UnixNano()
	var all, cohort, gaps, serverGaps, lags []float64
	done := 0
	for _, r := range records {
		q := truth[r.RequestID]
		out.Requests++
		if !r.OK() || len(q) < 2 {
			out.Failed++
			continue
		}
		added := float64(int64(r.Written-r.Due+r.FirstToken)-q[1]-shift) / 1e6 // the server's own taking up is not ours
		all = append(all, added)
		if r.Due >= c.answer() {
			cohort = append(cohort, added)
		}
		out.Chunks += int(r.Events)
		lags = append(lags, float64(r.Lag())/1e6)
		for i := 2; i < len(q); i++ {
			serverGaps = append(serverGaps, float64(q[i]-q[i-1])/1e6)
		}
		for _, a := range r.Arrivals[1:] {
			gaps = append(gaps, float64(a.Gap)/1e6)
		}
		at := r.End
		if c.Rate > 0 {
			at = r.Sent
		}
		if at >= 2*c.answer() && at < c.For {
			done++
		}
	}
	out.AddedP50, out.AddedP99 = halves(all)
	out.CohortAddedP50, out.CohortP99 = halves(cohort)
	_, out.ITLp99 = halves(gaps)
	_, out.ServerITLp99 = halves(serverGaps)
	_, out.LagP99 = halves(lags)
	out.PerSecond = float64(done) / (c.For - 2*c.answer()).Seconds()
	out.IdealPerSecond = float64(c.Streams) / c.answer().Seconds()
}

func halves(v []float64) (p50, p99 float64) {
	if len(v) == 0 {
		return 0, 0
	}
	slices.Sort(v)
	return stat.Quantile(v, 0.5), stat.Quantile(v, 0.99)
}

// spent notes what this process has cost so far.
func (out *benchResult) spent() {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	out.CPU, out.RSS = float64(use.Utime.Nano()+use.Stime.Nano())/1e9, float64(use.Maxrss)/1e3
}

// playVegeta sends the same by plain vegeta, which knows no tokens: it reads whole answers.
func playVegeta(c benchCase) (benchResult, error) {
	body := fmt.Appendf(nil, `{"model":"null","stream":true,"max_tokens":%d,"messages":[{"role":"user","content":"tell `+
		`me of the sea and of the land"}]}`, c.Tokens)
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: "POST", URL: "http://" + c.Address + "/v1/chat/completions",
		Body:   body,
		Header: http.Header{"Content-Type": {"application/json"}}})
	var out benchResult
	pace, options := vegeta.Pacer(vegeta.Rate{Freq: int(c.Rate), Per: time.Second}), []func(*vegeta.Attacker){}
	if c.Rate == 0 {
		n := uint64(c.Streams)
		options = append(options, vegeta.Workers(n), vegeta.MaxWorkers(n), vegeta.Connections(c.Streams))
	}
	began := time.Now()
	var lags []float64
	done := 0
	for r := range vegeta.NewAttacker(options...).Attack(target, pace, c.For, "") {
		out.Requests++
		if r.Code != 200 || r.Error != "" {
			out.Failed++
			continue
		}
		out.Chunks += bytes.Count(r.Body, []byte(`"content":" token"`))
		at := r.Timestamp.Sub(began)
		if c.Rate > 0 {
			lags = append(lags, float64(at)/1e6-float64(r.Seq+1)*1e3/c.Rate)
		} else {
			at += r.Latency
		}
		if at >= 2*c.answer() && at < c.For {
			done++
		}
	}
	out.spent()
	_, out.LagP99 = halves(lags)
	out.PerSecond = float64(done) / (c.For - 2*c.answer()).Seconds()
	out.IdealPerSecond = float64(c.Streams) / c.answer().Seconds()
	return out, nil
}
