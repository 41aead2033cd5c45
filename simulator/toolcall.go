package simulator

import (
	"loadgen/simulator/prompt"
)

// calls reports that a choice is a call of the request's tool and not text.
func (c *choice) calls() bool {
	t := c.a.b.Tool
	return t.Name != "" && (!t.Auto || c.a.s.set.autoTools)
}

// callLength is the output token with which a call ends by itself, so long as an eighth of a text. A call is, behind
// the thought, a token with the name, two or more of the arguments, and EOS: as vLLM streams it, without the marks
// around it that its parser swallows.
func (c *choice) callLength(text int) int { return c.thought + max(4, text/8) }

// arguments are those tokens of a call's JSON after from, up to upto.
func (c *choice) arguments(from, upto int) string {
	out := ""
	for i := max(from, c.thought+1); i < upto; i++ {
		switch i {
		case c.thought + 1:
			out += `{"` + c.a.b.Tool.Key + `": "`
		case c.EOS - 2:
			out += `"}`
		default:
			out += prompt.Word(c.seed, i)
		}
	}
	return out
}

// toolDelta is what a chunk says of a call.
func (c *choice) toolDelta(line []byte, from int) []byte {
	upto := c.spoken()
	if max(from, c.thought) >= upto {
		return line
	}
	line = append(line, `"content":null,"tool_calls":[{`...)
	if from <= c.thought {
		line = append(line, `"id":"`+c.callID()+`","type":"function",`...)
	}
	line = append(line, `"index":0,"function":{`...)
	if from <= c.thought {
		line = append(append(line, `"name":`...), prompt.Encode(c.a.b.Tool.Name)...)
	}
	if args := c.arguments(from, upto); args != "" {
		if from <= c.thought {
			line = append(line, ',')
		}
		line = append(append(line, `"arguments":`...), prompt.Encode(args)...)
	}
	return append(line, `}}]`...)
}

// wholeCall is the call of an answer that is not streamed.
func (c *choice) wholeCall() any {
	function := encodeFields([]field{{"name", c.a.b.Tool.Name}, {"arguments", c.arguments(0, c.spoken())}})
	return []any{encodeFields([]field{{"id", c.callID()}, {"type", "function"}, {"function", function}})}
}

func (c *choice) callID() string { return sprint("chatcmpl-tool-%016x", prompt.Mix(c.seed+1)) }

// reason is the finish reason that the client is told.
func (c *choice) reason() string {
	if c.why == "stop" && c.calls() && !c.a.b.Tool.Named {
		return "tool_calls"
	}
	return c.why
}
