package generator_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/clock/memnet"
	"loadgen/endpoint"
	"loadgen/generator"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
)

const talks = `version: 1
targets: {sim: {url: http://sim, model: Qwen/Qwen3-8B}}
request: {chat_template_kwargs: {enable_thinking: false}}
prompts:
  talk: {input: {uniform: [20, 60]}, output: {uniform: [5, 40]}, session: {turns: {uniform: [2, 6]}, think: 5s}}
load: {concurrency: [8]}
`

// templateOfTurn is what Qwen's template adds to a conversation with each turn: two ends of a message with their line
// breaks, and <|im_start|>, the role and a line break twice.
const templateOfTurn = 10

func play(t *testing.T, l generator.Load) (records []*results.Record, start, end generator.Snapshot) {
	t.Helper()
	sc, err := scenarios.Parse("talks.yaml", []byte(talks))
	if err != nil {
		t.Fatal(err)
	}
	l.Prompt, l.Request = scenarios.NewMix(sc, scenarios.Step{Seed: 3}).Prompt, sc.Request
	clk := clock.NewVirtual()
	srv, err := simulator.New(clk, simulator.Options{Model: "Qwen/Qwen3-8B", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	net := memnet.New(clk)
	net.Listen("sim:80", srv.Accept)
	ep, err := endpoint.New(clk, sc.Targets[0], endpoint.Options{Dial: net.Dial})
	if err != nil {
		t.Fatal(err)
	}
	err = clk.Run("main", func() {
		run := generator.Start(context.Background(), clk, ep, l, func(r *results.Record) { records = append(records, r) })
		_ = clk.SleepUntil(context.Background(), run.Start()+time.Minute)
		start = run.Snapshot()
		_ = clk.SleepUntil(context.Background(), run.Start()+6*time.Minute)
		end = run.Snapshot()
		run.StopSending()
		_ = run.Wait(context.Background())
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, start, end
}

// judgeTalks holds every later turn against the turn before: the prompt is the one before, its answer, the new words
// and the template, to the token; the cache has the prompt before; the pause is as asked, to the nanosecond.
func judgeTalks(t *testing.T, records []*results.Record, back int64) {
	t.Helper()
	byID, later, longest := map[int64]*results.Record{}, 0, int32(0)
	for _, r := range records {
		if byID[r.ID] != nil || !r.OK() {
			t.Fatalf("twice, or failed: %+v", r)
		}
		byID[r.ID] = r
	}
	for _, r := range records {
		if r.SessionTurn == 0 {
			continue
		}
		later, longest = later+1, max(longest, r.SessionTurn)
		b := byID[r.ID-back]
		if b == nil || b.SessionTurn != r.SessionTurn-1 {
			t.Fatalf("no turn before %+v", r)
		}
		said := r.PlannedPrompt - r.PlannedShared
		if want := b.PromptTokens + b.OutputTokens + said + templateOfTurn; r.PromptTokens != want || said < 20 || said > 60 {
			t.Errorf("turn %d has %d prompt tokens, want %d + %d + %d + %d = %d", r.SessionTurn, r.PromptTokens, b.PromptTokens,
				b.OutputTokens, said, templateOfTurn, want)
		}
		if r.PlannedShared != b.PlannedPrompt+b.OutputTokens {
			t.Errorf("turn %d: %d tokens planned to be shared, want %d + %d", r.SessionTurn, r.PlannedShared, b.PlannedPrompt,
				b.OutputTokens)
		}
		if r.Due != b.End+5*time.Second || r.Sent != r.Due {
			t.Errorf("turn %d due at %v and sent at %v, %v after the answer", r.SessionTurn, r.Due, r.Sent, r.Due-b.End)
		}
	}
	if later < 200 || longest != 5 {
		t.Errorf("%d later turns, the longest session has %d", later, longest+1)
	}
}

func TestClosedLoopPlaysSessions(t *testing.T) {
	records, start, end := play(t, generator.Load{Loop: scenarios.Closed, Concurrency: 8})
	judgeTalks(t, records, 1)
	there := end.InFlightSeconds + end.ThinkingSeconds - start.InFlightSeconds - start.ThinkingSeconds
	if there < 8*300-1e-6 || there > 8*300+1e-6 || start.FirstWaveLeft != 0 {
		t.Errorf("%v user-seconds of 8 users in 300 s; %d first sessions are left", there, start.FirstWaveLeft)
	}
}

func TestOpenLoopBeginsSessionsAtTheSchedule(t *testing.T) {
	due := poisson(0.5, 150)
	records, _, _ := play(t, generator.Load{Loop: scenarios.Open, Due: due})
	judgeTalks(t, records, 1<<32)
	begun := 0
	for _, r := range records {
		if r.SessionTurn == 0 {
			begun++
			if r.Due != due[r.Turn] {
				t.Errorf("session %d began at %v, was due at %v", r.Turn, r.Due, due[r.Turn])
			}
		}
	}
	if want, _ := slices.BinarySearch(due, 6*time.Minute); begun != want {
		t.Errorf("%d sessions begun, %d were due", begun, want)
	}
}

// The history is what the server said, to the letter, and who gets no answer leaves.
func TestHistoryIsTheServersOwnWords(t *testing.T) {
	var heard [][]string
	w := newWorld(t, func(a *asked) {
		var said []string
		for _, m := range a.Body.Messages {
			said = append(said, m.Content)
		}
		heard = append(heard, said)
		if len(said) == 5 {
			a.whole(503, "", "no")
			return
		}
		a.at(time.Millisecond, func() {
			a.head()
			for _, part := range []string{`say \"`, `\u00e9t\u00e9`, `\ud83d\ude00\n<b>`} {
				a.chunk(start + `[{"index":0,"delta":{"content":"` + part + `"},"finish_reason":null}]}` + "\n\n")
			}
			a.finish(3)
		})
	})
	turn := func(text string, later ...scenarios.Prompt) scenarios.Prompt {
		return scenarios.Prompt{Messages: `[{"role":"user","content":"` + text + `"}]`, Later: later}
	}
	list := []scenarios.Prompt{turn("one", turn("two"), turn("three"), turn("four")), turn("next")}
	w.run(t, func(ctx context.Context) {
		_ = w.start(ctx, generator.Load{Loop: scenarios.Each, List: list}).Wait(ctx)
	})
	const answer = "say \"été😀\n<b>"
	want := [][]string{{"one"}, {"one", answer, "two"}, {"one", answer, "two", answer, "three"}, {"next"}}
	if !slices.EqualFunc(heard, want, slices.Equal) {
		t.Errorf("heard %q\nwant  %q", heard, want)
	}
}
