package reports

import (
	"loadgen/advice"
	"loadgen/analysis"
)

// A toldHeld is a held load: requests in flight of a closed loop, requests/s of an open one. Value is null where not
// even the lowest level meets the goal, Lower is what is claimed and null where nothing is.
type toldHeld struct {
	Class       string             `json:"class,omitempty"` // of prompts; empty: all requests
	State       analysis.HeldState `json:"state"`           // held, at least (not reached), none
	Loop        string             `json:"loop"`
	Goal        float64            `json:"goal"`
	Value       *float64           `json:"value"`
	Lower       *float64           `json:"lower"`
	Claim       string             `json:"claim,omitempty"`      // what lower is: claimProven or claimConfirmed
	Requests    *float64           `json:"requests_per_s"`       // at value
	Output      *float64           `json:"output_tokens_per_s"`  // at value
	PerGPU      *float64           `json:"tokens_per_s_per_gpu"` // at value
	LowRequests *float64           `json:"lower_requests_per_s"`
	LowOutput   *float64           `json:"lower_output_tokens_per_s"`
	Searched    bool               `json:"searched"`               // by load: {find: …}
	Confirmed   *toldConfirmed     `json:"confirmed,omitempty"`    // the step that confirms lower; null: none did
	Breaks      *toldBreak         `json:"breaks_first,omitempty"` // null: nothing that was played does
}

// What a lower bound of a held load is.
const (
	claimProven    = "proven"    // the lower 95 % bound of the share is at the goal
	claimConfirmed = "confirmed" // by a fresh step of a search, with 97 % confidence at most 3 % above the limit
)

// A toldConfirmed is the fresh step that confirmed what a search found.
type toldConfirmed struct {
	Load       float64    `json:"load"`
	Requests   int        `json:"requests"`
	Attainment toldNumber `json:"attainment"`
}

// A toldBreak is the first level beyond a held load.
type toldBreak struct {
	Level      string     `json:"level"`
	Load       float64    `json:"load"`
	Attainment toldNumber `json:"attainment"`
	Overloaded bool       `json:"overloaded"` // an open loop's queue grows there
	Missed     []toldMiss `json:"missed"`     // the clause that most requests miss first
}

// A toldMiss is the share of requests that miss one clause of their objective, failed ones apart.
type toldMiss struct {
	Clause string  `json:"clause"`
	Share  float64 `json:"share"`
}

// heldByClass are the held loads of classes that have an objective, where there are several.
func heldByClass(s *analysis.Study, a *advice.Advice) (out []toldHeld) {
	for _, class := range s.Scenario.Classes() {
		for _, h := range heldOf(s.Scenario, a, class) {
			out = append(out, *tellHeld(a.Target, h))
		}
	}
	return out
}

func tellHeld(t *analysis.TargetStudy, h analysis.HeldLoad) *toldHeld {
	if !h.Known() {
		return nil
	}
	out := &toldHeld{Class: h.Class, State: h.State, Loop: string(h.Loop), Goal: h.Goal, Searched: h.Searched,
		Breaks: tellBreak(h)}
	if h.Value > 0 {
		out.Value, out.Requests, out.Output = jsonNumber(h.Value), jsonNumber(h.AtValue.Requests),
			jsonNumber(h.AtValue.Output)
		out.PerGPU = jsonNumber(h.AtValue.Output / float64(t.GPUs()))
	}
	if h.Proven() {
		out.Lower, out.LowRequests, out.LowOutput = jsonNumber(h.Lower), jsonNumber(h.AtLower.Requests),
			jsonNumber(h.AtLower.Output)
		out.Claim = claimProven
	}
	if c := h.Confirmed; c != nil {
		share := h.AttainmentAt(c)
		out.Confirmed, out.Claim = &toldConfirmed{c.Level, share.N, tellNumber(share)}, claimConfirmed
	}
	return out
}

func tellBreak(h analysis.HeldLoad) *toldBreak {
	p := h.Above
	if p == nil {
		return nil
	}
	out := &toldBreak{Level: p.Label, Load: p.Level, Attainment: tellNumber(h.AttainmentAt(p)),
		Overloaded: p.Overloaded(), Missed: []toldMiss{}}
	for _, m := range p.MissedBy(h.Class) {
		out.Missed = append(out.Missed, toldMiss(m))
	}
	return out
}
