package generator

import "loadgen/scenarios"

// Chat sends the prompt as one message of a user.
var Chat = API{
	Name: "chat",
	Doc:  "POST /v1/chat/completions with one user message.",
	Path: "/v1/chat/completions",
	Body: func(dst []byte, model string, p scenarios.Prompt, r scenarios.Request) []byte {
		b := newBody(dst, r.ExtraBody)
		b.add("model", model)
		b.add("messages", []chatMessage{{"user", p.Text}})
		b.common(p, r)
		if len(r.ChatTemplateKwargs) > 0 {
			b.add("chat_template_kwargs", r.ChatTemplateKwargs)
		}
		return b.end()
	},
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}
