package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// Every shipped scenario rehearses, with its own classes and a load of seconds, and every request is answered.
func TestShippedScenariosRehearse(t *testing.T) {
	t.Parallel()
	for _, name := range scenarios.ShippedNames() {
		f, err := readScenario(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Phases {
			shorten(&f.Phases[i])
		}
		dir := filepath.Join(t.TempDir(), name)
		var errs bytes.Buffer
		term := &terminal{in: strings.NewReader(""), out: &errs, err: &errs}
		if _, err := term.play(context.Background(), f, runFlags{out: dir, simulated: true}); err != nil {
			t.Errorf("%s: %v\n%s", name, err, errs.String())
			continue
		}
		run, err := results.Open(dir)
		if err != nil || len(run.Steps) != len(f.Phases)*len(f.Targets) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, s := range run.Steps {
			if c := s.Meta.Counts; c.Sent == 0 || c.OK != c.Sent {
				t.Errorf("%s, %s: %d of %d answered: %v", name, s.Meta.Step.Name, c.OK, c.Sent, c.Faults)
			}
		}
	}
}

func shorten(p *scenarios.Phase) {
	p.Repeat, p.Preset = 1, ""
	switch {
	case p.Each > 0:
		p.Each = 1
	case p.Concurrency != nil:
		p.Concurrency, p.Measure = &scenarios.Ladder{Levels: []int{2}}, 30*time.Second
	default:
		p.Rate, p.Measure = p.Rate[:1], 30*time.Second
	}
}

func TestScenariosCommands(t *testing.T) {
	if said := call(t, exitOK, "scenarios", "list"); strings.Count(said, "\n") < 12 ||
		!strings.Contains(said, "mixed-traffic     Everything at once") {
		t.Error(said)
	}
	shown := call(t, exitOK, "scenarios", "show", "rag")
	file := filepath.Join(t.TempDir(), "mine.yaml")
	call(t, exitOK, "scenarios", "copy", "rag", file)
	copied, err := os.ReadFile(file)
	if err != nil || string(copied) != shown {
		t.Errorf("the copy differs from what is shown: %v", err)
	}
	call(t, exitUsage, "scenarios", "copy", "rag", file)
	call(t, exitUsage, "scenarios", "show", "nope")
	full := call(t, exitOK, "check", file, "--full")
	if _, err := scenarios.Parse("full.yaml", []byte(full)); err != nil || !strings.Contains(full, "api: chat") ||
		!strings.Contains(full, "repeat: 1") {
		t.Errorf("%v\n%s", err, full)
	}
	var schema map[string]any
	if err := json.Unmarshal([]byte(call(t, exitOK, "schema")), &schema); err != nil || schema["$schema"] == nil {
		t.Error(err)
	}
}

// Two targets at one address are asked the same prompts, so the second finds all of them in the server's prefix cache:
// V8 condemns its step and leaves the first alone, whose shared prefixes were planned.
func TestWarmCacheIsSeen(t *testing.T) {
	text := `version: 1
name: warm
targets:
  first: {url: http://same:8000, model: Qwen/Qwen3-8B-AWQ, card: RTX 4090}
  second: {url: http://same:8000, model: Qwen/Qwen3-8B-AWQ, card: RTX 4090}
prompts: {chat: {input: {fixed: 600}, shared_prefix: {tokens: 200, groups: 2}, output: {fixed: 20}}}
load: {concurrency: [4], measure: 20s}
`
	file := filepath.Join(t.TempDir(), "warm.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	call(t, exitOK, "run", file, "--simulated", "--out", dir)
	run, err := results.Open(dir)
	if err != nil || len(run.Steps) != 2 {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true} {
		condemned := false
		for _, r := range run.Steps[i].Meta.Verdict.Reasons {
			if r.Check == "V8" {
				condemned = r.Level == results.Condemn
				t.Log(run.Steps[i].Meta.Step.Name, r.Level, r.Says)
			}
		}
		if condemned != want {
			t.Errorf("%s: condemned %v", run.Steps[i].Meta.Step.Name, condemned)
		}
	}
}

// Conversations are judged as they are meant: users that think are there (V2), what is in flight obeys Little (V11),
// and the history is found in the prefix cache (V8). A second target at the same address finds the first turns there
// too: condemned.
func TestConversationsAreJudged(t *testing.T) {
	t.Parallel()
	text := `version: 1
name: talks
targets:
  first: {url: http://same:8000, model: Qwen/Qwen3-8B-AWQ, card: H100}
  second: {url: http://same:8000, model: Qwen/Qwen3-8B-AWQ, card: H100}
request: {chat_template_kwargs: {enable_thinking: false}}
prompts:
  talk: {input: {uniform: [100, 300]}, output: {uniform: [10, 20]},
    session: {turns: {uniform: [2, 6]}, think: {uniform: [2s, 4s]}}}
load:
  - {name: users, concurrency: [16], measure: 60s}
  - {name: visits, rate: [1], measure: 60s}
`
	file := filepath.Join(t.TempDir(), "talks.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	call(t, exitOK, "run", file, "--simulated", "--out", dir)
	run, err := results.Open(dir)
	if err != nil || len(run.Steps) != 4 {
		t.Fatal(err)
	}
	for _, s := range run.Steps {
		var said []string
		for _, r := range s.Meta.Verdict.Reasons {
			if r.Check != "V13" { // the windows are short
				said = append(said, r.Check)
			}
		}
		want := ""
		if s.Meta.Step.Target == "second" {
			want = "V8"
		}
		if strings.Join(said, " ") != want || !s.Meta.Window.Settled {
			t.Errorf("%s: %+v, settled %v", s.Meta.Step.Name, s.Meta.Verdict.Reasons, s.Meta.Window.Settled)
		}
		if e := s.Meta.Evidence; s.Meta.Step.Loop == scenarios.Closed &&
			(e.MeanThinking < 1 || e.MeanInFlight+e.MeanThinking < 15.9) {
			t.Errorf("%s: %+v", s.Meta.Step.Name, e)
		}
	}
}
