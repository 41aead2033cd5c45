package scenarios

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// A session is a conversation of one user: every turn carries what was said before it, with the server's own answers.
type session struct {
	Turns Length `json:"turns"`          // requests of a session
	Think pause  `json:"think,omitzero"` // between an answer's end and the next turn
}

// A pause is a law of durations: as likely everywhere from Min to Max. Both 0: none.
type pause struct {
	Min time.Duration `json:"min_ns"`
	Max time.Duration `json:"max_ns"`
}

// Draw returns one duration.
func (p pause) Draw(r *rand.Rand) time.Duration {
	return p.Min + time.Duration(r.Int64N(int64(p.Max-p.Min)+1))
}

func (p pause) mean() time.Duration { return (p.Min + p.Max) / 2 }

// value is the law as a scenario writes it.
func (p pause) value() any {
	if p.Min == p.Max {
		return p.Min
	}
	return pairs{{"uniform", []any{p.Min, p.Max}}}
}

func (s *session) pairs() pairs {
	out := pairs{{"turns", s.Turns.pairs()}}
	if s.Think != (pause{}) {
		out.add("think", s.Think.value())
	}
	return out
}

// session reads {turns: {uniform: [2, 6]}, think: 5s}.
func (r *reader) session(n ast.Node, path string) *session {
	var s session
	given := r.object(n, path, fields{
		"turns": func(n ast.Node, path string) { s.Turns = *r.length(n, path) },
		"think": func(n ast.Node, path string) { s.Think = r.pause(n, path) },
	})
	r.need(n, path, given, "how many requests a session has, such as {uniform: [2, 6]}", "turns")
	return &s
}

// pause reads 5s or {uniform: [2s, 8s]}.
func (r *reader) pause(n ast.Node, path string) (p pause) {
	if describe(n) != "a mapping" {
		r.duration(&p.Min)(n, path)
		return pause{p.Min, p.Min}
	}
	var bounds []time.Duration
	given := r.object(n, path, fields{"uniform": func(n ast.Node, path string) {
		r.list(n, path, func(n ast.Node, path string) {
			var d time.Duration
			r.duration(&d)(n, path)
			bounds = append(bounds, d)
		})
		if len(bounds) != 2 || bounds[0] > bounds[1] {
			r.fault(n, path, "such as [2s, 8s]", "expected the shortest and the longest pause")
			bounds = []time.Duration{1, 1}
		}
	}})
	if r.need(n, path, given, "a time such as 5s, or {uniform: [2s, 8s]}", "uniform"); bounds == nil {
		return p
	}
	return pause{bounds[0], bounds[1]}
}

// sessionsNeedChat refuses sessions where history cannot be told: completions have no messages, and tool calls would
// have to be sent back with their results.
func (r *reader) sessionsNeedChat(n ast.Node, s *Scenario) {
	for _, c := range s.Prompts {
		if c.Session == nil {
			continue
		}
		here := join(join("prompts", c.Name), "session")
		for _, t := range s.Targets {
			if t.API == "completions" {
				r.fault(n, here, "api: chat", "a session is a chat, and %s uses completions", t.Name)
			}
		}
		asked := s.Request
		if c.Request != nil {
			asked = c.Request.over(s.Request)
		}
		if asked.Tools != nil && asked.ToolChoice != "none" {
			r.fault(n, here, "tool_choice: none", "tool calls are not sent back as history, so the model of a session must "+
				"not call any")
		}
	}
}

// messages are a system's and a user's words as JSON; an empty system is none.
func messages(system, text string) string {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	all := []message{{"system", system}, {"user", text}}
	if system == "" {
		all = all[1:]
	}
	out, _ := json.Marshal(all) // texts can always be written
	return string(out)
}

// turns is the mean number of requests of a class's session; 1 where it has none.
func (c PromptClass) turns() float64 {
	if c.Session == nil {
		return 1
	}
	return c.Session.Turns.Mean
}

// Sessions reports whether a scenario has conversations.
func (s *Scenario) Sessions() bool {
	return slices.ContainsFunc(s.Prompts, func(c PromptClass) bool { return c.Session != nil })
}

// Turns is the mean number of requests that one entry of a schedule, or one session, brings; 1 where there are no
// sessions.
func (m *Mix) Turns() float64 {
	out := 0.0
	for _, c := range m.classes {
		out += c.Weight / m.total * c.turns()
	}
	return out
}

// Life is how long a session lasts on average when each answer takes answer; a request alone is a session of one turn.
func (m *Mix) Life(answer time.Duration) time.Duration {
	out := 0.0
	for _, c := range m.classes {
		life := c.turns() * float64(answer)
		if c.Session != nil {
			life += (c.turns() - 1) * float64(c.Session.Think.mean())
		}
		out += c.Weight / m.total * life
	}
	return time.Duration(out)
}
