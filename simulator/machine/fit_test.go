package machine

import (
	"testing"
	"time"

	"loadgen/simulator/engine"
)

// closed is what a closed loop of so many clients would see on m, with prompts of about so many tokens.
func closed(t *testing.T, m Machine, clients, prompt int) []Served {
	t.Helper()
	var in []Served
	for turn := range 6 {
		for c := range clients {
			s := Served{Prompt: prompt + 37*(c%11) + 5*turn, Output: 60 + 7*((c+turn)%9)}
			if turn > 0 {
				s.Follows = len(in) - clients + 1
			}
			in = append(in, s)
		}
	}
	out, err := m.Replay(25000, in, 1)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A request that follows another comes after its end, by as much as it truly did, however fast the machine is.
func TestReplayFollows(t *testing.T) {
	m := h100(t, "Qwen3-8B", func(*Machine) {})
	truth := closed(t, m, 4, 300)
	for i := 4; i < len(truth); i++ {
		truth[i].Arrival += 5 * time.Millisecond
	}
	slow := m
	slow.Profile.Bandwidth /= 2
	got, err := slow.Replay(25000, truth, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got {
		if s.Follows > 0 && s.Arrival-got[s.Follows-1].Last != 5*time.Millisecond {
			t.Fatalf("request %d came %v after the one before", i, s.Arrival-got[s.Follows-1].Last)
		}
	}
	if again, _ := m.Replay(25000, closed(t, m, 4, 300), 1); again[20] != closed(t, m, 4, 300)[20] {
		t.Error("a replay of its own run is another run")
	}
}

// Fitted to what a machine did, another takes about as long for a step as that machine (the API server's times can
// stand in for the GPU's), and predicts a load that was not fitted to.
func TestFitRecovers(t *testing.T) {
	m := h100(t, "Qwen3-8B", func(*Machine) {})
	few, long, many, held := closed(t, m, 4, 100), closed(t, m, 12, 3000), closed(t, m, 24, 300), closed(t, m, 16, 600)
	other := m
	other.Profile.Bandwidth, other.Profile.Compute, other.Profile.Accept = .6, .8, 6*time.Millisecond
	p, before, after, err := other.Fit(Load{Blocks: 25000, Requests: few}, Load{Blocks: 25000, Requests: long},
		Load{Blocks: 25000, Requests: many})
	if err != nil {
		t.Fatal(err)
	}
	was, _ := other.Error(Load{Blocks: 25000, Requests: held})
	other.Profile = p
	is, _ := other.Error(Load{Blocks: 25000, Requests: held})
	t.Logf("error %.1f %% → %.2f %%; on a load of its own %.1f %% → %.2f %%; %+v", 100*before, 100*after, 100*was, 100*is,
		p)
	if after > .01 || is > .03 || is > was/4 {
		t.Error("the machine is not recovered")
	}
	for _, c := range []struct {
		what string
		step engine.Step
	}{
		{"a decode step", engine.Step{Tokens: 1, Decodes: 1, Sampled: 1, Context: 500}},
		{"a step of 32 decodes", engine.Step{Tokens: 32, Decodes: 32, Sampled: 32, Context: 20000}},
		{"a step of 2048 prompt tokens", engine.Step{Tokens: 2048, Prefills: 1, PrefillTokens: 2048, Attended: 2e6,
			Sampled: 1}},
	} {
		sum := func(l engine.Timing) time.Duration { return l.GPU + l.Host }
		want, is := sum(m.StepTime(1)(&c.step)), sum(other.StepTime(1)(&c.step))
		if r := is.Seconds()/want.Seconds() - 1; r > .08 || r < -.08 {
			t.Errorf("%s takes %v, truly %v", c.what, is, want)
		}
	}
}
