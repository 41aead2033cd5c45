package simulator

import (
	"encoding/json"
	"testing"
)

// The arguments of a streamed call make an object, whatever the choice; a tool's result is answered with text.
func TestToolCalls(t *testing.T) {
	const tools = `,"stream":true,"tools":[{"type":"function","function":{"name":"weather",` +
		`"parameters":{"properties":{"city":{"type":"string"}}}}}]`
	for _, c := range []struct{ messages, more, finish string }{
		{`{"role":"user","content":"hi"}`, ``, "tool_calls"},
		{`{"role":"user","content":"hi"}`, `,"tool_choice":"required"`, "tool_calls"},
		{`{"role":"user","content":"hi"}`, `,"tool_choice":{"type":"function","function":{"name":"weather"}}`, "stop"},
		{`{"role":"user","content":"hi"}`, `,"tool_choice":"none"`, ""},
		{`{"role":"user","content":"hi"},{"role":"tool","content":"sun"}`, ``, ""},
	} {
		o := recorded()
		o.APIKey = ""
		w := newWorld(t, o)
		w.run(func() {
			body := sprint(`{"messages":[%s]%s%s}`, c.messages, tools, c.more)
			var name, arguments, finish string
			for _, event := range w.do("POST", "/v1/chat/completions", body, 0).events {
				var e struct {
					Choices []struct {
						Finish string `json:"finish_reason"`
						Delta  struct {
							Calls []struct {
								Function struct{ Name, Arguments string }
							} `json:"tool_calls"`
						}
					}
				}
				if json.Unmarshal([]byte(event), &e) != nil || len(e.Choices) == 0 {
					continue
				}
				finish += e.Choices[0].Finish
				for _, call := range e.Choices[0].Delta.Calls {
					name, arguments = name+call.Function.Name, arguments+call.Function.Arguments
				}
			}
			var args struct{ City string }
			err := json.Unmarshal([]byte(arguments), &args)
			if calls := c.finish != ""; calls && (name != "weather" || err != nil || args.City == "" || finish != c.finish) ||
				!calls && name+arguments != "" {
				t.Errorf("%s %s: %q(%s), finish %s, %v", c.messages, c.more, name, arguments, finish, err)
			}
		})
	}
}
