package generator

import (
	"encoding/json"

	"loadgen/scenarios"
)

// chat sends the prompt as one message of a user, or as the conversation that it is.
var chat = api{
	Name: "chat",
	Doc:  "POST /v1/chat/completions with one user message, or with a conversation.",
	Path: "/v1/chat/completions",
	Body: func(dst []byte, model string, p scenarios.Prompt, r scenarios.Request) []byte {
		b := newBody(dst, r.ExtraBody)
		b.add("model", model)
		if p.Messages != "" {
			b.add("messages", json.RawMessage(p.Messages))
		} else {
			b.add("messages", []chatMessage{{"user", p.Text}})
		}
		b.common(p, r)
		if len(r.Tools) > 0 {
			b.add("tools", r.Tools)
		}
		b.toolChoice(r)
		return b.end()
	},
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}
