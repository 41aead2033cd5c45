package sse

import "bytes"

// responseField reads the response that an event of the Responses API carries when it begins and when it ends.
func responseField(s *scanner, key []byte) bool {
	var ok bool
	switch string(key) {
	case "id":
		s.ev.ID, ok = s.text()
		return ok
	case "status":
		s.status, ok = s.text()
		return ok
	case "incomplete_details":
		return s.sub(func(s *scanner, key []byte) bool {
			if string(key) != "reason" {
				return s.skip()
			}
			s.reason, ok = s.text()
			return ok
		})
	case "usage":
		return s.sub(usageField)
	case "metrics":
		return s.sub(metricsField)
	case "error":
		return s.failure()
	}
	return s.skip()
}

// response says what the event's name makes of it. An event that is none of this API's stays as it is.
func (s *scanner) response() {
	ev := s.ev
	switch string(s.named) {
	case "response.output_text.delta", "response.refusal.delta":
		s.says(Content)
	case "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
		s.says(Reasoning)
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta",
		"response.mcp_call_arguments.delta",
		"response.code_interpreter_call_code.delta":
		s.says(Tool)
	case "response.created":
		ev.Kind = Role
	case "response.completed", "response.incomplete":
		ev.Kind, ev.Finish = Done, s.finish()
	case "response.failed", "error":
		ev.Kind = Failure
	}
}

// says notes the event's text, if it has one.
func (s *scanner) says(k Kind) {
	if len(s.delta) == 0 {
		return
	}
	s.ev.Kind = k
	if k == Content {
		s.ev.Text = s.delta
	}
}

// finish is why the answer ended, in the words of the chat API.
func (s *scanner) finish() []byte {
	switch {
	case bytes.Equal(s.reason, []byte("max_output_tokens")):
		return []byte("length")
	case s.reason != nil:
		return s.reason
	case string(s.status) == "completed":
		return []byte("stop")
	}
	return s.status
}
